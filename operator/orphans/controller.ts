/**
 * The orphan controller: stops, or removes, machines of this cluster whose Instance has not existed for long enough, where
 * the Hypervisor asks for it (`spec.orphans`). Which they are, and since when, the Hypervisor's status says: written there,
 * and told of, before anything is done (`operator/hypervisors`).
 *
 * Whatever is done is decided on a machine that was read afresh, with its mark, after the API server itself has said that
 * there is no Instance of its namespace and name.
 */
import type { Hypervisor, OrphanRecord } from '../../crds/hypervisor.ts';
import { parseDuration } from '../../crds/duration.ts';
import type { Machine } from '../../drivers/contract.ts';
import { DriverError } from '../../drivers/labels.ts';
import { isOwnedBy, type OwnerMark, type Target } from '../../drivers/owner.ts';
import { ORPHANS_AFTER } from '../hypervisors/orphans.ts';
import type { Host, Hosts } from '../hypervisors/host.ts';
import { QUICK_MS, WORK_MS } from '../instances/steps/host.ts';
import type { Controller } from '../kernel/controller/controller.ts';
import type { ReconcileContext } from '../kernel/controller/reconcile.ts';
import { DONE, requeueAfter, type Result } from '../kernel/controller/result.ts';
import type { Lease } from '../kernel/lease/lease.ts';
import type { Manager } from '../kernel/manager/types.ts';
import { HYPERVISORS, INSTANCES } from '../resources.ts';
import { removeDisks } from './disks.ts';
import { AGAIN_MS, planOrphan, type OrphanStep, type OrphanWorld } from './plan.ts';

export interface OrphanControllerOptions {
  readonly clusterId: string;
  readonly hosts: Hosts;
}

const NAME = 'orphans';
/** Nobody waits for it. */
const AFTER_FAILURE_MS = 60_000;

