/** Where the content of an image lies: on a host, or in an ImageStore. */
import { Type } from 'typebox';
import { int64 } from '../schema/number.ts';
import type { Read } from '../schema/static.ts';
import { hypervisorName, labelName, objectName, pattern, word } from '../schema/text.ts';

const poolOfStore = word(
  'The sharedId of the pool, where it is that of an ImageStore: every Hypervisor that has it reaches the content, also when the one that made it is gone.',
  253,
);

/** For status only: a name on a host in a spec would be a name that tenants choose. */
export const ImageLocation = (description: string) =>
  Type.Object(
    {
      hypervisorName: hypervisorName('Hypervisor that made it.'),
      pool: labelName('Key of its storage pool, in spec.pools of the Hypervisor.'),
      volume: word('Name of the volume in the pool.', 255),
      sharedId: Type.Optional(poolOfStore),
    },
    { description },
  );
export type ImageLocation = Read<ReturnType<typeof ImageLocation>>;

const storeFields = {
  imageStoreName: objectName('Name of the ImageStore.'),
  key: word('Name of the file in it.', 255),
};

/** Where a copy in a store is, or is to be. */
export const StorePlace = (description: string) => Type.Object(storeFields, { description });
export type StorePlace = Read<ReturnType<typeof StorePlace>>;

export const StoredCopy = Type.Object(
  {
    ...storeFields,
    sha256: pattern('^[0-9a-f]{64}$', 64, 'SHA-256 of what was sent there: what is read back must have it.'),
    sizeBytes: int64('Size of the file in bytes.'),
  },
  { description: 'A complete copy in an ImageStore.' },
);
export type StoredCopy = Read<typeof StoredCopy>;

/** One of an Image: a place on a host, or `store`. */
export const ContentLocation = Type.Object(
  {
    hypervisorName: Type.Optional(hypervisorName('Hypervisor that made it. Absent of a copy in a store.')),
    pool: Type.Optional(labelName('Key of its storage pool, in spec.pools of the Hypervisor.')),
    volume: Type.Optional(word('Name of the volume in the pool.', 255)),
    sharedId: Type.Optional(poolOfStore),
    store: Type.Optional(StoredCopy),
  },
  { description: 'A place where the content is: a volume on a host, or a file in a store.' },
);
export type ContentLocation = Read<typeof ContentLocation>;
