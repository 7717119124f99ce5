/** How long a source is waited for: never for nothing, and not for a trickle. */
import { DriverError } from '../../../drivers/labels.ts';
import type { Clock } from '../../kernel/clock.ts';
import { linkSignals } from '../../kernel/timers.ts';
import { publicUrl } from './request.ts';

/** Aborts a request when what it is waited for takes longer than `stallMs`. */
export class Watchdog implements Disposable {
  readonly #url: URL;
  readonly #clock: Clock;
  readonly #stallMs: number;
  readonly #link;

  constructor(url: URL, clock: Clock, stallMs: number, parent: AbortSignal) {
    this.#url = url;
    this.#clock = clock;
    this.#stallMs = stallMs;
    this.#link = linkSignals(parent);
  }

  get signal(): AbortSignal {
    return this.#link.signal;
  }

  /** The promise's outcome, or a rejection on abort or once it has taken too long, whether or not it heeds the signal. */
  guard<T>(promise: Promise<T>): Promise<T> {
    const { signal } = this.#link;
    return new Promise((resolve, reject) => {
      const onAbort = (): void => reject(signal.reason as Error);
      const timer = this.#clock.after(this.#stallMs, () => {
        this.#link.abort(new Error(`nothing came from ${this.#url.host} for ${Math.round(this.#stallMs / 1000)} s`));
      });
      signal.addEventListener('abort', onAbort, { once: true });
      const settled = (): void => {
        timer.cancel();
        signal.removeEventListener('abort', onAbort);
      };
      if (signal.aborted) onAbort();
      void promise.then(resolve, reject).finally(settled);
    });
  }

  [Symbol.dispose](): void {
    this.#link[Symbol.dispose]();
  }
}

const MINUTE_MS = 60_000;

/**
 * How much comes in how much waiting, over the whole of a download: a new connection does not start it anew, and what is
 * waited for connecting, and before it, counts too. So all of the waiting is bounded by the size: each minute of it, and
 * what one more silence takes, brings the least that is asked for.
 */
export class Pace {
  readonly #url: URL;
  readonly #clock: Clock;
  readonly #minBytesPerMinute: number;
  #waitedMs = 0;
  #bytes = 0;

  constructor(url: URL, clock: Clock, minBytesPerMinute: number) {
    this.#url = url;
    this.#clock = clock;
    this.#minBytesPerMinute = minBytesPerMinute;
  }

  /** The promise's outcome; what it took is waiting. */
  async timed<T>(waiting: Promise<T>): Promise<T> {
    const began = this.#clock.monotonic();
    try {
      return await waiting;
    } finally {
      this.#waitedMs += this.#clock.monotonic() - began;
    }
  }

  /** So many bytes came; none: it is asked for another reason. Throws `SourceTooSlow`. */
  check(bytes = 0): void {
    this.#bytes += bytes;
    if (this.#waitedMs < MINUTE_MS) return;
    if (this.#bytes < this.#minBytesPerMinute) {
      throw new DriverError('Transient', `${publicUrl(this.#url)} is too slow: ${this.#bytes} bytes in a minute`, {
        reason: 'SourceTooSlow',
      });
    }
    this.#waitedMs = 0;
    this.#bytes = 0;
  }
}

const LONGEST_PAUSE_MS = 10_000;

/** How often a broken download is taken up again, and after which pause. */
export class Reconnects {
  readonly #firstPauseMs: number;
  readonly #maxInARow: number;
  readonly #minBytes: number;
  #failures = 0;

  constructor(firstPauseMs: number, maxInARow: number, minBytes: number) {
    this.#firstPauseMs = firstPauseMs;
    this.#maxInARow = maxInARow;
    this.#minBytes = minBytes;
  }

  /** A connection broke that had brought so many bytes. The pause before the next one; undefined: it is given up. */
  broke(bytes: number): number | undefined {
    this.#failures = bytes >= this.#minBytes ? 0 : this.#failures + 1;
    if (this.#failures > this.#maxInARow) return undefined;
    return Math.min(this.#firstPauseMs * 2 ** this.#failures, LONGEST_PAUSE_MS);
  }
}
