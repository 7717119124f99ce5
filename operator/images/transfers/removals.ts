/** Bases that are being removed from hosts: nobody is told that one is there, from the decision until the host is done. */
import { DriverError } from '../../../drivers/labels.ts';
import type { Clock, Timer } from '../../kernel/clock.ts';

/** A host that did not say what became of it may still be at it. */
const DOUBT_MS = 30_000;

export class Removals {
  readonly #clock: Clock;
  /** Who waits for the end of each, told once. */
  readonly #waiting = new Map<string, Set<() => void>>();

  readonly #doubts = new Set<Timer>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether it is being removed; if so, `tell` is called when that is over. */
  holds(file: string, tell: () => void): boolean {
    const waiting = this.#waiting.get(file);
    waiting?.add(tell);
    return waiting !== undefined;
  }

  /** From the moment of the call on, not from that in which the work begins. */
  async run(file: string, work: () => Promise<void>): Promise<void> {
    if (!this.#waiting.has(file)) this.#waiting.set(file, new Set());
    let doubtful = false;
    try {
      await work();
    } catch (error) {
      doubtful = error instanceof DriverError && error.label === 'Unknown';
      throw error;
    } finally {
      if (doubtful) this.#endLater(file);
      else this.#end(file);
    }
  }

  stop(): void {
    for (const doubt of this.#doubts) doubt.cancel();
  }

  #endLater(file: string): void {
    const doubt = this.#clock.after(DOUBT_MS, () => {
      this.#doubts.delete(doubt);
      this.#end(file);
    });
    this.#doubts.add(doubt);
  }

  #end(file: string): void {
    const waiting = this.#waiting.get(file) ?? [];
    this.#waiting.delete(file);
    for (const tell of waiting) tell();
  }
}
