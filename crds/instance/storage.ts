/** Where the disks of an instance are kept, and how they are served. */
import { Type } from 'typebox';
import { count, quantity } from '../schema/number.ts';
import type { Read } from '../schema/static.ts';
import { enumOf, labelName } from '../schema/text.ts';
import { DISCARDS, DISK_CACHES, DISK_IO, DISK_SERIALS } from '../vocabulary.ts';

const most = { minimum: 1, maximum: 1_000_000_000 };

const Limits = Type.Object(
  {
    bytesPerSecond: Type.Optional(quantity('Bytes read and written in a second.')),
    readBytesPerSecond: Type.Optional(quantity('Bytes read in a second.')),
    writeBytesPerSecond: Type.Optional(quantity('Bytes written in a second.')),
    iops: Type.Optional(count('Reads and writes in a second.', most)),
    readIops: Type.Optional(count('Reads in a second.', most)),
    writeIops: Type.Optional(count('Writes in a second.', most)),
  },
  {
    description: 'The most that each disk may do. Absent: no limit.',
    'x-kubernetes-validations': [
      {
        rule: '!has(self.bytesPerSecond) || !(has(self.readBytesPerSecond) || has(self.writeBytesPerSecond))',
        message: 'set bytesPerSecond, or readBytesPerSecond and writeBytesPerSecond',
      },
      {
        rule: '!has(self.iops) || !(has(self.readIops) || has(self.writeIops))',
        message: 'set iops, or readIops and writeIops',
      },
    ],
  },
);

export const Storage = Type.Object(
  {
    pool: Type.Optional(
      labelName(
        'Key in spec.pools of the Hypervisor. Absent: its spec.defaultPool. A change is for disks made from then on; those that exist stay.',
      ),
    ),
    cache: Type.Optional(
      enumOf(
        DISK_CACHES,
        'How the host caches: None bypasses its cache; WriteThrough reads from it; WriteBack writes to it, and the guest decides when that is flushed; DirectSync bypasses it and flushes each write; Unsafe never flushes. Absent means None, or WriteThrough where the storage of the host cannot do that.',
      ),
    ),
    discard: Type.Optional(enumOf(DISCARDS, 'Whether space that the guest gives up is given back. Absent means Unmap, which does.')),
    io: Type.Optional(enumOf(DISK_IO, "How the host reads and writes. Absent: the hypervisor's usual way.")),
    serials: Type.Optional(
      enumOf(
        DISK_SERIALS,
        'ByName: the guest sees the name of each disk (root, ephemeral, swap) as its serial number, as in /dev/disk/by-id/virtio-root. Absent means None.',
      ),
    ),
    limits: Type.Optional(Limits),
  },
  {
    description:
      'Where the disks that are made for the instance are kept, and how they are served. But for the pool, a change takes effect at the next start.',
    'x-kubernetes-validations': [
      {
        rule: "!has(self.io) || self.io != 'Native' || !has(self.cache) || self.cache in ['None', 'DirectSync']",
        message: 'io Native is for cache None or DirectSync',
        fieldPath: '.io',
      },
    ],
  },
);
export type Storage = Read<typeof Storage>;
