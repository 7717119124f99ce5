/**
 * The HypervisorPool controller: makes a Hypervisor for each host of a pool, keeps it as the pool says, and reports on the
 * pool. It changes nothing on hosts, and at rest it writes nothing.
 *
 * A host that left keeps its Hypervisor until somebody deletes that: what is placed there is theirs to decide on.
 */
import type { Hypervisor } from '../../crds/hypervisor.ts';
import type { HypervisorPool, HypervisorPoolStatus } from '../../crds/hypervisor-pool.ts';
import { HYPERVISOR_POOL_FINALIZER } from '../../crds/vocabulary.ts';
import { isNotFound } from '../kernel/api/errors.ts';
import type { Controller } from '../kernel/controller/controller.ts';
import type { ReconcileContext } from '../kernel/controller/reconcile.ts';
import { DONE, requeueAfter, type Result } from '../kernel/controller/result.ts';
import type { Lease } from '../kernel/lease/lease.ts';
import type { Manager } from '../kernel/manager/types.ts';
import { type ConditionInput, findCondition, replaceConditions } from '../kernel/status/conditions.ts';
import { endPass, isCurrent } from '../kernel/status/writer.ts';
import { isStatusOnly, objectOf } from '../kernel/watch/cache.ts';
import { transitionEvents } from '../reporting/transitions.ts';
import { HYPERVISOR_POOLS, HYPERVISORS, INSTANCES, VOLUMES } from '../resources.ts';
import { readinessConditions } from '../reporting/readiness.ts';
import { identityObstacle } from './identity.ts';
import { HypervisorKeeping } from './keeping.ts';
import { type Membership, membershipOf } from './members.ts';
import { conditionsOf, contactConditions, judge } from './readiness.ts';
import type { PoolRegistry } from './registry.ts';
import { planRemoval } from './removal.ts';
import { reportOf } from './status.ts';

const NAME = 'hypervisor-pools';
/** When it is looked again whether what holds a pool that is being deleted is gone. */
const HELD_MS = 10_000;

