/** Flavor: a size that Instances name. */
import { Type } from 'typebox';
import { conditions, observedGeneration } from './schema/condition.ts';
import { count, quantity } from './schema/number.ts';
import { unchanged } from './schema/rule.ts';
import { AGE, READY, REASON, type ClusterResource, type KindDefinition } from './schema/resource.ts';
import type { Read } from './schema/static.ts';

export const FlavorSpec = Type.Object(
  {
    vcpus: count('Virtual CPUs.', { minimum: 1, maximum: 4096 }),
    memory: quantity('Memory, at least 1Mi.', {
      rule: "quantity(string(self)).compareTo(quantity('1Mi')) >= 0",
      message: 'memory must be at least 1Mi',
    }),
    rootDisk: Type.Optional(quantity('Size of the root disk. Absent or 0: as large as the image.')),
    ephemeralDisk: Type.Optional(quantity('Size of an empty disk that lives as long as the instance. Absent or 0: none.')),
    swap: Type.Optional(quantity('Size of a swap disk. Absent or 0: none.')),
    maxVcpus: Type.Optional(
      count('CPUs that a running guest can be given: room for another Flavor without a restart. Absent: it has all.', {
        minimum: 1,
        maximum: 4096,
      }),
    ),
    maxMemory: Type.Optional(
      quantity(
        'Memory that a running guest can be given. A guest without a balloon driver takes all of it from the start. Absent: it has all.',
      ),
    ),
  },
  {
    description: 'The size. It cannot be changed: make another Flavor and name that.',
    'x-kubernetes-validations': [
      { rule: '!has(self.maxVcpus) || self.maxVcpus >= self.vcpus', message: 'maxVcpus must be at least vcpus' },
      {
        rule: '!has(self.maxMemory) || quantity(string(self.maxMemory)).compareTo(quantity(string(self.memory))) >= 0',
        message: 'maxMemory must be at least memory',
      },
      unchanged('a Flavor cannot be changed: make another one, and name it in the Instances that should have it'),
    ],
  },
);
export type FlavorSpec = Read<typeof FlavorSpec>;

export const FlavorStatus = Type.Object(
  { observedGeneration, conditions: conditions('Ready means that the Flavor can be used.') },
  { description: 'What is known of the Flavor.' },
);
export type FlavorStatus = Read<typeof FlavorStatus>;

export type Flavor = ClusterResource<'Flavor', FlavorSpec, FlavorStatus>;

export const flavorKind: KindDefinition = {
  kind: 'Flavor',
  plural: 'flavors',
  scope: 'Cluster',
  shortNames: ['flv'],
  description: 'Flavor is a size for instances: CPUs, memory and disks. It cannot be changed after it was made.',
  spec: FlavorSpec,
  status: FlavorStatus,
  columns: [
    READY,
    { name: 'vCPUs', type: 'integer', jsonPath: '.spec.vcpus' },
    { name: 'Memory', type: 'string', jsonPath: '.spec.memory' },
    { name: 'Disk', type: 'string', jsonPath: '.spec.rootDisk' },
    AGE,
    { name: 'Ephemeral', type: 'string', jsonPath: '.spec.ephemeralDisk', priority: 1 },
    { name: 'Swap', type: 'string', jsonPath: '.spec.swap', priority: 1 },
    { name: 'Max-vCPUs', type: 'integer', jsonPath: '.spec.maxVcpus', priority: 1 },
    { name: 'Max-Memory', type: 'string', jsonPath: '.spec.maxMemory', priority: 1 },
    REASON,
  ],
  selectableFields: [],
};
