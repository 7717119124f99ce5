/** What a program of controllers is put together from. `manager.ts` runs it. */
import type { KubeObject } from '../api/object.ts';
import type { Resource } from '../api/resource.ts';
import type { Controller, ControllerOptions } from '../controller/controller.ts';
import type { EventRecorder } from '../events/recorder.ts';
import type { Lease, LeaseTimes } from '../lease/lease.ts';
import type { Services } from '../services.ts';
import type { ObjectWriter } from '../status/writer.ts';
import type { Cache } from '../watch/cache.ts';

export interface CacheOptions<T extends KubeObject> {
  /** Absent: all namespaces. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** What is kept of an object. Managed fields are dropped in any case. Must keep metadata. */
  readonly transform?: (object: T) => T;
}

export interface LeaseOptions {
  readonly namespace: string;
  readonly name: string;
  readonly times?: LeaseTimes;
}

/** Something else that runs along: a tick, a server. Started once caches are synced, stopped before leases are released. */
export interface Runnable {
  readonly name: string;
  /** Runs until the signal aborts, then ends in good time; rejecting before that ends the program. */
  run(signal: AbortSignal): Promise<void>;
}

export interface Manager extends Services {
  /** The one cache of a kind; asking again with the same resource gives the same one. */
  cache<T extends KubeObject>(resource: Resource<T>, options?: CacheOptions<T>): Cache<T>;
  controller(options: ControllerOptions): Controller;
  /** `manager` is the controller's name: field manager `hostler/<name>`, and the `writer` of its changes in the cache. */
  writer<T extends KubeObject>(resource: Resource<T>, manager: string): ObjectWriter<T>;
  /** `controller` as in `hostler.dev/<name>`: the events' reportingController. */
  events(controller: string): EventRecorder;
  lease(options: LeaseOptions): Lease;
  add(runnable: Runnable): void;
  /** Extra part of the debug dump; called when it is asked for. */
  debug(name: string, dump: () => unknown): void;
  /**
   * Runs everything until `signal` aborts, then stops in order: queues, passes under way (within the grace), runnables,
   * leases released, events sent, watches ended. Rejects when a part failed for good.
   */
  run(signal: AbortSignal): Promise<void>;
}
