/** What the operator reports of one host. Written at transitions only: nothing here changes while the host is at rest. */
import { Type } from 'typebox';
import { atomicList, mapOf, setOf } from '../schema/collections.ts';
import { conditions, observedGeneration } from '../schema/condition.ts';
import { count, quantity } from '../schema/number.ts';
import type { Read } from '../schema/static.ts';
import { enumOf, text, timestamp, word } from '../schema/text.ts';
import { CONDITION_STATUSES, FACT_LIMITS, HOST_FEATURES } from '../vocabulary.ts';
import { abandonedInstances, orphanRecords } from './orphans.ts';
import { MAX_HOST_KEYS } from './spec.ts';

export const Reachable = Type.Object(
  {
    status: enumOf(CONDITION_STATUSES, 'Whether the host answers; Unknown before the first contact.'),
    since: timestamp('When status last changed. A restarted operator keeps it.'),
  },
  { description: 'Whether the host answers. A fence counts only while it has not since before the fence.' },
);
export type Reachable = Read<typeof Reachable>;

export const HypervisorFacts = Type.Object(
  {
    hostName: Type.Optional(word('Name of the host.', FACT_LIMITS.name)),
    hostId: Type.Optional(word('Identity of the host itself. Two Hypervisors with the same one are the same host.', FACT_LIMITS.id)),
    bootId: Type.Optional(word('Changes whenever the host booted or its daemon restarted.', FACT_LIMITS.id)),
    architecture: Type.Optional(word('Architecture, such as x86_64.', FACT_LIMITS.architecture)),
    cpuModel: Type.Optional(word('Model of the CPUs.', FACT_LIMITS.name)),
    virtualization: enumOf(['Hardware', 'Software'], 'Software is emulation, which is slow.'),
    versions: Type.Optional(
      mapOf(text('A version.', FACT_LIMITS.name), {
        maxProperties: FACT_LIMITS.versions,
        description: 'Versions by what they are of, such as libvirt and QEMU.',
      }),
    ),
    networks: Type.Optional(
      atomicList(text('A network.', FACT_LIMITS.name), {
        maxItems: FACT_LIMITS.names,
        description: 'Active networks by the name that the host knows them by.',
      }),
    ),
    pools: Type.Optional(
      atomicList(text('A pool.', FACT_LIMITS.name), {
        maxItems: FACT_LIMITS.names,
        description: 'Storage pools by the name that the host knows them by.',
      }),
    ),
    warnings: Type.Optional(
      atomicList(text('A warning.', FACT_LIMITS.warning), {
        maxItems: FACT_LIMITS.warnings,
        description: 'What works, but should not stay so.',
      }),
    ),
    features: Type.Optional(
      setOf(enumOf(HOST_FEATURES, 'A feature.'), {
        maxItems: HOST_FEATURES.length,
        description: 'What it can give guests of what not every host can.',
      }),
    ),
  },
  { description: 'What the host is. Read when it is connected and when it changes.' },
);
export type HypervisorFacts = Read<typeof HypervisorFacts>;

const resources = (description: string) => Type.Object({ cpu: count('CPUs.'), memory: quantity('Memory.') }, { description });

export const HostResources = resources('CPUs and memory.');
export type HostResources = Read<typeof HostResources>;

export const PoolCapacity = Type.Object({ capacity: quantity('Size of the pool.') });
export type PoolCapacity = Read<typeof PoolCapacity>;

export const Allocated = Type.Object(
  {
    instances: count('Instances.'),
    cpu: count('Virtual CPUs.'),
    memory: quantity('Memory.'),
  },
  { description: 'What the Instances that were placed here take.' },
);
export type Allocated = Read<typeof Allocated>;

export const HypervisorStatus = Type.Object(
  {
    observedGeneration,
    conditions: conditions('Ready means that the host answers, is new enough, and has what the spec names.'),
    reachable: Type.Optional(Reachable),
    facts: Type.Optional(HypervisorFacts),
    capacity: Type.Optional(resources('What there is.')),
    allocatable: Type.Optional(resources('What may be given out in all: capacity less what is reserved, times overcommit.')),
    allocated: Type.Optional(Allocated),
    orphans: Type.Optional(orphanRecords),
    abandoned: Type.Optional(abandonedInstances),
    pools: Type.Optional(mapOf(PoolCapacity, { maxProperties: MAX_HOST_KEYS, description: 'Storage by the key in spec.pools.' })),
  },
  { description: 'What the host was last seen to be.' },
);
export type HypervisorStatus = Read<typeof HypervisorStatus>;
