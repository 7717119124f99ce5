/** Whether an instance is in use, or put away: off its host for a while, or for a while before it goes. */
import { Type } from 'typebox';
import type { Read } from '../schema/static.ts';
import { duration, enumOf, objectName, timestamp, word } from '../schema/text.ts';
import { LIFECYCLE_STATES } from '../vocabulary.ts';

export const Lifecycle = Type.Object(
  {
    state: enumOf(
      LIFECYCLE_STATES,
      'Active; Shelved: shut down, its root disk copied, and machine and disks removed from the host until it is Active again; SoftDeleted: shut down and kept with its disks until it is Active again.',
    ),
    offloadAfter: Type.Optional(
      duration('How long machine and disks of a Shelved instance stay on the host, once its disk is copied. Absent: not at all.'),
    ),
    reclaimAfter: Type.Optional(
      duration('How long it is kept SoftDeleted; then machine and disks are removed, and the object stays. Absent: without end.'),
    ),
  },
  { description: 'Absent means Active.' },
);
export type Lifecycle = Read<typeof Lifecycle>;

/** Written before anything of the machine is removed. */
export const ShelvedCopy = Type.Object(
  {
    snapshotName: objectName('InstanceSnapshot that took it.'),
    imageUid: word('UID of the Image that it is.', 63),
    imageName: objectName('Image that the machine counted as made from.'),
  },
  { description: 'What the root disk is made from when it is Active again.' },
);
export type ShelvedCopy = Read<typeof ShelvedCopy>;

export const LifecycleRecord = Type.Object(
  {
    softDeletedAt: Type.Optional(timestamp('When SoftDeleted was first seen; reclaimAfter counts from here.')),
    reclaimedAt: Type.Optional(timestamp('When machine and disks were removed for good.')),
    shelvedAt: Type.Optional(timestamp('When Shelved was first seen; offloadAfter counts from here.')),
    offloadedAt: Type.Optional(timestamp('When machine and disks were removed from the host.')),
    copy: Type.Optional(ShelvedCopy),
  },
  { description: 'Absent: in use.' },
);
export type LifecycleRecord = Read<typeof LifecycleRecord>;