export function addOrphanController(manager: Manager, lease: Lease, { clusterId, hosts }: OrphanControllerOptions): Controller {
  const hypervisors = manager.cache(HYPERVISORS);
  const instances = manager.cache(INSTANCES);
  const events = manager.events(NAME);
  const log = manager.log.child({ controller: NAME });
  /** Epoch milliseconds of the first signal to a machine, by host and machine id. */
  const signalled = new Map<string, number>();
  const controller = manager.controller({ name: NAME, gate: lease, reconcile });
  controller.watches(hypervisors);
  controller.watches(instances, {
    when: ({ kind }) => kind === 'Deleted',
    toKeys: () => [...hypervisors.values()].filter(({ status }) => status?.orphans !== undefined).map(({ metadata }) => metadata.name),
  });
  hosts.onChange((name, machineId) => {
    const orphans = hypervisors.get(name)?.status?.orphans ?? [];
    if (orphans.some((one) => machineId === undefined || one.machineId === machineId)) controller.enqueue(name);
  });
  return controller;

  async function reconcile(name: string, context: ReconcileContext): Promise<Result> {
    const hypervisor = hypervisors.get(name);
    const records = hypervisor?.status?.orphans ?? [];
    for (const key of signalled.keys()) {
      if (key.startsWith(`${name}/`) && !records.some(({ machineId }) => key === keyOf(name, machineId))) signalled.delete(key);
    }
    const host = hosts.get(name);
    if (hypervisor === undefined || hypervisor.metadata.deletionTimestamp !== undefined) return DONE;
    if (host?.reachability().status !== 'True') return DONE;
    const due: number[] = [];
    for (const record of records) due.push(...(await deal(hypervisor, host, record, context)));
    return due.length === 0 ? DONE : requeueAfter(Math.max(0, Math.min(...due) - manager.clock.now()));
  }

  /** When to look at it again; none: something wakes us. */
  async function deal(hypervisor: Hypervisor, host: Host, record: OrphanRecord, context: ReconcileContext): Promise<readonly number[]> {
    const plan = planOrphan(worldOf(hypervisor, host, record));
    switch (plan.kind) {
      case 'Leave':
        return [];
      case 'Wait':
        return [plan.dueAt];
      case 'Step':
        return [manager.clock.now() + (await tried(hypervisor, host, record, plan.step, context))];
    }
  }

  function worldOf({ metadata, spec, status }: Hypervisor, host: Host, { machineId, uid, policy, since }: OrphanRecord): OrphanWorld {
    const asked = spec.orphans?.policy ?? 'Report';
    const state = host.snapshot()?.machines.get(machineId);
    const owner = orphanMark(state?.owner, uid);
    return {
      now: manager.clock.now(),
      policy: asked,
      afterMs: parseDuration(spec.orphans?.after ?? ORPHANS_AFTER),
      since: policy === asked && status?.orphans !== undefined ? Date.parse(since) : undefined,
      machine: state && owner && { power: state.power, busy: state.busy, adopted: owner.origin === 'Adopted' },
      abandoned: isAbandoned(uid) || isAbandoned(machineId),
      named: owner !== undefined && instances.get(`${owner.namespace}/${owner.name}`) !== undefined,
      canSignal: host.driver.capabilities.has('ShutdownSignal'),
      signalledAt: signalled.get(keyOf(metadata.name, machineId)),
    };
  }

  /** The mark of an Instance that does not exist; undefined: any other. */
  function orphanMark(owner: OwnerMark | undefined, uid: string): OwnerMark | undefined {
    return isOwnedBy(owner, { clusterId, uid }) && instances.getByUid(uid) === undefined ? owner : undefined;
  }

  function isAbandoned(uid: string): boolean {
    return [...hypervisors.values()].some(({ status }) => status?.abandoned?.[uid] !== undefined);
  }

  /** How long to wait before the next look. What fails keeps no other machine waiting. */
  async function tried(
    hypervisor: Hypervisor,
    host: Host,
    record: OrphanRecord,
    step: OrphanStep,
    context: ReconcileContext,
  ): Promise<number> {
    const { machineId, uid } = record;
    try {
      const machine = await confirm(host, record, context);
      if (machine !== undefined) await carryOut(step, { hypervisor, host, machine, uid, signal: context.signal });
      return AGAIN_MS;
    } catch (error) {
      if (!(error instanceof DriverError) || context.signal.aborted) throw error;
      log.warn('A machine without its Instance was left as it is', { hypervisor: host.name, machineId, step, error: error.message });
      return error.label === 'Conflict' ? AGAIN_MS : AFTER_FAILURE_MS;
    }
  }

  /** Read afresh, and still nobody's. */
  async function confirm(host: Host, { machineId, uid }: OrphanRecord, context: ReconcileContext): Promise<Machine | undefined> {
    const machine = await host.reread(machineId, context.signal);
    const owner = orphanMark(machine?.owner, uid);
    if (machine === undefined || owner === undefined || owner.origin === 'Adopted' || machine.busy) return undefined;
    const { namespace, name } = owner;
    return (await manager.client.find(INSTANCES, { namespace, name }, context)) === undefined ? machine : undefined;
  }

  interface Work {
    readonly hypervisor: Hypervisor;
    readonly host: Host;
    readonly machine: Machine;
    readonly uid: string;
    readonly signal: AbortSignal;
  }

  async function carryOut(step: OrphanStep, { hypervisor, host, machine, uid, signal }: Work): Promise<void> {
    const { machineId, owner } = machine;
    const target: Target = { machineId, clusterId, uid };
    const key = keyOf(host.name, machineId);
    const called = `machine ${machine.name} (${machineId}) of Instance ${owner?.namespace}/${owner?.name}, which does not exist,`;
    const tell = (reason: string, what: string): void =>
      events.record(hypervisor, { type: 'Normal', reason, action: 'ReapOrphan', note: `${called} ${what}` });
    switch (step) {
      case 'signal':
        await host.act('Power', QUICK_MS, signal, (driver, call) => driver.signalShutdown(target, call));
        if (signalled.has(key)) return;
        signalled.set(key, manager.clock.now());
        return tell('OrphanShutDown', 'is asked to shut down');
      case 'power-off':
        await host.act('Power', WORK_MS, signal, (driver, call) => driver.powerOff(target, call));
        return tell('OrphanPoweredOff', 'was powered off');
      case 'remove': {
        if (machine.power !== 'Stopped' && machine.power !== 'Suspended') return;
        const owners = [...new Set([uid, machineId])].filter((one) => instances.getByUid(one) === undefined);
        // Before the machine: while that is there, what is left of them is known to be its.
        await removeDisks({ hypervisor, hypervisors: hypervisors.values(), hosts, host, machine, owners, signal });
        await host.act('Build', WORK_MS, signal, (driver, call) => driver.undefine(target, call));
        return tell('OrphanRemoved', 'was removed, with the disks made for it');
      }
    }
  }
}

const keyOf = (hypervisorName: string, machineId: string): string => `${hypervisorName}/${machineId}`;
