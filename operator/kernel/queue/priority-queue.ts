/**
 * The work queue: every key at most once in it, never handed out twice at once, delayed as asked, urgent ones first.
 *
 * - Adding a key that waits already merges: the higher priority and the shorter delay win.
 * - A key added while it is being worked on is handed out again after `done`.
 * - Within one priority, first in (or first due), first out.
 */
export interface AddOptions {
  /** Absent: `PRIORITY.fresh`. */
  readonly priority?: number;
  /** Absent or <= 0: at once. */
  readonly afterMs?: number;
}

export interface Taken {
  readonly key: string;
  readonly priority: number;
  /** How long it was ready before it was taken. */
  readonly waitedMs: number;
}

export interface PriorityQueue {
  add(key: string, options?: AddOptions): void;
  /** Takes the next ready key; undefined when there is none. */
  take(): Taken | undefined;
  /** Every taken key is given back, whatever came of it. */
  done(key: string): void;
  /** Forgets a key that waits; one that is being worked on is not handed out again. */
  drop(key: string): void;
  /** Called when a key became ready: a sign to `take`. One listener. */
  onReady(listener: () => void): void;
  /** Ready and delayed; not those being worked on. */
  readonly size: number;
  /** Ready only. */
  readonly readySize: number;
  /** From now on nothing is added or taken; timers end. */
  close(): void;
  /** For the debug dump. */
  snapshot(): QueueSnapshot;
}

export interface QueueSnapshot {
  /** In the order they will be taken. */
  readonly ready: readonly string[];
  readonly delayed: readonly { readonly key: string; readonly dueInMs: number }[];
  readonly active: readonly string[];
}
