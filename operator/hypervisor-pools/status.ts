/**
 * The status of a HypervisorPool, from what is known of the pool. Pure.
 *
 * Nothing in it changes while the pool is at rest: no free space, no times of observation. What is not known stays as it
 * was last reported. The pool is not trusted with the size of the object: texts and lists are cut to what the API takes.
 */
import type { Hypervisor } from '../../crds/hypervisor.ts';
import type { HypervisorPoolStatus, PoolMember, PoolNetwork as ReportedNetwork } from '../../crds/hypervisor-pool.ts';
import { formatQuantity } from '../../crds/quantity.ts';
import { FACT_LIMITS, MAX_POOL_MEMBERS } from '../../crds/vocabulary.ts';
import type { PoolFacts, PoolHost, PoolNetwork } from '../../drivers/pool-contract.ts';
import { countable } from '../hypervisors/status/resources.ts';
import { cutBytes } from '../kernel/events/text.ts';
import type { Member, Membership } from './members.ts';
import { restrictionsOf } from './restrictions.ts';

/** All but conditions and generation. */
export type PoolReport = Omit<HypervisorPoolStatus, 'conditions' | 'observedGeneration'>;

export function reportOf(facts: PoolFacts, membership: Membership, before: HypervisorPoolStatus | undefined): PoolReport {
  const master = facts.hosts.find(({ uuid }) => uuid === facts.master);
  const cpu = facts.hosts.reduce((sum, { cpus }) => sum + cpus, 0);
  const memory = facts.hosts.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0);
  const { enabled, failuresToTolerate, planExistsFor, overcommitted } = facts.highAvailability;
  return {
    poolUUID: text(facts.uuid),
    name: text(facts.name),
    master: text(facts.master),
    ...versionOf(master),
    members: [...membership.members.map(presentOf), ...leftOf(membership.left, before?.members ?? [])],
    hosts: facts.hosts.length,
    capacity: { cpu, memory: formatQuantity(countable(memory)) },
    storage: ordered(facts.storage.filter(({ content }) => content !== 'iso')).map(({ uuid, name, type, shared, sizeBytes }) => ({
      uuid: text(uuid),
      name: text(name),
      type: text(type),
      shared,
      capacity: formatQuantity(countable(sizeBytes)),
    })),
    networks: ordered(facts.networks).map(networkOf),
    highAvailability: { enabled, failuresToTolerate, planExistsFor, overcommitted },
    restrictions: restrictionsOf(facts.restrictions),
  };
}

function networkOf({ uuid, name, bridge, vlan }: PoolNetwork): ReportedNetwork {
  return { uuid: text(uuid), name: text(name), bridge: text(bridge), ...(vlan !== undefined && { vlan }) };
}

function presentOf(member: Member): PoolMember {
  const { uuid, name, address, enabled, live } = member.host;
  const hypervisorName = hypervisorOf(member);
  return {
    hostUUID: text(uuid),
    name: text(name),
    state: 'Present',
    ...(address !== '' && { address: text(address) }),
    ...(hypervisorName !== undefined && { hypervisorName }),
    enabled,
    live,
    ...versionOf(member.host),
  };
}

function hypervisorOf(member: Member): string | undefined {
  switch (member.kind) {
    case 'Made':
    case 'Theirs':
      return member.hypervisor.metadata.name;
    case 'New':
    case 'Claimed':
    case 'NameTaken':
      return undefined;
  }
}

function leftOf(left: readonly Hypervisor[], before: readonly PoolMember[]): readonly PoolMember[] {
  const names = new Map(before.map(({ hostUUID, name }) => [hostUUID, name]));
  const members = left.flatMap(({ metadata, spec }): readonly PoolMember[] =>
    spec.xen === undefined
      ? []
      : [
          {
            hostUUID: spec.xen.hostUUID,
            name: names.get(spec.xen.hostUUID) ?? metadata.name,
            state: 'Left',
            hypervisorName: metadata.name,
          },
        ],
  );
  return members.sort((a, b) => (a.hostUUID < b.hostUUID ? -1 : 1)).slice(0, MAX_POOL_MEMBERS);
}

const text = (value: string): string => cutBytes(value, FACT_LIMITS.id);

const ordered = <T extends { readonly uuid: string }>(all: readonly T[]): readonly T[] =>
  [...all].sort((a, b) => (a.uuid < b.uuid ? -1 : 1)).slice(0, FACT_LIMITS.names);

function versionOf(host: PoolHost | undefined): { readonly version?: string } {
  const [product] = Object.entries(host?.versions ?? {});
  return product === undefined ? {} : { version: text(product.join(' ')) };
}
