/**
 * Takes base images that nothing has needed for a while out of the pools of each host.
 *
 * Only what was fetched for an Image of this cluster: one that exists, or by the mark of the base itself. What disks stand on
 * the driver keeps, whatever is known here. The wait is counted from when this process first saw a base without use, so
 * that a restart makes it longer, never shorter. Holds one small entry for each base on a host that exists.
 */
import { Counter } from 'prom-client';
import type { Hypervisor } from '../../../crds/hypervisor.ts';
import { DriverError } from '../../../drivers/labels.ts';
import type { Host, Hosts } from '../../hypervisors/host.ts';
import type { Controller } from '../../kernel/controller/controller.ts';
import type { ReconcileContext } from '../../kernel/controller/reconcile.ts';
import { DONE, requeueAfter, type Result } from '../../kernel/controller/result.ts';
import type { Lease } from '../../kernel/lease/lease.ts';
import type { Manager } from '../../kernel/manager/types.ts';
import { isStatusOnly } from '../../kernel/watch/cache.ts';
import { HYPERVISORS, IMAGES, INSTANCES, VOLUMES } from '../../resources.ts';
import { FETCHED_PREFIX, imageUidOf } from '../source.ts';
import type { BaseTransfers } from '../transfers/base-transfers.ts';
import { planPruning } from './plan.ts';
import { keysInUse } from './uses.ts';

export interface PruningOptions {
  readonly clusterId: string;
  /** How long a base stays that nothing needs. */
  readonly afterMs: number;
}

interface PoolOnHost {
  readonly hypervisor: Hypervisor;
  readonly host: Host;
  readonly pool: string;
  readonly sharedId?: string;
}

const NAME = 'image-pruning';
const READ_MS = 8_000;
const LONGEST_PAUSE_MS = 3_600_000;
/** Looks within the time that a base stays. */
const LOOKS = 4;

export function addPruning(manager: Manager, lease: Lease, hosts: Hosts, transfers: BaseTransfers, options: PruningOptions): Controller {
  const { clusterId, afterMs } = options;
  const hypervisors = manager.cache(HYPERVISORS);
  const caches = { images: manager.cache(IMAGES), instances: manager.cache(INSTANCES), volumes: manager.cache(VOLUMES) };
  /** By host and pool: since when each base there is of no use. */
  const unused = new Map<string, ReadonlyMap<string, ReadonlyMap<string, number>>>();
  const removed = new Counter({
    name: 'hostler_image_bases_pruned_total',
    help: 'Base images that were removed because nothing needed them.',
    labelNames: ['hypervisor'],
    registers: [manager.metrics.registry],
  });
  const controller = manager.controller({ name: NAME, gate: lease, reconcile });
  controller.watches(hypervisors, { when: (change) => !isStatusOnly(change) });
  return controller;

  async function reconcile(name: string, context: ReconcileContext): Promise<Result> {
    const hypervisor = hypervisors.get(name);
    if (hypervisor === undefined) {
      unused.delete(name);
      return DONE;
    }
    const host = hosts.get(name);
    if (host?.reachability().status === 'True') {
      const before = unused.get(name);
      const now = new Map<string, ReadonlyMap<string, number>>();
      // What lies in a pool of files beside another is looked at there.
      const pools = Object.values(hypervisor.spec.pools ?? {}).filter(({ imagePool }) => imagePool === undefined);
      for (const [pool, sharedId] of new Map(pools.map((each) => [each.pool, each.sharedId]))) {
        const place = { hypervisor, host, pool, ...(sharedId !== undefined && { sharedId }) };
        now.set(pool, await prune(place, before?.get(pool) ?? new Map<string, number>(), context));
      }
      unused.set(name, now);
    }
    return requeueAfter(Math.min(afterMs / LOOKS, LONGEST_PAUSE_MS));
  }

  /** Resolves with what is to be known the next time. */
  async function prune(
    place: PoolOnHost,
    before: ReadonlyMap<string, number>,
    context: ReconcileContext,
  ): Promise<ReadonlyMap<string, number>> {
    try {
      const keys = await list(place, context.signal);
      const now = manager.clock.now();
      const plan = planPruning(keys, isUsed(place), before, now, afterMs);
      const since = new Map(plan.unusedSince);
      for (const key of plan.due) {
        await removeOne(place, key, context);
        // What is still there waits anew.
        since.set(key, now);
      }
      return since;
    } catch (error) {
      if (!(error instanceof DriverError) || context.signal.aborted) throw error;
      // Pools of other kinds hold no bases.
      if (error.label !== 'Unsupported') context.log.warn('base images cannot be looked at', { pool: place.pool, error });
      return before;
    }
  }

  function isUsed({ hypervisor, sharedId }: PoolOnHost): (key: string) => boolean {
    const keys = keysInUse(hypervisor, sharedId !== undefined, caches);
    return (key) => keys.has(key);
  }

  async function removeOne(place: PoolOnHost, key: string, context: ReconcileContext): Promise<void> {
    const { host, pool } = place;
    const fields = { hypervisor: host.name, pool, base: key };
    try {
      if (!(await isOurs(place, key, context.signal))) return;
      // Much may have happened since the pool was read; from here to the removal nothing can.
      if (isUsed(place)(key) || !(await transfers.remove({ ...place, key }, context.signal))) return;
      removed.inc({ hypervisor: host.name });
      context.log.info('base image removed that nothing needed', fields);
    } catch (error) {
      if (!(error instanceof DriverError) || context.signal.aborted) throw error;
      if (error.reason !== 'BaseInUse') context.log.warn('base image cannot be removed', { ...fields, error });
    }
  }

  async function isOurs({ host, pool }: PoolOnHost, key: string, signal: AbortSignal): Promise<boolean> {
    if (caches.images.getByUid(imageUidOf(key) ?? '') !== undefined) return true;
    const base = await host.act('Read', READ_MS, signal, (driver, call) => driver.findBase(pool, key, call));
    return base?.clusterId === clusterId;
  }
}

async function list({ host, pool }: PoolOnHost, signal: AbortSignal): Promise<readonly string[]> {
  const keys = await host.act('Read', READ_MS, signal, (driver, call) => driver.listBases(pool, FETCHED_PREFIX, call));
  return keys.filter((key) => imageUidOf(key) !== undefined);
}
