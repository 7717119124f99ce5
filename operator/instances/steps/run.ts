/**
 * Running a plan: named steps, one after the other, with progress and undo.
 *
 * A step may run again after a crash at any point, because the next pass plans from observation. Undo makes a failed
 * operation leave nothing behind. It is a courtesy, not what correctness rests on: a killed process undoes nothing, and
 * what it left is found by the owner mark. So on abort, on a lost lease and on failures that say nothing about the host,
 * nothing is undone either: the next pass looks, then decides.
 */
import { DriverError, isUndoable } from '../../../drivers/labels.ts';
import type { Pending, Undo } from './types.ts';

export interface NamedStep {
  readonly name: string;
  run(register: (undo: Undo) => void): Promise<Pending | undefined>;
}

export interface StepObserver {
  /** Before each step; `index` counts from 0. */
  begins(step: string, index: number): Promise<void> | void;
  undoFailed(step: string, error: unknown): void;
}

/** A failure, and the step that it is of. */
export interface StepFailure {
  readonly step: string;
  readonly error: unknown;
}

export type RunOutcome =
  | { readonly kind: 'Done' }
  | { readonly kind: 'Pending'; readonly step: string; readonly pending: Pending }
  | { readonly kind: 'Failed'; readonly failure: StepFailure };

interface RegisteredUndo {
  readonly step: string;
  readonly undo: Undo;
}

const UNDO_DEADLINE_MS = 30_000;

/** Runs the steps in order until one fails or must wait; a failure is undone newest first, where that is safe. */
export async function runSteps(steps: readonly NamedStep[], observer: StepObserver, signal: AbortSignal): Promise<RunOutcome> {
  const undos: RegisteredUndo[] = [];
  for (const [index, step] of steps.entries()) {
    try {
      signal.throwIfAborted();
      await observer.begins(step.name, index);
      const pending = await step.run((undo) => undos.unshift({ step: step.name, undo }));
      if (pending !== undefined) return { kind: 'Pending', step: step.name, pending };
    } catch (error) {
      if (isSafeToUndo(error)) await undoAll(undos, observer, signal);
      return { kind: 'Failed', failure: { step: step.name, error } };
    }
  }
  return { kind: 'Done' };
}

/** A call that was never made for want of a slot or of the lease has changed nothing: what was made before it stays for the next pass. */
const isSafeToUndo = (error: unknown): boolean => isUndoable(error) && !isNotNow(error);

/** The call was not made, for reasons that pass by themselves and are nobody's fault. */
export const isNotNow = (error: unknown): boolean => isTurnedAway(error) || (error instanceof DriverError && error.reason === 'NotHolder');

/** The host has enough to do, and enough that wait for it. */
export const isTurnedAway = (error: unknown): boolean => error instanceof DriverError && error.reason === 'SlotsBusy';

/** Newest first. An abort (lost lease, shutdown) ends it between two undos as well as inside one. */
async function undoAll(undos: readonly RegisteredUndo[], observer: StepObserver, signal: AbortSignal): Promise<void> {
  for (const { step, undo } of undos) {
    if (signal.aborted) return;
    try {
      await undo(AbortSignal.any([signal, AbortSignal.timeout(UNDO_DEADLINE_MS)]));
    } catch (error) {
      observer.undoFailed(step, error);
    }
  }
}
