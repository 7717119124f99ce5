/** What a controller calls for a key, and what it gives along. */
import type { ApiCall } from '../api/client.ts';
import type { Logger } from '../log/logger.ts';
import type { Result } from './result.ts';

/** May be passed as the `call` of any API request. */
export interface ReconcileContext extends ApiCall {
  /** Aborts at the pass's deadline, when the lease is lost, and when shutdown's grace is over. */
  readonly signal: AbortSignal;
  /** Carries controller, object and reconcileId. */
  readonly log: Logger;
  /** A new one each pass: what ties log lines together. */
  readonly reconcileId: string;
  /** How many passes over this key failed in a row before this one. */
  readonly failures: number;
  readonly priority: number;
}

/**
 * Brings one object a step closer to what it should be. Called for one key never twice at once. Looks the object up
 * itself: a missing one means that it was deleted. Throwing means: again after a growing, jittered pause.
 */
export type Reconcile = (key: string, context: ReconcileContext) => Promise<Result>;
