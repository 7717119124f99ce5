/** The ImageStore controller: tries now and then whether a store works, and says so. At rest it writes nothing. */
import { DriverError } from '../../drivers/labels.ts';
import type { Controller } from '../kernel/controller/controller.ts';
import type { ReconcileContext } from '../kernel/controller/reconcile.ts';
import { DONE, requeueAfter, type Result } from '../kernel/controller/result.ts';
import type { Lease } from '../kernel/lease/lease.ts';
import type { Manager } from '../kernel/manager/types.ts';
import { replaceConditions } from '../kernel/status/conditions.ts';
import { endPass, isCurrent } from '../kernel/status/writer.ts';
import { linkSignals } from '../kernel/timers.ts';
import { isStatusOnly } from '../kernel/watch/cache.ts';
import { type Readiness, readinessConditions } from '../reporting/readiness.ts';
import { transitionEvents } from '../reporting/transitions.ts';
import { HYPERVISORS, IMAGE_STORES } from '../resources.ts';
import { judgePool } from './pool.ts';
import { probe } from './probe.ts';
import type { Stores } from './stores.ts';

const NAME = 'image-stores';
const PROBE_MS = 15_000;
const AGAIN_MS = 30_000;
const AUDIT_MS = 900_000;

export function addImageStoreController(manager: Manager, lease: Lease, stores: Stores, clusterId: string): Controller {
  const cache = manager.cache(IMAGE_STORES);
  const hypervisors = manager.cache(HYPERVISORS);
  const writer = manager.writer(IMAGE_STORES, NAME);
  const events = manager.events(NAME);
  const controller = manager.controller({ name: NAME, gate: lease, reconcile });
  controller.watches(cache, { when: (change) => !isStatusOnly(change) });
  controller.watches(hypervisors, { when: (change) => !isStatusOnly(change), toKeys: () => poolStores() });
  return controller;

  async function reconcile(name: string, context: ReconcileContext): Promise<Result> {
    const store = cache.get(name);
    if (store === undefined || store.metadata.deletionTimestamp !== undefined) return DONE;
    const { sharedPool } = store.spec;
    const readiness = sharedPool === undefined ? await judge(name, context.signal) : judgePool(sharedPool.sharedId, hypervisors.values());
    const generation = store.metadata.generation ?? 0;
    const before = store.status?.conditions;
    const conditions = replaceConditions(before ?? [], readinessConditions(readiness), { now: manager.clock.now(), generation });
    const written = await writer.writeStatus(store, { ...store.status, observedGeneration: generation, conditions }, context);
    if (!isCurrent(written)) return endPass(written);
    if (written.kind === 'Written' && before !== undefined)
      for (const event of transitionEvents(before, conditions, 'Probe')) events.record(written.object, event);
    return requeueAfter(readiness.kind === 'Settled' ? AUDIT_MS : AGAIN_MS);
  }

  function poolStores(): readonly string[] {
    return [...cache.values()].filter(({ spec }) => spec.sharedPool !== undefined).map(({ metadata }) => metadata.name);
  }

  async function judge(name: string, signal: AbortSignal): Promise<Readiness> {
    using link = linkSignals(signal);
    const late = new DriverError('Transient', `it did not answer within ${PROBE_MS / 1000} s`, { reason: 'StoreUnreachable' });
    const timer = manager.clock.after(PROBE_MS, () => link.abort(late));
    try {
      await probe(await stores.open(name, link.signal), `hostler-probe-${clusterId}`, link.signal);
      return { kind: 'Settled', reason: 'Writable', message: 'a small file could be put there, read back and removed' };
    } catch (thrown) {
      if (signal.aborted) throw thrown;
      const error = link.signal.aborted ? late : thrown;
      if (!(error instanceof DriverError)) throw error;
      return { kind: 'Waiting', reason: error.reason, message: error.message };
    } finally {
      timer.cancel();
    }
  }
}
