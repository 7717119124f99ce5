/** What the operator reports of a pool. Written at transitions only: nothing here changes while the pool is at rest. */
import { Type } from 'typebox';
import { HostResources } from '../hypervisor/status.ts';
import { listMap, setOf } from '../schema/collections.ts';
import { conditions, observedGeneration } from '../schema/condition.ts';
import { count, quantity } from '../schema/number.ts';
import { hypervisorName, enumOf, text, word } from '../schema/text.ts';
import type { Read } from '../schema/static.ts';
import { FACT_LIMITS, MAX_POOL_MEMBERS, POOL_MEMBER_STATES, POOL_RESTRICTIONS } from '../vocabulary.ts';

const uuid = (of: string) => word(`UUID of the ${of}.`, FACT_LIMITS.id);
const name = (of: string) => text(`Name of the ${of}; not always another one than the next.`, FACT_LIMITS.name);

export const PoolMember = Type.Object({
  hostUUID: uuid('host'),
  name: name('host'),
  state: enumOf(POOL_MEMBER_STATES, 'Left: the pool does not have it any more, and its Hypervisor is still there.'),
  address: Type.Optional(word('Where it is managed. It is asked who the master is when no endpoint answers.', FACT_LIMITS.name)),
  hypervisorName: Type.Optional(hypervisorName('Its Hypervisor. Absent: it has none yet, or none of this pool.')),
  enabled: Type.Optional(Type.Boolean({ description: 'Whether machines may be started on it, as the pool has it.' })),
  live: Type.Optional(Type.Boolean({ description: 'Whether the rest of the pool hears of it.' })),
  version: Type.Optional(text('Product and version.', FACT_LIMITS.name)),
});
export type PoolMember = Read<typeof PoolMember>;

export const PoolStorage = Type.Object({
  uuid: uuid('storage repository'),
  name: name('storage repository'),
  type: text('Type, such as nfs, lvmoiscsi or ext.', FACT_LIMITS.name),
  shared: Type.Boolean({ description: 'Whether every host of the pool may have it.' }),
  capacity: quantity('Size.'),
});
export type PoolStorage = Read<typeof PoolStorage>;

export const PoolNetwork = Type.Object({
  uuid: uuid('network'),
  name: name('network'),
  bridge: text('Bridge on the hosts.', FACT_LIMITS.name),
  vlan: Type.Optional(count('Tag of the VLAN. Absent: untagged, or within one host.', { maximum: 4095 })),
});
export type PoolNetwork = Read<typeof PoolNetwork>;

export const HighAvailability = Type.Object(
  {
    enabled: Type.Boolean({ description: 'Whether the pool itself restarts machines of hosts that fail.' }),
    failuresToTolerate: count('Hosts that may fail.'),
    planExistsFor: count('Failures that there is a plan for.'),
    overcommitted: Type.Boolean({ description: 'Whether more is protected than could be restarted.' }),
  },
  { description: 'High availability of the pool itself. What it refuses is reported, and not tried without end.' },
);
export type HighAvailability = Read<typeof HighAvailability>;

export const HypervisorPoolStatus = Type.Object(
  {
    observedGeneration,
    conditions: conditions(
      'Ready means that a master answers and that every host has its Hypervisor. Reachable: a master answers. Authenticated: it takes name and password. HostsLeft: Hypervisors are left whose hosts are not.',
    ),
    poolUUID: Type.Optional(uuid('pool')),
    name: Type.Optional(name('pool')),
    master: Type.Optional(uuid('host that is the master')),
    version: Type.Optional(text('Product and version of the master.', FACT_LIMITS.name)),
    members: Type.Optional(listMap(PoolMember, ['hostUUID'], { maxItems: 2 * MAX_POOL_MEMBERS, description: 'Hosts.' })),
    hosts: Type.Optional(count('Hosts that the pool has.')),
    capacity: Type.Optional(HostResources),
    storage: Type.Optional(
      listMap(PoolStorage, ['uuid'], { maxItems: FACT_LIMITS.names, description: 'Storage repositories that hold disks.' }),
    ),
    networks: Type.Optional(listMap(PoolNetwork, ['uuid'], { maxItems: FACT_LIMITS.names, description: 'Networks.' })),
    highAvailability: Type.Optional(HighAvailability),
    restrictions: Type.Optional(
      setOf(enumOf(POOL_RESTRICTIONS, 'A feature.'), {
        maxItems: POOL_RESTRICTIONS.length,
        description: 'Features that Hostler has a use for and that the licence of the pool withholds.',
      }),
    ),
  },
  { description: 'What the pool was last seen to be.' },
);
export type HypervisorPoolStatus = Read<typeof HypervisorPoolStatus>;