export function addHypervisorPoolController(manager: Manager, registry: PoolRegistry, lease: Lease): Controller {
  const pools = manager.cache(HYPERVISOR_POOLS);
  const hypervisors = manager.cache(HYPERVISORS);
  const instancesOn = manager.cache(INSTANCES).index(({ status }) => (status?.hypervisorName === undefined ? [] : [status.hypervisorName]));
  const volumesOn = manager.cache(VOLUMES).index(({ status }) => (status?.hypervisorName === undefined ? [] : [status.hypervisorName]));
  const placed = (name: string): number => instancesOn.get(name).length + volumesOn.get(name).length;
  const keeping = new HypervisorKeeping(manager.client, hypervisors);
  const writer = manager.writer(HYPERVISOR_POOLS, NAME);
  const events = manager.events(NAME);
  const controller = manager.controller({ name: NAME, gate: lease, reconcile });
  controller.watches(pools, { when: (change) => !isStatusOnly(change) });
  // A pool may stand in the way of others, and so may a Hypervisor.
  controller.watches(pools, { when: ({ kind }) => kind === 'Deleted', toKeys: () => allPools() });
  controller.watches(hypervisors, {
    when: (change) => objectOf(change).spec.xen !== undefined && !isStatusOnly(change),
    toKeys: (change) => (change.kind === 'Deleted' ? allPools() : [objectOf(change).spec.xen?.poolName ?? '']),
  });
  registry.onChange((name) => controller.enqueue(name));
  return controller;

  function allPools(): readonly string[] {
    return Array.from(pools.values(), ({ metadata }) => metadata.name);
  }

  async function reconcile(name: string, context: ReconcileContext): Promise<Result> {
    keeping.sweep();
    const found = pools.get(name);
    if (found === undefined) return DONE;
    if (found.metadata.deletionTimestamp !== undefined) return remove(found, context);
    const claimed = await writer.addFinalizer(found, HYPERVISOR_POOL_FINALIZER, context);
    if (!isCurrent(claimed)) return endPass(claimed);
    const pool = claimed.object;
    const view = registry.view(name);
    // The word of an earlier operator stands until the pool was contacted.
    if (view.contact === 'Connecting' && isReported(pool)) return DONE;
    const { facts } = view;
    const identity = facts && identityObstacle(pool, facts.uuid, othersOf(pool));
    if (facts === undefined || identity !== undefined) {
      const readiness = judge(view, identity === undefined ? [] : [identity], 0);
      return report(pool, { ...pool.status }, [...conditionsOf(view, readiness), ...leftBefore(pool)], context);
    }
    const before = membershipOf(pool, facts, [...hypervisors.values()]);
    const obstacles = view.contact === 'Answering' ? await keeping.keep(pool, facts, before, context) : [];
    const membership = membershipOf(pool, facts, [...hypervisors.values()]);
    const conditions = [...conditionsOf(view, judge(view, obstacles, facts.hosts.length)), ...leftCondition(membership)];
    return report(pool, reportOf(facts, membership, pool.status), conditions, context);
  }

  /** Other pools, and which they are known to be. */
  function othersOf(pool: HypervisorPool): ReadonlyMap<HypervisorPool, string | undefined> {
    const others = [...pools.values()].filter(({ metadata }) => metadata.uid !== pool.metadata.uid);
    return new Map(others.map((other) => [other, other.status?.poolUUID ?? registry.view(other.metadata.name).facts?.uuid]));
  }

  function leftCondition({ left }: Membership): readonly ConditionInput[] {
    if (left.length === 0) return [];
    return [{ type: 'HostsLeft', status: 'True', reason: 'HostNotInPool', message: left.map(leftMessage).join('; ') }];
  }

  function leftMessage({ metadata: { name }, spec }: Hypervisor): string {
    const count = placed(name);
    const then =
      count === 0
        ? 'delete it'
        : `${count === 1 ? '1 Instance or Volume is' : `${count} Instances and Volumes are`} placed there: delete it after them`;
    return `The host ${spec.xen?.hostUUID ?? ''} of Hypervisor ${name} is not in the pool any more: ${then}`;
  }

  async function remove(pool: HypervisorPool, context: ReconcileContext): Promise<Result> {
    const { name } = pool.metadata;
    const removal = planRemoval(name, [...hypervisors.values()], placed);
    if (removal.kind === 'Done') return endPass(await writer.removeFinalizer(pool, HYPERVISOR_POOL_FINALIZER, context));
    if (removal.kind === 'Remove') {
      for (const { metadata } of removal.hypervisors.filter((each) => each.metadata.deletionTimestamp === undefined)) {
        await manager.client.delete(HYPERVISORS, { name: metadata.name }, context, { uid: metadata.uid }).catch((error: unknown) => {
          if (!isNotFound(error)) throw error;
        });
      }
    }
    const held = removal.kind === 'Held';
    const message = held ? removal.message : 'Its Hypervisors are being deleted';
    const conditions: readonly ConditionInput[] = [
      ...readinessConditions({ kind: 'Waiting', reason: 'Deleting', message }),
      ...contactConditions(registry.view(name)),
      { type: 'Deleting', status: 'True', reason: held ? 'InstancesPresent' : 'RemovingHypervisors', message },
    ];
    await report(pool, { ...pool.status }, conditions, context);
    return requeueAfter(HELD_MS);
  }

  async function report(
    pool: HypervisorPool,
    status: HypervisorPoolStatus,
    conditions: readonly ConditionInput[],
    context: ReconcileContext,
  ): Promise<Result> {
    const { generation } = pool.metadata;
    const before = pool.status?.conditions ?? [];
    const next = replaceConditions(before, conditions, { now: manager.clock.now(), generation });
    const written = await writer.writeStatus(pool, { ...status, observedGeneration: generation, conditions: next }, context);
    if (!isCurrent(written)) return endPass(written);
    if (written.kind === 'Written')
      for (const event of transitionEvents(pool.status?.conditions, next, 'Discover')) events.record(written.object, event);
    return DONE;
  }
}

const isReported = ({ metadata, status }: HypervisorPool): boolean =>
  findCondition(status?.conditions, 'Ready')?.observedGeneration === metadata.generation;

/** Which hosts left is not known better while the pool is silent, or is another one. */
const leftBefore = ({ status }: HypervisorPool): readonly ConditionInput[] => {
  const told = findCondition(status?.conditions, 'HostsLeft');
  return told === undefined ? [] : [told];
};
