/** A wait whose end can be drawn nearer while it lasts: the next observation is due at a tick, or sooner. */
import type { Clock, Timer } from '../../kernel/clock.ts';

/** Times are monotonic milliseconds. */
export class Alarm {
  readonly #clock: Clock;
  #due = Number.POSITIVE_INFINITY;
  #timer: Timer | undefined;
  #ring: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Makes the present wait, or the next one, end at this time unless it ends sooner. */
  at(time: number): void {
    if (time >= this.#due) return;
    this.#due = time;
    if (this.#ring !== undefined) this.#arm(this.#ring);
  }

  /** Forgets the time set. Not while somebody waits. */
  reset(): void {
    this.#due = Number.POSITIVE_INFINITY;
  }

  /** Resolves when the time set is reached (never, as long as none is), or on abort. One wait at a time. */
  wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const ring = (): void => {
        this.#timer?.cancel();
        this.#due = Number.POSITIVE_INFINITY;
        this.#ring = undefined;
        signal.removeEventListener('abort', ring);
        resolve();
      };
      if (signal.aborted) {
        ring();
        return;
      }
      signal.addEventListener('abort', ring, { once: true });
      this.#ring = ring;
      this.#arm(ring);
    });
  }

  #arm(ring: () => void): void {
    this.#timer?.cancel();
    if (this.#due < Number.POSITIVE_INFINITY) this.#timer = this.#clock.after(Math.max(this.#due - this.#clock.monotonic(), 0), ring);
  }
}
