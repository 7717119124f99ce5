/** One running watch of the pretended API server: what it has to tell, and when it tells it. */
import type { WatchEvent } from '../api/client.ts';
import type { KubeObject } from '../api/object.ts';
import { isSelected, type Selection } from './memory-selectors.ts';
import type { HistoryEntry } from './memory-store.ts';

export class MemoryWatch {
  private readonly resource: string;
  private readonly selection: Selection;
  private readonly onEvent: (event: WatchEvent<KubeObject>) => void;
  private readonly settle = Promise.withResolvers<void>();
  private readonly waiting: WatchEvent<KubeObject>[] = [];
  private over = false;

  constructor(resource: string, selection: Selection, onEvent: (event: WatchEvent<KubeObject>) => void) {
    this.resource = resource;
    this.selection = selection;
    this.onEvent = onEvent;
  }

  /** Settles when the watch is over. */
  get end(): Promise<void> {
    return this.settle.promise;
  }

  /** Queues what this watch shows of a change: leaving the selection looks like a deletion. */
  push({ resource, previous, current, last }: HistoryEntry): void {
    if (resource !== this.resource) return;
    const before = previous !== undefined && isSelected(previous, this.selection);
    const after = current !== undefined && isSelected(current, this.selection);
    if (after) this.waiting.push({ kind: before ? 'Modified' : 'Added', object: current });
    else if (before) this.waiting.push({ kind: 'Deleted', object: last });
  }

  bookmark(resourceVersion: string): void {
    this.waiting.push({ kind: 'Bookmark', resourceVersion });
  }

  /** Tells at most `limit` of what waits. */
  deliver(limit = Number.POSITIVE_INFINITY): void {
    for (let told = 0; told < limit && !this.over; told += 1) {
      const event = this.waiting.shift();
      if (event === undefined) return;
      this.onEvent(event);
    }
  }

  /** What was not delivered never is. */
  finish(error?: Error): void {
    this.over = true;
    if (error === undefined) this.settle.resolve();
    else this.settle.reject(error);
  }
}
