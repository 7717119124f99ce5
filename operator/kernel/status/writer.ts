/**
 * The one way to write to an object that is being reconciled: guarded by the resourceVersion that the decision was made
 * on, only when something changed, and put back into the cache at once. One status write per pass.
 */
import type { ApiCall } from '../api/client.ts';
import type { KubeObject } from '../api/object.ts';
import { DONE, requeueAfter, type Result } from '../controller/result.ts';

/** `Conflict`: the object has changed since it was read. `Gone`: it is no more. Either ends the pass: `endPass`. */
export type WriteOutcome<T extends KubeObject> =
  { readonly kind: 'Unchanged' | 'Written'; readonly object: T } | { readonly kind: 'Conflict' | 'Gone' };

/** Whether the pass may go on: the outcome holds the object as it is now. */
export function isCurrent<T extends KubeObject>(outcome: WriteOutcome<T>): outcome is Extract<WriteOutcome<T>, { readonly object: T }> {
  return outcome.kind === 'Unchanged' || outcome.kind === 'Written';
}

/** The cache is behind by a moment. It need not be waited for: a change of status alone may wake nobody. */
const AFTER_CONFLICT_MS = 50;

/** How a pass ends whose write met a conflict or a missing object. */
export function endPass<T extends KubeObject>(outcome: WriteOutcome<T>): Result {
  return outcome.kind === 'Conflict' ? requeueAfter(AFTER_CONFLICT_MS) : DONE;
}

export type StatusOf<T extends KubeObject> = T extends { readonly status?: infer S } ? NonNullable<S> : never;

export interface ObjectWriter<T extends KubeObject> {
  /** Makes the status exactly `status` (a merge patch of what differs). Fields of value undefined are absent ones. */
  writeStatus(object: T, status: StatusOf<T>, call: ApiCall): Promise<WriteOutcome<T>>;
  /** One under deletion gets none any more: `Unchanged`. */
  addFinalizer(object: T, finalizer: string, call: ApiCall): Promise<WriteOutcome<T>>;
  /** Removing the last one of a deleted object makes it go: the outcome is still `Written`. */
  removeFinalizer(object: T, finalizer: string, call: ApiCall): Promise<WriteOutcome<T>>;
}
