/**
 * The whole status of a Hypervisor, from what is known of its host. Pure.
 *
 * Nothing in it changes while the host is at rest: no times of observation, no free space. What is not known (the host
 * is silent, or the operator has just started) stays as it was last reported.
 */
import type { Hypervisor, HypervisorSpec, HypervisorStatus, PoolCapacity } from '../../../crds/hypervisor.ts';
import { formatQuantity } from '../../../crds/quantity.ts';
import type { HostFacts } from '../../../drivers/contract.ts';
import { type ConditionInput, replaceConditions, timestamp } from '../../kernel/status/conditions.ts';
import { type Readiness, readinessConditions } from '../../reporting/readiness.ts';
import { poolsByName } from '../pools.ts';
import { judgeFence } from '../fence.ts';
import type { HostSnapshot, Reachability } from '../host.ts';
import type { OrphansSeen } from '../orphans.ts';
import type { OwnerMark } from '../../../drivers/owner.ts';
import { factsOf } from './facts.ts';
import { adoptableMachines } from './adoptable.ts';
import { foreignMachines } from './foreign.ts';
import { orphanedMachines } from './orphaned.ts';
import { abandonedOf, orphanRecordsOf } from './orphan-records.ts';
import { type HostView, judgeReadiness } from './readiness.ts';
import { type Allocation, allocatableOf, capacityOf, countable } from './resources.ts';

export interface StatusInput extends HostView {
  readonly clusterId: string;
  /** Whether a contact has succeeded or failed since the operator started. */
  readonly contacted: boolean;
  readonly foreign: ReadonlyMap<string, readonly OwnerMark[]>;
  /** Undefined: not observed yet. */
  readonly snapshot: HostSnapshot | undefined;
  /** Undefined: not observed yet. */
  readonly orphans: OrphansSeen | undefined;
  readonly allocation: Allocation;
  /** Instances that hold a Hypervisor which is being deleted, as `namespace/name`. */
  readonly heldBy: readonly string[];
  /** Volumes that are on it. */
  readonly heldByVolumes: readonly string[];
  /** Epoch milliseconds. */
  readonly now: number;
}

export function statusOf(hypervisor: Hypervisor, input: StatusInput): HypervisorStatus {
  const { metadata, spec, status: previous } = hypervisor;
  const capacity = input.facts === undefined ? previous?.capacity : capacityOf(input.facts);
  const reachable = input.contacted && input.reachability ? reachableOf(input.reachability) : previous?.reachable;
  const facts = input.facts === undefined ? previous?.facts : factsOf(input.facts);
  const pools = input.facts === undefined ? previous?.pools : poolsOf(hypervisor, input.facts);
  const orphans = orphanRecordsOf(spec, input.orphans, previous?.orphans, input.now);
  const abandoned = abandonedOf(previous?.abandoned, input.snapshot);
  return {
    observedGeneration: metadata.generation,
    conditions: replaceConditions(previous?.conditions ?? [], conditionsOf(hypervisor, input), {
      now: input.now,
      generation: metadata.generation,
    }),
    ...(reachable && { reachable }),
    ...(facts && { facts }),
    ...(capacity && { capacity, allocatable: allocatableOf(spec, capacity) }),
    allocated: { instances: input.allocation.instances, cpu: input.allocation.cpu, memory: formatQuantity(input.allocation.memoryBytes) },
    ...(orphans && { orphans }),
    ...(abandoned && { abandoned }),
    ...(pools && { pools }),
  };
}

