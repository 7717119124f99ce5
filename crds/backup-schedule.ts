/** BackupSchedule: snapshots of an Instance at times of the clock, of which some are kept. */
import { Type } from 'typebox';
import { conditions, observedGeneration } from './schema/condition.ts';
import { count } from './schema/number.ts';
import { AGE, READY, REASON, type KindDefinition, type NamespacedResource } from './schema/resource.ts';
import type { Read } from './schema/static.ts';
import { duration, enumOf, objectName, pattern, timestamp } from './schema/text.ts';
import { QUIESCES, SNAPSHOT_MODES } from './vocabulary.ts';

const Keep = Type.Object(
  {
    count: Type.Optional(count('How many that succeeded are kept, the newest ones. Absent: 7.', { minimum: 1, maximum: 1000 })),
    maxAge: Type.Optional(
      duration('How long one is kept; the newest that succeeded is kept however old it is. Absent: as long as count says.'),
    ),
  },
  {
    description:
      'Which backups are kept; the others are deleted, with their Images. The newest that succeeded is never deleted. Absent: the newest 7.',
  },
);

export const BackupScheduleSpec = Type.Object(
  {
    instanceName: objectName('Instance of this namespace that snapshots are taken of.'),
    schedule: pattern(
      '^[^\\s]+( +[^\\s]+){4}$',
      256,
      'When: minute, hour, day of the month, month, day of the week, as cron takes them; "0 3 * * 1-5" is at three in the morning on weekdays.',
    ),
    timeZone: Type.Optional(
      pattern('^[A-Za-z][A-Za-z0-9_+/-]*$', 64, 'Time zone of the schedule, such as Europe/Berlin, by the IANA database. Absent: UTC.'),
    ),
    suspend: Type.Optional(Type.Boolean({ description: 'Takes none while true; those that there are stay. Absent means false.' })),
    startingDeadline: Type.Optional(
      duration('How late one may begin, after an outage for instance; later it is left out, and the next is waited for. Absent: 1h.'),
    ),
    suspendAfterFailures: Type.Optional(
      count('After so many failures in a row none is taken any more, until the spec changes. 0: never give up. Absent: 3.', {
        maximum: 10,
      }),
    ),
    mode: Type.Optional(enumOf(SNAPSHOT_MODES, 'As in an InstanceSnapshot. Absent means Live.')),
    quiesce: Type.Optional(enumOf(QUIESCES, 'As in an InstanceSnapshot. Absent means Preferred.')),
    imageStoreName: Type.Optional(objectName('As in an InstanceSnapshot. Absent: the default ImageStore, where there is one.')),
    keep: Type.Optional(Keep),
  },
  { description: 'When snapshots are taken, how, and which are kept.' },
);
export type BackupScheduleSpec = Read<typeof BackupScheduleSpec>;

export const BackupScheduleStatus = Type.Object(
  {
    observedGeneration,
    conditions: conditions('Ready means that the next backup is waited for; Stalled that none will be taken, and why.'),
    lastScheduledAt: Type.Optional(timestamp('The time of the schedule that the last backup was begun for, or that was left out.')),
    lastSucceededAt: Type.Optional(timestamp('When the last backup succeeded.')),
    nextAt: Type.Optional(timestamp('The next time of the schedule.')),
    failures: Type.Optional(count('Failures in a row, of this generation.')),
    kept: Type.Optional(count('Backups that succeeded and are there.')),
  },
  { description: 'What became of it.' },
);
export type BackupScheduleStatus = Read<typeof BackupScheduleStatus>;

export type BackupSchedule = NamespacedResource<'BackupSchedule', BackupScheduleSpec, BackupScheduleStatus>;

export const backupScheduleKind: KindDefinition = {
  kind: 'BackupSchedule',
  plural: 'backupschedules',
  scope: 'Namespaced',
  shortNames: ['bsched'],
  description:
    'BackupSchedule takes an InstanceSnapshot of an Instance at every time of a cron schedule, and deletes old ones. The snapshots outlive it.',
  spec: BackupScheduleSpec,
  status: BackupScheduleStatus,
  columns: [
    READY,
    { name: 'Instance', type: 'string', jsonPath: '.spec.instanceName' },
    { name: 'Schedule', type: 'string', jsonPath: '.spec.schedule' },
    { name: 'Last', type: 'date', jsonPath: '.status.lastSucceededAt' },
    { name: 'Kept', type: 'integer', jsonPath: '.status.kept' },
    AGE,
    { name: 'Next', type: 'string', jsonPath: '.status.nextAt', priority: 1 },
    REASON,
  ],
  selectableFields: ['.spec.instanceName'],
};
