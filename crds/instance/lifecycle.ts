/** Whether an instance is in use, or put away for a while before it goes. */
import { Type } from 'typebox';
import type { Read } from '../schema/static.ts';
import { duration, enumOf, timestamp } from '../schema/text.ts';
import { LIFECYCLE_STATES } from '../vocabulary.ts';

export const Lifecycle = Type.Object(
  {
    state: enumOf(LIFECYCLE_STATES, 'Active, or SoftDeleted: shut down and kept with its disks until it is Active again.'),
    reclaimAfter: Type.Optional(
      duration('How long it is kept SoftDeleted; then machine and disks are removed, and the object stays. Absent: without end.'),
    ),
  },
  { description: 'Absent means Active.' },
);
export type Lifecycle = Read<typeof Lifecycle>;

export const LifecycleRecord = Type.Object(
  {
    softDeletedAt: timestamp('When SoftDeleted was first seen; reclaimAfter counts from here.'),
    reclaimedAt: Type.Optional(timestamp('When machine and disks were removed.')),
  },
  { description: 'Absent: in use.' },
);
export type LifecycleRecord = Read<typeof LifecycleRecord>;
