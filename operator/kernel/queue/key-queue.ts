/** The priority queue: two heaps (what is ready, what is delayed) over one map of keys, and one timer for all delays. */
import type { Clock, Timer } from '../clock.ts';
import { Heap, type HeapItem } from './heap.ts';
import type { AddOptions, PriorityQueue, QueueSnapshot, Taken } from './priority-queue.ts';
import { PRIORITY } from './priority.ts';

interface Entry extends HeapItem {
  readonly key: string;
  state: 'Ready' | 'Delayed' | 'Active';
  priority: number;
  /** Monotonic; when it is, or became, ready. */
  dueAt: number;
  /** Place in line among those of its priority. */
  turn: number;
  /** Added while it was being worked on: what comes after `done`. */
  again: { priority: number; dueAt: number } | undefined;
}

export class KeyQueue implements PriorityQueue {
  private readonly clock: Clock;
  private readonly entries = new Map<string, Entry>();
  private readonly ready = new Heap<Entry>((a, b) => (a.priority === b.priority ? a.turn < b.turn : a.priority > b.priority));
  private readonly delayed = new Heap<Entry>((a, b) => a.dueAt < b.dueAt);
  private turns = 0;
  private timer: Timer | undefined;
  private timerAt = Number.POSITIVE_INFINITY;
  private listener: () => void = () => undefined;
  private closed = false;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  get size(): number {
    return this.ready.size + this.delayed.size;
  }

  get readySize(): number {
    return this.ready.size;
  }

  onReady(listener: () => void): void {
    this.listener = listener;
  }

  add(key: string, { priority = PRIORITY.fresh, afterMs = 0 }: AddOptions = {}): void {
    if (this.closed) return;
    const now = this.clock.monotonic();
    const dueAt = now + Math.max(afterMs, 0);
    const entry = this.entries.get(key);
    if (entry === undefined) {
      const added: Entry = { key, state: 'Delayed', priority, dueAt, turn: 0, again: undefined, place: -1 };
      this.entries.set(key, added);
      this.line(added, now);
      return;
    }
    switch (entry.state) {
      case 'Active':
        entry.again = {
          priority: Math.max(entry.again?.priority ?? priority, priority),
          dueAt: Math.min(entry.again?.dueAt ?? dueAt, dueAt),
        };
        return;
      case 'Ready':
        this.raise(entry, priority);
        return;
      case 'Delayed':
        entry.priority = Math.max(entry.priority, priority);
        entry.dueAt = Math.min(entry.dueAt, dueAt);
        this.delayed.remove(entry);
        this.line(entry, now);
    }
  }

  take(): Taken | undefined {
    if (this.closed) return undefined;
    const now = this.clock.monotonic();
    this.promote(now);
    const entry = this.ready.pop();
    if (entry === undefined) return undefined;
    entry.state = 'Active';
    return { key: entry.key, priority: entry.priority, waitedMs: now - entry.dueAt };
  }

  done(key: string): void {
    const entry = this.entries.get(key);
    if (entry === undefined || entry.state !== 'Active') return;
    const { again } = entry;
    if (again === undefined || this.closed) {
      this.entries.delete(key);
      return;
    }
    entry.priority = again.priority;
    entry.dueAt = again.dueAt;
    entry.again = undefined;
    this.line(entry, this.clock.monotonic());
  }

  drop(key: string): void {
    const entry = this.entries.get(key);
    if (entry === undefined) return;
    entry.again = undefined;
    if (entry.state === 'Active') return;
    (entry.state === 'Ready' ? this.ready : this.delayed).remove(entry);
    this.entries.delete(key);
  }

  close(): void {
    this.closed = true;
    this.timer?.cancel();
    this.timer = undefined;
  }

  snapshot(): QueueSnapshot {
    const now = this.clock.monotonic();
    return {
      ready: keysOf([...this.ready.values()].sort((a, b) => b.priority - a.priority || a.turn - b.turn)),
      delayed: [...this.delayed.values()]
        .sort((a, b) => a.dueAt - b.dueAt)
        .map(({ key, dueAt }) => ({ key, dueInMs: Math.round(dueAt - now) })),
      active: keysOf([...this.entries.values()].filter(({ state }) => state === 'Active')),
    };
  }

  /** Puts an entry that is in neither heap where it belongs. */
  private line(entry: Entry, now: number): void {
    if (entry.dueAt > now) {
      entry.state = 'Delayed';
      this.delayed.push(entry);
      this.armTimer(now);
      return;
    }
    this.makeReady(entry);
    this.listener();
  }

  private makeReady(entry: Entry): void {
    entry.state = 'Ready';
    entry.turn = this.turns;
    this.turns += 1;
    this.ready.push(entry);
  }

  private raise(entry: Entry, priority: number): void {
    if (priority <= entry.priority) return;
    entry.priority = priority;
    this.ready.moved(entry);
  }

  private promote(now: number): void {
    for (let first = this.delayed.peek(); first !== undefined && first.dueAt <= now; first = this.delayed.peek()) {
      this.delayed.remove(first);
      this.makeReady(first);
    }
  }

  /** The timer stands for the earliest delay; one that became later or went away may make it ring for nothing. */
  private armTimer(now: number): void {
    const first = this.delayed.peek();
    if (first === undefined || first.dueAt >= this.timerAt) return;
    this.timer?.cancel();
    this.timerAt = first.dueAt;
    this.timer = this.clock.after(Math.ceil(first.dueAt - now), () => this.onTimer());
  }

  private onTimer(): void {
    this.timerAt = Number.POSITIVE_INFINITY;
    if (this.closed) return;
    const now = this.clock.monotonic();
    this.promote(now);
    this.armTimer(now);
    if (this.ready.size > 0) this.listener();
  }
}

const keysOf = (entries: readonly Entry[]): readonly string[] => entries.map(({ key }) => key);
