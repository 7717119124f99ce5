/**
 * How much of each kind of work goes on at one host at once, and who is next.
 *
 * First come, first served: a slot that is given back is the next one's at once. A few may wait, for a moment; others
 * come back later, so that a host that has enough to do holds no workers that other hosts need. Where somebody waited in
 * vain nobody waits until a slot is given back: several hosts that hang at once would hold all workers otherwise.
 */
import type { Clock } from '../../kernel/clock.ts';
import type { Slot } from '../host.ts';

export type SlotLimits = Readonly<Record<Slot, number>>;

/** Few enough that a host that hangs takes no great part of the workers before its circuit opens, enough to keep it busy. */
export const DEFAULT_SLOTS: SlotLimits = { Build: 6, Power: 6, Transfer: 2, Read: 12, Guest: 4 };

export interface QueueLimits {
  /** How many may wait on one host, whatever for. */
  readonly most: number;
  /** The longest that one waits. */
  readonly waitMs: number;
}

/** A quarter of the workers that there are for Instances. */
export const DEFAULT_QUEUE: QueueLimits = { most: 16, waitMs: 3_000 };

export type Release = () => void;

/** Ends a wait, with a slot or, where time is up, without. */
type Waiter = (release: Release | undefined) => void;

export class Slots {
  readonly #limits: SlotLimits;
  readonly #queue: QueueLimits;
  readonly #clock: Clock;
  readonly #taken: Record<Slot, number> = { Build: 0, Power: 0, Transfer: 0, Read: 0, Guest: 0 };
  /** Those who wait, oldest first. While there are any, no slot of their kind is free. */
  readonly #waiters: Readonly<Record<Slot, Set<Waiter>>> = {
    Build: new Set(),
    Power: new Set(),
    Transfer: new Set(),
    Read: new Set(),
    Guest: new Set(),
  };

  /** Kinds that somebody waited for in vain since the last was given back. */
  readonly #stuck = new Set<Slot>();

  constructor(limits: SlotLimits, queue: QueueLimits, clock: Clock) {
    this.#limits = limits;
    this.#queue = queue;
    this.#clock = clock;
  }

  /** The way to give the slot back, which may be called twice; undefined when all are taken. */
  take(slot: Slot): Release | undefined {
    if (this.#taken[slot] >= this.#limits[slot]) return undefined;
    this.#taken[slot] += 1;
    return this.#releaseOf(slot);
  }

  /**
   * As `take`, as soon as one comes free; undefined when none did in time, or too many wait. Rejects with the signal's
   * reason. For a transfer nobody waits here: it takes its time, and so would the next; nor for a
   * guest, which may hang.
   */
  async wait(slot: Slot, signal: AbortSignal): Promise<Release | undefined> {
    signal.throwIfAborted();
    const release = this.take(slot);
    if (release !== undefined || slot === 'Transfer' || slot === 'Guest' || this.#stuck.has(slot) || this.waiting >= this.#queue.most)
      return release;
    return this.#enqueue(slot, signal);
  }

  /** For metrics and the debug dump. */
  taken(): Readonly<Record<Slot, number>> {
    return this.#taken;
  }

  get waiting(): number {
    return Object.values(this.#waiters).reduce((sum, { size }) => sum + size, 0);
  }

  #enqueue(slot: Slot, signal: AbortSignal): Promise<Release | undefined> {
    const waiters = this.#waiters[slot];
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        waiters.delete(waiter);
        timer.cancel();
        signal.removeEventListener('abort', onAbort);
      };
      const waiter: Waiter = (release) => {
        leave();
        resolve(release);
      };
      const onAbort = (): void => {
        leave();
        reject(signal.reason as Error);
      };
      const timer = this.#clock.after(this.#queue.waitMs, () => {
        this.#stuck.add(slot);
        waiter(undefined);
      });
      signal.addEventListener('abort', onAbort, { once: true });
      waiters.add(waiter);
    });
  }

  #releaseOf(slot: Slot): Release {
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#stuck.delete(slot);
      const [next] = this.#waiters[slot];
      if (next === undefined) this.#taken[slot] -= 1;
      else next(this.#releaseOf(slot));
    };
  }
}
