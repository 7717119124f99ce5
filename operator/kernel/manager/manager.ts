/** Puts the parts together. Running and stopping them in order is `run.ts`. */
import type { KubeObject } from '../api/object.ts';
import type { Resource } from '../api/resource.ts';
import type { Controller, ControllerOptions } from '../controller/controller.ts';
import { WorkLoop } from '../controller/work-loop.ts';
import { EventBroadcaster } from '../events/broadcaster.ts';
import type { EventRecorder } from '../events/recorder.ts';
import { LeaseElector } from '../lease/elector.ts';
import { DEFAULT_LEASE_TIMES, type Lease } from '../lease/lease.ts';
import { PatchingWriter } from '../status/object-writer.ts';
import type { ObjectWriter } from '../status/writer.ts';
import type { Cache } from '../watch/cache.ts';
import type { ManagerOptions } from './options.ts';
import { type Parts, runParts } from './run.ts';
import type { CacheOptions, LeaseOptions, Manager, Runnable } from './types.ts';
import { nameOfKind, type WatchedKind, watchKind } from './watched-kind.ts';

export function createManager(options: ManagerOptions): Manager {
  return new KernelManager(options);
}

class KernelManager implements Manager {
  readonly client: ManagerOptions['client'];
  readonly clock: ManagerOptions['clock'];
  readonly log: ManagerOptions['log'];
  readonly metrics: ManagerOptions['metrics'];
  readonly random: ManagerOptions['random'];
  private readonly options: ManagerOptions;
  private readonly broadcaster: EventBroadcaster;
  private readonly kinds = new Map<string, WatchedKind>();
  private readonly loops: WorkLoop[] = [];
  private readonly leases: LeaseElector[] = [];
  private readonly runnables: Runnable[] = [];
  private readonly dumps = new Map<string, () => unknown>();
  private running = false;

  constructor(options: ManagerOptions) {
    this.options = options;
    this.client = options.client;
    this.clock = options.clock;
    this.log = options.log;
    this.metrics = options.metrics;
    this.random = options.random;
    this.broadcaster = new EventBroadcaster({ ...options, log: options.log.child({ part: 'events' }) });
  }

  cache<T extends KubeObject>(resource: Resource<T>, options?: CacheOptions<T>): Cache<T> {
    const name = nameOfKind(resource);
    const known = this.kinds.get(name);
    if (known !== undefined) {
      if (options !== undefined) throw new TypeError(`${name} is watched already: give its options where it is first asked for`);
      return known.cache as unknown as Cache<T>;
    }
    this.notRunning(`the cache of ${name}`);
    const kind = watchKind(resource, options ?? {}, this);
    this.kinds.set(name, kind);
    return kind.cache as unknown as Cache<T>;
  }

  controller(options: ControllerOptions): Controller {
    this.notRunning(`controller ${options.name}`);
    const loop = new WorkLoop(options, this);
    this.loops.push(loop);
    this.dumps.set(`queue/${options.name}`, () => loop.snapshot());
    return loop;
  }

  writer<T extends KubeObject>(resource: Resource<T>, manager: string): ObjectWriter<T> {
    const { client, clock, options } = this;
    return new PatchingWriter<T>({
      client,
      clock,
      resource,
      cache: this.cache(resource),
      name: manager,
      fieldManager: `${options.program}/${manager}`,
    });
  }

  events(controller: string): EventRecorder {
    return this.broadcaster.recorder(`${this.options.domain}/${controller}`);
  }

  lease({ namespace, name, times = DEFAULT_LEASE_TIMES }: LeaseOptions): Lease {
    this.notRunning(`lease ${name}`);
    const leading = this.metrics.leading.labels({ name });
    leading.set(0);
    const { client, clock, log, random } = this;
    const { identity } = this.options;
    const onLeading = (leads: boolean): void => leading.set(leads ? 1 : 0);
    const lease = new LeaseElector({ client, clock, log, random, namespace, name, identity, times, onLeading });
    this.leases.push(lease);
    this.dumps.set(`lease/${name}`, () => ({
      identity,
      holder: lease.holder,
      open: lease.open,
      remainingMs: Math.round(lease.remaining()),
    }));
    return lease;
  }

  add(runnable: Runnable): void {
    this.notRunning(runnable.name);
    this.runnables.push(runnable);
  }

  debug(name: string, dump: () => unknown): void {
    this.dumps.set(name, dump);
  }

  async run(signal: AbortSignal): Promise<void> {
    this.notRunning('a second run');
    this.running = true;
    const kinds = [...this.kinds.values()];
    for (const { name, cache } of kinds) this.dumps.set(`cache/${name}`, () => ({ synced: cache.synced(), objects: cache.size }));
    const { loops, leases, runnables, broadcaster, dumps } = this;
    const parts: Parts = { kinds, loops, leases, runnables, broadcaster, dumps };
    await runParts(this.options, parts, signal);
  }

  private notRunning(what: string): void {
    if (this.running) throw new TypeError(`${what}: the manager is running already, everything is added before`);
  }
}
