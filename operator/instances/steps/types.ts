/** What a step is: something named that is done to a machine or to the object, once more without harm. */
import type { Pass } from '../pass.ts';

/**
 * Idempotent, bounded in time. Registers its undo before its first mutating call; the undo tolerates that nothing was
 * made. Resolves with a reason to wait when it cannot be finished in this pass.
 */
export type Step = (pass: Pass, register: (undo: Undo) => void) => Promise<Pending | undefined>;

export type Undo = (signal: AbortSignal) => Promise<void>;

/** Work goes on elsewhere, or something is not there yet: the pass ends, and a later one comes back to the step. */
export interface Pending {
  readonly reason: string;
  /** What it waits for, for people. */
  readonly message: string;
  /** Epoch milliseconds; absent: something wakes us. */
  readonly retryAt?: number | undefined;
  /** Of the step, where it is known. */
  readonly percent?: number | undefined;
  /** Over soon: nothing is told. */
  readonly quiet?: true;
}
