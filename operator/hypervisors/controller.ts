/**
 * The Hypervisor controller: reports what is known of each host, and keeps a Hypervisor as long as Instances are placed
 * on it.
 *
 * It is woken by changes of the host's session, of the spec, and of what is placed there; at rest it writes nothing.
 */
import type { Hypervisor } from '../../crds/hypervisor.ts';
import type { Instance } from '../../crds/instance.ts';
import { parseQuantity } from '../../crds/quantity.ts';
import { HYPERVISOR_FINALIZER } from '../../crds/vocabulary.ts';
import { keyOf } from '../kernel/api/object.ts';
import type { Controller } from '../kernel/controller/controller.ts';
import type { ReconcileContext } from '../kernel/controller/reconcile.ts';
import { DONE, requeueAfter, type Result } from '../kernel/controller/result.ts';
import type { Lease } from '../kernel/lease/lease.ts';
import type { Manager } from '../kernel/manager/types.ts';
import { PRIORITY } from '../kernel/queue/priority.ts';
import { findCondition } from '../kernel/status/conditions.ts';
import { endPass, isCurrent } from '../kernel/status/writer.ts';
import { type Change, isStatusOnly } from '../kernel/watch/cache.ts';
import { transitionEvents } from '../reporting/transitions.ts';
import { HYPERVISORS, INSTANCES, VOLUMES } from '../resources.ts';
import { Orphans } from './orphans.ts';
import type { HostRegistry } from './registry.ts';
import type { Allocation } from './status/resources.ts';
import { statusOf } from './status/status.ts';

/** What is placed on a host changes with every Instance; it is told in one write for all of this time. */
const ALLOCATION_PAUSE_MS = 5_000;
/** When a machine without its Instance is looked for again: the host has been observed by then. */
const ORPHAN_PAUSE_MS = 10_000;

export function addHypervisorController(manager: Manager, registry: HostRegistry, lease: Lease, clusterId: string): Controller {
  const hypervisors = manager.cache(HYPERVISORS);
  const instances = manager.cache(INSTANCES);
  const placed = instances.index(({ status }) => (status?.hypervisorName === undefined ? [] : [status.hypervisorName]));
  const volumesOn = manager.cache(VOLUMES).index(({ status }) => (status?.hypervisorName === undefined ? [] : [status.hypervisorName]));
  const byUid = instances.index(({ metadata }) => [metadata.uid]);
  const orphans = new Orphans(clusterId, (uid) => byUid.get(uid).length > 0);
  const writer = manager.writer(HYPERVISORS, 'hypervisors');
  const events = manager.events('hypervisors');
  const controller = manager.controller({ name: 'hypervisors', gate: lease, reconcile });
  controller.watches(hypervisors, { when: (change) => !isStatusOnly(change) });
  registry.onHostChange((name) => controller.enqueue(name));
  registry.onChange((name, machineId) => {
    const machine = registry
      .session(name)
      ?.snapshot()
      ?.machines.get(machineId ?? '');
    const isOffered = hypervisors.get(name)?.spec.adoptable?.some((one) => one.machineId === machineId) === true;
    if (machineId !== undefined && (isOffered || orphans.concerns(name, machineId, machine)))
      controller.enqueue(name, { priority: PRIORITY.resync });
  });
  instances.onChange((change) => {
    for (const name of affectedHosts(change)) {
      const leaving = hypervisors.get(name)?.metadata.deletionTimestamp !== undefined;
      controller.enqueue(name, { priority: PRIORITY.resync, afterMs: leaving ? 0 : ALLOCATION_PAUSE_MS });
    }
  });
  manager.cache(VOLUMES).onChange(({ previous, current }) => {
    for (const hypervisorName of new Set([previous?.status?.hypervisorName, current?.status?.hypervisorName])) {
      const leaving = hypervisors.get(hypervisorName ?? '')?.metadata.deletionTimestamp !== undefined;
      if (leaving && hypervisorName !== undefined) controller.enqueue(hypervisorName, { priority: PRIORITY.resync });
    }
  });
  return controller;

  async function reconcile(name: string, context: ReconcileContext): Promise<Result> {
    const found = hypervisors.get(name);
    if (found === undefined) {
      orphans.forget(name);
      return DONE;
    }
    if (found.metadata.deletionTimestamp !== undefined && placed.get(name).length + volumesOn.get(name).length === 0) {
      return endPass(await writer.removeFinalizer(found, HYPERVISOR_FINALIZER, context));
    }
    const claimed =
      found.metadata.deletionTimestamp === undefined ? await writer.addFinalizer(found, HYPERVISOR_FINALIZER, context) : undefined;
    if (claimed !== undefined && !isCurrent(claimed)) return endPass(claimed);
    return report(claimed?.object ?? found, context);
  }

  async function report(hypervisor: Hypervisor, context: ReconcileContext): Promise<Result> {
    const { name } = hypervisor.metadata;
    const session = registry.session(name);
    const problem = registry.problem(name);
    const contacted = session?.contacted === true;
    if (!contacted && problem === undefined && isReported(hypervisor)) return DONE;
    const now = manager.clock.now();
    const seen = orphans.look(name, session?.snapshot(), now);
    const status = statusOf(hypervisor, {
      clusterId,
      contacted,
      problem,
      duplicateOf: registry.duplicateOf(name),
      reachability: session?.reachability(),
      facts: session?.facts(),
      foreign: session?.foreign() ?? new Map(),
      snapshot: session?.snapshot(),
      orphans: seen,
      allocation: allocationOf(placed.get(name)),
      heldBy: placed.get(name).map(keyOf).sort(),
      heldByVolumes: volumesOn.get(name).map(keyOf).sort(),
      now,
    });
    const written = await writer.writeStatus(hypervisor, status, context);
    if (!isCurrent(written)) return endPass(written);
    if (written.kind === 'Written') {
      for (const event of transitionEvents(hypervisor.status?.conditions, status.conditions, 'Observe'))
        events.record(written.object, event);
    }
    // A fence that lies ahead becomes one that counts by time alone.
    const fenceInMs = Date.parse(hypervisor.spec.fence?.at ?? '') - now;
    const orphanInMs = seen?.unsure === true && session?.reachability().status === 'True' ? ORPHAN_PAUSE_MS : Number.NaN;
    const again = [fenceInMs, orphanInMs].filter((ms) => ms > 0);
    return again.length > 0 ? requeueAfter(Math.min(...again)) : DONE;
  }
}

/** Whether an earlier operator has reported on this very object: its word stands until the host was contacted. */
function isReported({ metadata, status }: Hypervisor): boolean {
  return metadata.deletionTimestamp === undefined && findCondition(status?.conditions, 'Ready')?.observedGeneration === metadata.generation;
}

/** Hosts of which another sum is placed now. */
function affectedHosts({ previous, current }: Change<Instance>): ReadonlySet<string> {
  const before = previous?.status;
  const after = current?.status;
  const same =
    before?.hypervisorName === after?.hypervisorName &&
    before?.resolved?.vcpus === after?.resolved?.vcpus &&
    before?.resolved?.memory === after?.resolved?.memory;
  const names = same ? [] : [before?.hypervisorName, after?.hypervisorName];
  return new Set(names.filter((name) => name !== undefined));
}

function allocationOf(instances: readonly Instance[]): Allocation {
  let cpu = 0;
  let memoryBytes = 0;
  for (const { status } of instances) {
    cpu += status?.resolved?.vcpus ?? 0;
    memoryBytes += parseQuantity(status?.resolved?.memory ?? 0);
  }
  return { instances: instances.length, cpu, memoryBytes };
}
