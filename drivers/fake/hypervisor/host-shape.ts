/** What a fake host has: set by the script, and what it has when the script does not say. */
import { Type, type Static } from 'typebox';
import { HOST_FEATURES } from '../../hardware.ts';
import { oneOf, strict } from './schema.ts';

const bytes = (description: string) => Type.Integer({ minimum: 0, description });

export const HostShape = Type.Object(
  {
    hostId: Type.Optional(Type.String({ minLength: 1, description: 'Identity of the host; absent: made from its name.' })),
    architecture: Type.String({ minLength: 1 }),
    cpus: Type.Integer({ minimum: 1 }),
    cpuModel: Type.String(),
    memoryBytes: bytes('What runs at once must fit into this.'),
    virtualization: oneOf(['Hardware', 'Software']),
    pools: Type.Record(Type.String({ minLength: 1 }), bytes('Capacity of the pool of this name.')),
    existing: Type.Optional(
      Type.Record(Type.String({ minLength: 1 }), Type.Record(Type.String({ minLength: 1 }), bytes('Size of the disk of this name.')), {
        description: 'Pools of disks that exist already, as the units of an iSCSI target: none is made, grown or removed there.',
      }),
    ),
    copying: Type.Optional(
      Type.Record(Type.String({ minLength: 1 }), bytes('Capacity of the pool of this name.'), {
        description: 'Pools of whole copies, as of logical volumes: no disk stands on a base or on another disk, and none is grown.',
      }),
    ),
    networks: Type.Array(Type.String({ minLength: 1 })),
    features: Type.Array(oneOf(HOST_FEATURES), { description: 'What it can give guests; a machine that asks for more is refused.' }),
  },
  strict,
);
export type HostShape = Static<typeof HostShape>;

const GiB = 1024 ** 3;

export const DEFAULT_HOST: HostShape = {
  architecture: 'x86_64',
  cpus: 64,
  cpuModel: 'fake',
  memoryBytes: 1024 * GiB,
  virtualization: 'Hardware',
  pools: { default: 1024 * 1024 * GiB },
  networks: ['default'],
  features: [...HOST_FEATURES],
};
