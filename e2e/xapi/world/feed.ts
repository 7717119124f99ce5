/** Lets calls wait for changes of the store; by script it stalls, as if nothing happened any more. */
import type { Store } from '../store/store.ts';
import type { Batch } from './events.ts';

type Look = () => Batch;

export class Feed {
  #stalled = false;
  /** At most so many events in an answer, the rest is lost with its token: half delivered. */
  #cut: number | undefined;
  readonly #wake = new Set<() => void>();

  constructor(store: Store) {
    store.listen(() => this.wakeAll());
  }

  /** Nothing is told until `flow`: calls run into their time-outs. */
  stall(): void {
    this.#stalled = true;
  }

  flow(): void {
    this.#stalled = false;
    this.wakeAll();
  }

  /** The next answer that has more than so many events is cut off there, and its token nevertheless covers all of them. */
  cutNext(events: number): void {
    this.#cut = events;
  }

  /** Whoever waits looks again. */
  wakeAll(): void {
    for (const wake of this.#wake) wake();
  }

  /**
   * What `look` sees, as soon as it sees events, and all that come within `gather` milliseconds after the first change that was
   * waited for; or what it sees when the time is over.
   * While the feed is stalled that is nothing, with the token `unchanged`.
   * @throws the reason of the signal
   */
  async change(look: Look, unchanged: string, milliseconds: number, gather: number, signal: AbortSignal): Promise<Batch> {
    signal.throwIfAborted();
    const first = this.#seen(look, unchanged);
    if (first.events.length > 0 || milliseconds <= 0) return first;
    const woken = await this.#woken(milliseconds, signal);
    if (woken) await this.#woken(Math.min(gather, milliseconds), signal, false);
    return this.#seen(look, unchanged);
  }

  #seen(look: Look, unchanged: string): Batch {
    const batch = look();
    if (this.#stalled) return { ...batch, events: [], token: unchanged };
    if (this.#cut === undefined || batch.events.length <= this.#cut) return batch;
    const events = batch.events.slice(0, this.#cut);
    this.#cut = undefined;
    return { ...batch, events };
  }

  /** @returns whether it was woken before the time was over */
  async #woken(milliseconds: number, signal: AbortSignal, byChanges = true): Promise<boolean> {
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    const wake = () => resolve(true);
    const abort = () => reject(signal.reason as Error);
    const timer = setTimeout(() => resolve(false), milliseconds);
    if (byChanges) this.#wake.add(wake);
    signal.addEventListener('abort', abort, { once: true });
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#wake.delete(wake);
      signal.removeEventListener('abort', abort);
    }
  }
}