function conditionsOf(hypervisor: Hypervisor, input: StatusInput): readonly ConditionInput[] {
  const { metadata, spec, status: previous } = hypervisor;
  const deleting = metadata.deletionTimestamp !== undefined;
  const verdict = input.reachability && judgeFence(spec.fence, input.reachability, input.now);
  const foreign =
    input.facts === undefined
      ? previous?.conditions?.find(({ type }) => type === 'ForeignMachines')
      : foreignMachines(input.foreign, input.clusterId);
  const adoptable =
    input.snapshot === undefined
      ? previous?.conditions?.find(({ type }) => type === 'AdoptableMachines')
      : adoptableMachines(spec.adoptable ?? [], input.snapshot.machines);
  const orphaned = orphanedOf(spec, input.orphans, previous?.conditions);
  const virtualization = input.facts?.virtualization ?? previous?.facts?.virtualization;
  return [
    ...readinessConditions(deleting ? beingDeleted(input) : steady(judgeReadiness(spec, input), previous?.conditions)),
    ...(deleting
      ? [
          {
            type: 'Deleting',
            status: 'True',
            reason: input.heldBy.length > 0 ? 'InstancesPresent' : 'VolumesPresent',
            message: beingDeleted(input).message,
          } as const,
        ]
      : []),
    ...(verdict ? [{ type: 'FenceHonoured', ...verdict }] : []),
    ...(foreign ? [foreign] : []),
    ...(orphaned ? [orphaned] : []),
    ...(adoptable ? [adoptable] : []),
    ...(virtualization === 'Software' ? [SOFTWARE_EMULATION] : []),
  ];
}

/** What was told stands while it is not known better. */
function orphanedOf(
  spec: HypervisorSpec,
  seen: OrphansSeen | undefined,
  previous: HypervisorStatus['conditions'],
): ConditionInput | undefined {
  const told = previous?.find(({ type }) => type === 'OrphanedMachines');
  if (seen === undefined || (seen.unsure && told !== undefined)) return told;
  return orphanedMachines(seen.orphans, spec.orphans);
}

/** The same silence in other words (refused, then timed out) is no news: the first words stay. */
function steady(readiness: Readiness, previous: HypervisorStatus['conditions']): Readiness {
  const reported = previous?.find(({ type }) => type === 'Ready');
  return readiness.kind === 'Silent' && reported?.reason === readiness.reason ? { ...readiness, message: reported.message } : readiness;
}

const SOFTWARE_EMULATION: ConditionInput = {
  type: 'SoftwareEmulation',
  status: 'True',
  reason: 'NoHardwareVirtualization',
  message: 'The host has no usable hardware virtualization: guests run slowly',
};

const NAMED = 5;

function beingDeleted({ heldBy, heldByVolumes }: Pick<StatusInput, 'heldBy' | 'heldByVolumes'>): Readiness {
  if (heldBy.length > 0) {
    const held = heldBy.length === 1 ? '1 Instance is' : `${heldBy.length} Instances are`;
    return waiting(
      `${held} placed here (${someOf(heldBy)}): delete first what is placed here; if the host is gone for good, with deletionPolicy Abandon`,
    );
  }
  const held = heldByVolumes.length === 1 ? '1 Volume is' : `${heldByVolumes.length} Volumes are`;
  return waiting(
    `${held} on this host (${someOf(heldByVolumes)}): delete them first; if the host is gone for good, with deletionPolicy Retain`,
  );
}

const waiting = (message: string): Readiness => ({ kind: 'Waiting', reason: 'Deleting', message });

const someOf = (names: readonly string[]): string => names.slice(0, NAMED).join(', ') + (names.length > NAMED ? ', ...' : '');

function reachableOf({ status, since }: Reachability): HypervisorStatus['reachable'] {
  return { status, since: timestamp(since) };
}

function poolsOf({ spec }: Hypervisor, facts: HostFacts): Readonly<Record<string, PoolCapacity>> {
  const byName = poolsByName(facts.pools);
  const entries = Object.entries(spec.pools ?? {}).flatMap(([key, { pool }]) => {
    const found = byName.get(pool);
    return found === undefined ? [] : [[key, { capacity: formatQuantity(countable(found.capacityBytes)) }] as const];
  });
  return Object.fromEntries(entries);
}
