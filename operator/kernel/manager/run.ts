/** Starting and stopping all parts, in order. */
import type { WorkLoop } from '../controller/work-loop.ts';
import type { EventBroadcaster } from '../events/broadcaster.ts';
import { type Check, debugRoutes, healthRoutes, metricsRoutes } from '../http/pages.ts';
import { type Routes, serve } from '../http/server.ts';
import type { LeaseElector } from '../lease/elector.ts';
import { whenAborted, within } from '../timers.ts';
import type { ManagerOptions } from './options.ts';
import { TaskGroup } from './task-group.ts';
import type { Runnable } from './types.ts';
import type { WatchedKind } from './watched-kind.ts';

export interface Parts {
  readonly kinds: readonly WatchedKind[];
  readonly loops: readonly WorkLoop[];
  readonly leases: readonly LeaseElector[];
  readonly runnables: readonly Runnable[];
  readonly broadcaster: EventBroadcaster;
  readonly dumps: ReadonlyMap<string, () => unknown>;
}

const DEFAULT_GRACE_MS = 20_000;
/** What an aborted pass or runnable has to end in. */
const ABORT_MS = 5_000;
const DRAIN_MS = 3_000;

/** Resolves when all has stopped after `signal`; rejects, all stopped as well, when a part failed for good. */
export async function runParts(options: ManagerOptions, parts: Parts, signal: AbortSignal): Promise<void> {
  const servers = new AsyncDisposableStack();
  const reflectors = new TaskGroup();
  const runnables = new TaskGroup();
  let failure: unknown;
  try {
    await startServers(options, parts, servers);
    for (const kind of parts.kinds) reflectors.add((stop) => kind.run(stop));
    for (const lease of parts.leases) lease.start();
    await Promise.race([Promise.all(parts.kinds.map(({ cache }) => cache.whenSynced())), whenAborted(signal)]);
    if (!signal.aborted) {
      options.log.info('Caches are synced, controllers start', { kinds: parts.kinds.map(({ name }) => name) });
      for (const runnable of parts.runnables) runnables.add((stop) => runnable.run(stop));
      for (const loop of parts.loops) loop.start();
      await Promise.race([whenAborted(signal), runnables.failure]);
    }
  } catch (error) {
    failure = error;
    options.log.error('A part failed, everything stops', { error });
  }
  await stopParts(options, parts, runnables);
  await reflectors.stop();
  await options.client.close();
  await servers.disposeAsync();
  if (failure !== undefined) throw failure as Error;
}

async function stopParts(options: ManagerOptions, { loops, leases, broadcaster }: Parts, runnables: TaskGroup): Promise<void> {
  const { clock, log, graceMs = DEFAULT_GRACE_MS } = options;
  const loopsEnded = Promise.all(loops.map((loop) => loop.stop()));
  let ended = await within(clock, graceMs, loopsEnded);
  if (!ended) {
    log.warn('Passes under way are aborted', { graceMs });
    for (const loop of loops) loop.abort();
    ended = await within(clock, ABORT_MS, loopsEnded);
  }
  ended = (await within(clock, ABORT_MS, runnables.stop())) && ended;
  // Whatever does not end may be in the middle of a mutating call: then the lease must run out by itself.
  if (ended) await Promise.all(leases.map((lease) => lease.release()));
  else log.error('A pass or a runnable did not end: leases are left to expire');
  await broadcaster.drain(DRAIN_MS);
}

async function startServers(options: ManagerOptions, { kinds, dumps }: Parts, servers: AsyncDisposableStack): Promise<void> {
  const synced = Object.fromEntries(
    kinds.map(({ name, cache }): [string, Check] => [name, () => (cache.synced() ? undefined : 'not synced yet')]),
  );
  const wanted: readonly (readonly [string | undefined, Routes])[] = [
    [options.healthAddress, healthRoutes(synced)],
    [options.metricsAddress, metricsRoutes(options.metrics)],
    [options.debugAddress, debugRoutes(dumps)],
  ];
  for (const [address, routes] of wanted) if (address !== undefined) servers.use(await serve(address, routes));
}
