/** Whether anybody still waits for something: whoever does is asked, after a while of silence, and then has as long again to say so. */
import type { Clock, Timer } from '../../kernel/clock.ts';

export class Interest implements Disposable {
  readonly #clock: Clock;
  readonly #patienceMs: number;
  readonly #ask: () => void;
  readonly #lost: () => void;
  #timer: Timer | undefined;

  /** `lost` is called once at most, `patienceMs` after the last sign at the earliest; `ask` halfway to it. */
  constructor(clock: Clock, patienceMs: number, ask: () => void, lost: () => void) {
    this.#clock = clock;
    this.#patienceMs = patienceMs;
    this.#ask = ask;
    this.#lost = lost;
    this.shown();
  }

  shown(): void {
    this.#after(() => {
      this.#after(this.#lost);
      this.#ask();
    });
  }

  [Symbol.dispose](): void {
    this.#timer?.cancel();
  }

  #after(callback: () => void): void {
    this.#timer?.cancel();
    this.#timer = this.#clock.after(this.#patienceMs / 2, callback);
  }
}
