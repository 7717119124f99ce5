/** What every call takes besides its arguments. */
import { performance } from 'node:perf_hooks';
import { DeadlineError } from '../errors.ts';

export interface CallOptions {
  /** How long to wait, in milliseconds from now, the time in a queue included. `Infinity`: for ever. Default: the client's `callTimeoutMs`. */
  readonly timeoutMs?: number;
  /** Aborting stops the waiting, not the work: the daemon goes on. The call rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Longer times overflow Node's timers, which would then fire at once. */
const LONGEST_TIMER_MS = 0x7fff_ffff;

/** The same options for what is left of the time that began at `startedAt`, on the clock of `performance.now()`. */
export function remaining(options: CallOptions, startedAt: number): CallOptions {
  if (options.timeoutMs === undefined) return options;
  return { ...options, timeoutMs: options.timeoutMs - (performance.now() - startedAt) };
}

/** Throws when the time is over or the signal is aborted already: then nothing should be begun. */
export function throwIfExpired({ timeoutMs = Number.POSITIVE_INFINITY, signal }: CallOptions, what: string): void {
  signal?.throwIfAborted();
  if (timeoutMs <= 0) throw new DeadlineError(`The time for ${what} was over before it was sent`);
}

/**
 * Calls `onExpiry` once, when the time is over or the signal aborts, whichever is first. Returns the way to call it off.
 * What has expired already is the caller's to check.
 */
export function watchExpiry(options: CallOptions, what: string, onExpiry: (reason: unknown) => void): () => void {
  const { timeoutMs = Number.POSITIVE_INFINITY, signal } = options;
  const expire = (reason: unknown): void => {
    stop();
    onExpiry(reason);
  };
  const onAbort = (): void => expire(signal?.reason);
  const timer =
    timeoutMs <= LONGEST_TIMER_MS
      ? setTimeout(() => expire(new DeadlineError(`${what} was not answered within ${timeoutMs} ms`)), Math.max(1, timeoutMs))
      : undefined;
  const stop = (): void => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  return stop;
}
