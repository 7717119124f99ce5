/**
 * Time as something that is passed in, so that tests move it. Nothing in the kernel reads a clock of its own.
 *
 * `now` is for records that people and other machines read; it may jump. Durations are measured with `monotonic` only.
 */
export interface Timer {
  /** Idempotent; after it the callback is not called. */
  cancel(): void;
}

export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Milliseconds since some fixed moment of this process; never goes back, does not know of time set by hand. */
  monotonic(): number;
  /** Calls back once, `ms` from now at the earliest (at the next turn when `ms` <= 0). A pending timer keeps the process alive: cancel it. */
  after(ms: number, callback: () => void): Timer;
}

/** The longest time-out a Node timer holds; a longer one would fire at once. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, Math.min(Math.max(ms, 0), MAX_TIMEOUT_MS));
    return { cancel: () => clearTimeout(timer) };
  },
};
