/**
 * Whether the statement "this host is surely off" may be believed.
 *
 * A fence speaks of one moment. It counts only while the host has been unreachable without a break since before that
 * moment: a host that answered afterwards is on again, whoever says otherwise, and needs a new fence. Pure: the table in
 * `fence.test.ts` is the specification.
 */
import type { Reachability } from './host.ts';

export interface Fence {
  /** RFC 3339. */
  readonly at: string;
  readonly by: string;
}

/** The condition `FenceHonoured`, without its type. */
export interface FenceVerdict {
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: 'Fenced' | 'HostAnswered' | 'FenceInFuture' | 'FenceUnreadable' | 'NotContacted';
  readonly message: string;
}

/** `now` in epoch milliseconds. Undefined: no fence is set. */
export function judgeFence(
  fence: Fence | undefined,
  { status, since }: Pick<Reachability, 'status' | 'since'>,
  now: number,
): FenceVerdict | undefined {
  if (fence === undefined) return undefined;
  const at = Date.parse(fence.at);
  if (Number.isNaN(at))
    return { status: 'False', reason: 'FenceUnreadable', message: `fence.at "${fence.at}" is no time: write it like 2026-01-31T12:00:00Z` };
  if (at > now)
    return {
      status: 'False',
      reason: 'FenceInFuture',
      message: 'fence.at lies in the future: it must be a moment at which the host was known to be off',
    };
  switch (status) {
    case 'True':
      return {
        status: 'False',
        reason: 'HostAnswered',
        message: 'The host answers, so it is not off. Remove the fence; should the host fail again, set a new one',
      };
    case 'Unknown':
      // After a restart of the operator: it must have tried before it believes that the host is still off.
      return { status: 'Unknown', reason: 'NotContacted', message: 'The host is being contacted first' };
    case 'False':
      return since <= at
        ? { status: 'True', reason: 'Fenced', message: `${fence.by} vouches that the host is off since ${fence.at}` }
        : {
            status: 'False',
            reason: 'HostAnswered',
            message: `The host still answered after fence.at; it has been silent since ${new Date(since).toISOString()} only. Make sure that it is off, and set a new fence`,
          };
  }
}
