/** The words of shelving: what is asked for, what there is of the copy, and how far status says it has come. */
import type { Refusal } from '../types.ts';

export interface DesiredShelf {
  /** For so long machine and disks stay on the host; 0: until the copy is complete. */
  readonly offloadAfterMs: number;
  /** Why it cannot be done, and what to do about it; undefined: nothing is in the way. */
  readonly refused: Refusal | undefined;
}

/** The copy of the root disk as it was left when the guest was switched off. */
export type Shelf =
  | { readonly kind: 'None' }
  | { readonly kind: 'Taking' }
  | { readonly kind: 'Failed'; readonly reason: string; readonly message: string }
  /** Complete, and its Image is there. */
  | { readonly kind: 'Ready'; readonly snapshotName: string }
  /** There is one, and status knows neither of it nor of a machine. */
  | { readonly kind: 'Unclaimed'; readonly snapshotName: string };

/** Since when an instance is put away, and what has become of its machine. */
export interface RecordedLifecycle {
  readonly softDeletedAt: number | undefined;
  /** Nothing is left of it. */
  readonly reclaimed: boolean;
  readonly shelvedAt: number | undefined;
  /** The removal of machine and disks, which are to be made from the copy again; undefined: the machine is what there is. */
  readonly offload: 'Begun' | 'Done' | undefined;
}

export type ShelveStep = 'begin-offload' | 'end-offload';
