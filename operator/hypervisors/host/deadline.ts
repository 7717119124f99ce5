/** Calls a driver within a deadline, and does not wait for one that does not heed it. */
import type { Call } from '../../../drivers/contract.ts';
import { DriverError } from '../../../drivers/labels.ts';
import type { Clock } from '../../kernel/clock.ts';
import { linkSignals } from '../../kernel/timers.ts';

/** Drivers end their calls by themselves at the deadline; a little later they are given up. */
const GRACE_MS = 1_000;

/**
 * The outcome of `work`, which is aborted when any of the signals is. When it has not settled a second after its
 * deadline it is aborted too, and this rejects with `Unknown`, reason `DeadlineExceeded`: it may still go on at the host.
 */
export async function within<T>(
  clock: Clock,
  timeoutMs: number,
  signals: readonly AbortSignal[],
  work: (call: Call) => Promise<T>,
): Promise<T> {
  using link = linkSignals(...signals);
  const { promise: expired, reject } = Promise.withResolvers<never>();
  const timer = clock.after(timeoutMs + GRACE_MS, () => {
    const error = new DriverError('Unknown', `The host did not answer within ${timeoutMs} ms`, { reason: 'DeadlineExceeded' });
    link.abort(error);
    reject(error);
  });
  try {
    return await Promise.race([work({ signal: link.signal, timeoutMs }), expired]);
  } finally {
    timer.cancel();
  }
}
