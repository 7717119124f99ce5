/** Machines of this cluster on a host that no Instance has any more: what is done to them, and since when they are that. */
import { Type } from 'typebox';
import { listMap, mapOf } from '../schema/collections.ts';
import type { Read } from '../schema/static.ts';
import { duration, enumOf, timestamp, word } from '../schema/text.ts';
import { ORPHAN_POLICIES } from '../vocabulary.ts';

/** More of one host are told of, and dealt with once there are fewer. */
export const MAX_ORPHANS = 256;
const MAX_ABANDONED = 4096;

export const OrphansSpec = Type.Object(
  {
    policy: enumOf(
      ORPHAN_POLICIES,
      'Report: they are told of, and left alone. Stop: they are shut down. Delete: they are shut down and removed, with the disks that were made for them; Volumes stay.',
    ),
    after: Type.Optional(
      duration('How long a machine must have been without its Instance, under this policy, before something is done to it. Absent: 24h.'),
    ),
  },
  {
    description:
      'What is done to machines of this cluster whose Instance does not exist any more. Those that were adopted, retained or abandoned are never touched. Absent: they are told of.',
  },
);
export type OrphansSpec = Read<typeof OrphansSpec>;

export const OrphanRecord = Type.Object({
  machineId: word('Identity of the machine on the host.', 128),
  uid: word('UID of the Instance that it was made for.', 128),
  policy: enumOf(ORPHAN_POLICIES, 'The policy that it waits under.'),
  since: timestamp('When it was first known to be without its Instance under this policy.'),
});
export type OrphanRecord = Read<typeof OrphanRecord>;

export const orphanRecords = listMap(OrphanRecord, ['machineId'], {
  maxItems: MAX_ORPHANS,
  description: 'Machines without their Instance, where spec.orphans asks for more than a report.',
});

export const abandonedInstances = mapOf(timestamp('When it was abandoned.'), {
  maxProperties: MAX_ABANDONED,
  description: 'UIDs of Instances of this host that were deleted with deletionPolicy Abandon: their machines are never touched.',
});
