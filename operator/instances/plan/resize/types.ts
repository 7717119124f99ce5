/** The words of resizing: what is asked for, and what status recorded of it. */
import type { Blocked, Wait } from '../types.ts';

export interface DesiredResize {
  readonly confirm: 'Automatic' | 'Manual';
  /** 0: as soon as the machine is as asked. */
  readonly confirmAfterMs: number;
  /** What keeps the machine from being resized to `flavorName`; undefined: nothing. */
  readonly hindrance: Wait | Blocked | undefined;
}

/** A resize that has begun, and is not confirmed. */
export interface RecordedResize {
  readonly phase: 'Resizing' | 'AwaitingConfirmation' | 'Reverting' | 'Reverted';
  readonly from: string;
  readonly to: string;
  /** The run that it is to begin, or the reverting. */
  readonly runId: string;
  /** Name of the root disk that it had. */
  readonly fromRoot: string;
  readonly resizedAt: number | undefined;
  /** Why it is reverted. */
  readonly why: Reverted | undefined;
}

export interface Reverted {
  readonly reason: string;
  readonly message: string;
}

/** InstanceActions that end the wait for a confirmation. */
export interface ResizeAction {
  readonly uid: string;
  readonly name: string;
  readonly action: 'ConfirmResize' | 'RevertResize';
}

export type ResizeStep =
  | 'begin-resize'
  | 'create-resized-disks'
  | 'finish-resize'
  | 'confirm-resize'
  | 'begin-revert'
  | 'take-old-disks'
  | 'remove-resized-disks'
  | 'finish-revert';
