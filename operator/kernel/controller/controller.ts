/**
 * A controller: a queue of keys, fed by changes, and workers that reconcile them, one key never twice at once.
 */
import type { KubeObject } from '../api/object.ts';
import type { Gate } from '../lease/lease.ts';
import type { AddOptions } from '../queue/priority-queue.ts';
import type { Cache, Change } from '../watch/cache.ts';
import type { BackoffOptions } from '../queue/backoff.ts';
import type { Reconcile } from './reconcile.ts';

export interface ControllerOptions {
  /** Lower case: a metric label and part of every log line. */
  readonly name: string;
  readonly reconcile: Reconcile;
  /** Passes under way at once, but for those that take long (working-pass.ts). Absent: 16; they wait for others most of the time. */
  readonly workers?: number;
  /** A pass's signal aborts after this. Absent: no deadline of the pass's own. */
  readonly timeoutMs?: number;
  readonly backoff?: BackoffOptions;
  /** Only works while it is open (a Lease). Keys wait meanwhile; when it opens, everything watched is looked at. */
  readonly gate?: Gate;
}

export interface WatchOptions<T extends KubeObject> {
  /** Keys to reconcile for a change. Absent: the object's own. */
  readonly toKeys?: (change: Change<T>) => Iterable<string>;
  /** Changes that matter. Absent: all. See `isStatusOnly`. */
  readonly when?: (change: Change<T>) => boolean;
  /** Absent: `resync` for initial ones, else `fresh`. */
  readonly priorityOf?: (change: Change<T>) => number;
}

export interface Controller {
  readonly name: string;
  /** Reconciles on changes in this cache. Before `manager.run`. */
  watches<T extends KubeObject>(cache: Cache<T>, options?: WatchOptions<T>): void;
  /** For what comes from elsewhere: hypervisor events, ticks. */
  enqueue(key: string, options?: AddOptions): void;
}
