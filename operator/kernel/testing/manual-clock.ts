/** A clock that moves only when it is told to. */
import type { Clock, Timer } from '../clock.ts';

interface Pending {
  readonly dueAt: number;
  readonly order: number;
  readonly callback: () => void;
}

export class ManualClock implements Clock {
  private wall: number;
  private elapsed = 0;
  private order = 0;
  private readonly pending = new Set<Pending>();

  /** Epoch milliseconds to begin with. */
  constructor(startAt = Date.UTC(2026, 0, 1)) {
    this.wall = startAt;
  }

  now(): number {
    return this.wall;
  }

  monotonic(): number {
    return this.elapsed;
  }

  after(ms: number, callback: () => void): Timer {
    if (Number.isNaN(ms)) throw new TypeError('a timer needs a time');
    const timer: Pending = { dueAt: this.elapsed + Math.max(ms, 0), order: this.order, callback };
    this.order += 1;
    this.pending.add(timer);
    return { cancel: () => void this.pending.delete(timer) };
  }

  /** Timers that have not rung. */
  get timers(): number {
    return this.pending.size;
  }

  /** Lets time pass: every timer due rings in order, and what it sets off runs before the next. */
  async advance(ms: number): Promise<void> {
    const until = this.elapsed + ms;
    await settled();
    for (let next = this.next(until); next !== undefined; next = this.next(until)) {
      this.pass(next.dueAt - this.elapsed);
      this.pending.delete(next);
      next.callback();
      await settled();
    }
    this.pass(until - this.elapsed);
    await settled();
  }

  /** Moves the wall clock only: somebody sets it, or the machine wakes from a sleep, during which timers stood still. */
  jump(ms: number): void {
    this.wall += ms;
  }

  private pass(ms: number): void {
    if (ms <= 0) return;
    this.elapsed += ms;
    this.wall += ms;
  }

  private next(until: number): Pending | undefined {
    let first: Pending | undefined;
    for (const timer of this.pending) {
      if (timer.dueAt > until) continue;
      if (first === undefined || timer.dueAt < first.dueAt || (timer.dueAt === first.dueAt && timer.order < first.order)) first = timer;
    }
    return first;
  }
}

/** Lets everything run that waits for nothing but its turn; a chain of a few requests to `MemoryApi` is done by then. */
export async function settled(turns = 8): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
