/**
 * What to do next about a BackupSchedule: take one, wait for the next time, delete what need not be kept, or give up.
 *
 * Pure. What was done is told by the snapshots that there are: each is named after its time, so that none is taken twice,
 * however often an operator is killed. The newest that succeeded is never deleted.
 */
import { parseDuration } from '../../crds/duration.ts';
import type { BackupSchedule } from '../../crds/backup-schedule.ts';
import type { Instance } from '../../crds/instance.ts';
import type { InstanceSnapshot } from '../../crds/instance-snapshot.ts';
import type { Readiness } from '../reporting/readiness.ts';
import { parseSchedule } from './cron.ts';

export interface BackupPlan {
  readonly readiness: Readiness;
  /** The time that one is to be taken for, now; epoch milliseconds. */
  readonly take?: number;
  /** The last time that was begun, or left out; goes to status once it was done. */
  readonly scheduledAt?: number;
  readonly nextAt?: number;
  readonly remove: readonly InstanceSnapshot[];
  readonly failures: number;
  readonly kept: number;
  readonly lastSucceededAt?: string;
}

const KEEP_COUNT = 7;
/** Of those that failed since the last that succeeded so many stay: as many as a limit can count. */
const KEEP_FAILED = 10;
const STARTING_DEADLINE_MS = 3_600_000;
const SUSPEND_AFTER = 3;

/** On every snapshot that a schedule takes: whose it is, and of which of its generations. A schedule made anew is another. */
export const SCHEDULE_LABEL = 'hostler.dev/backup-schedule-uid';
export const GENERATION_LABEL = 'hostler.dev/backup-schedule-generation';

/** Whether there is anything to copy. `PutAway`: its guest is off; `Locked`, `BlockedByPolicy`: it may not be acted on. No snapshot of it is taken. */
export type Presence = 'There' | 'PutAway' | 'Locked' | 'BlockedByPolicy' | 'Missing';

/** `undefined`, and one that is being deleted, are missing. */
export function presenceOf(instance: Instance | undefined): Presence {
  if (instance === undefined || instance.metadata.deletionTimestamp !== undefined) return 'Missing';
  const { lifecycle, lock, reconcilePolicy = 'Reconcile' } = instance.spec;
  if ((lifecycle?.state ?? 'Active') !== 'Active') return 'PutAway';
  if (lock !== undefined) return 'Locked';
  return reconcilePolicy === 'Reconcile' ? 'There' : 'BlockedByPolicy';
}

/** `snapshots`: those of this schedule; `presence`: of the Instance that it names. */
export function planBackups(schedule: BackupSchedule, snapshots: readonly InstanceSnapshot[], presence: Presence, now: number): BackupPlan {
  const { spec, status } = schedule;
  const there = snapshots.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const succeeded = there.filter((one) => one.status?.phase === 'Succeeded').toSorted(newestFirst);
  const failures = failuresInARow(schedule, there);
  const remove = [...outlived(spec.keep, succeeded, now), ...forgotten(there, succeeded[0])];
  const lastSucceededAt = succeeded[0]?.status?.finishedAt ?? status?.lastSucceededAt;
  const told = {
    remove,
    failures,
    kept: succeeded.filter((one) => !remove.includes(one)).length,
    ...(lastSucceededAt === undefined ? {} : { lastSucceededAt }),
  };
  const times = parseSchedule(spec.schedule, spec.timeZone);
  if ('problem' in times)
    return { ...told, readiness: stuck('InvalidSchedule', `${times.problem}: correct spec.schedule or spec.timeZone`) };
  if (spec.suspend === true) return { ...told, readiness: stuck('Suspended', 'none is taken until spec.suspend is false') };
  const { suspendAfterFailures: limit = SUSPEND_AFTER } = spec;
  if (limit > 0 && failures >= limit) {
    const why = `${failures} in a row failed: look at the snapshots, then change the spec, which begins anew`;
    return { ...told, readiness: stuck('TooManyFailures', why) };
  }
  const nextAt = times.next(now);
  const next = nextAt === undefined ? {} : { nextAt };
  if (presence === 'Missing')
    return { ...told, ...next, readiness: waiting('InstanceNotFound', `waits until Instance ${spec.instanceName} exists`) };
  const due = dueNow(schedule, times.last(now));
  // A time that comes meanwhile is over: what would be taken afterwards is of the same disk.
  if (presence === 'PutAway')
    return { ...told, ...next, ...(due === undefined ? {} : { scheduledAt: due }), readiness: putAway(spec.instanceName) };
  // It would be refused, and refusals in a row would suspend the schedule beyond the lock.
  if (presence !== 'There') return { ...told, ...next, readiness: held(presence, spec.instanceName) };
  if (due === undefined) return { ...told, ...next, readiness: settled(nextAt) };
  // One after the other: the Instance does one thing at a time, and the time may come again before the last is done.
  const running = there.find((one) => !isFinished(one));
  if (running !== undefined)
    return { ...told, ...next, readiness: waiting('BackupRunning', `waits for InstanceSnapshot ${running.metadata.name}`) };
  const deadlineMs = spec.startingDeadline === undefined ? STARTING_DEADLINE_MS : parseDuration(spec.startingDeadline);
  if (now - due > deadlineMs)
    return {
      ...told,
      ...next,
      scheduledAt: due,
      readiness: settled(nextAt, `the one of ${shown(due)} is left out: it is too late for it`),
    };
  return { ...told, ...next, take: due, scheduledAt: due, readiness: settled(nextAt) };
}

/** Name of the snapshot of a time. Long names are cut: what is unique is the time, and the schedule's label. */
export const backupName = (scheduleName: string, time: number): string =>
  `${scheduleName.slice(0, 200).replace(/[.-]+$/, '')}-${new Date(time).toISOString().slice(0, 16).replaceAll(/[-T:]/g, '')}`;

/** The last time, where nothing was done about it; a schedule that is new begins with the next. */
function dueNow({ metadata, status }: BackupSchedule, last: number | undefined): number | undefined {
  const since = Math.max(Date.parse(metadata.creationTimestamp), Date.parse(status?.lastScheduledAt ?? '1970-01-01T00:00:00Z'));
  return last !== undefined && last > since ? last : undefined;
}

function outlived(keep: BackupSchedule['spec']['keep'], succeeded: readonly InstanceSnapshot[], now: number): readonly InstanceSnapshot[] {
  const { count = KEEP_COUNT, maxAge } = keep ?? {};
  const oldest = maxAge === undefined ? Number.NEGATIVE_INFINITY : now - parseDuration(maxAge);
  return succeeded.filter((one, index) => index > 0 && (index >= count || Date.parse(one.status?.finishedAt ?? '') < oldest));
}

/** Failed ones: the last few stay, and none that is older than the last that succeeded. */
function forgotten(there: readonly InstanceSnapshot[], lastGood: InstanceSnapshot | undefined): readonly InstanceSnapshot[] {
  const failed = there.filter((one) => one.status?.phase === 'Failed').toSorted(newestFirst);
  return failed.filter((one, index) => index >= KEEP_FAILED || (lastGood !== undefined && newestFirst(one, lastGood) > 0));
}

function failuresInARow({ metadata }: BackupSchedule, there: readonly InstanceSnapshot[]): number {
  const finished = there.filter(isFinished).toSorted(newestFirst);
  const good = finished.findIndex((one) => one.status?.phase === 'Succeeded');
  const since = good === -1 ? finished : finished.slice(0, good);
  return since.filter((one) => one.metadata.labels?.[GENERATION_LABEL] === String(metadata.generation)).length;
}

const isFinished = ({ status }: InstanceSnapshot): boolean => status?.phase === 'Succeeded' || status?.phase === 'Failed';

/** By when they were made; within a second by name, which ends with the time. */
const newestFirst = (a: InstanceSnapshot, b: InstanceSnapshot): number =>
  b.metadata.creationTimestamp.localeCompare(a.metadata.creationTimestamp) || (a.metadata.name < b.metadata.name ? 1 : -1);

const shown = (time: number): string => new Date(time).toISOString().replace(':00.000Z', 'Z');
const stuck = (reason: string, message: string): Readiness => ({ kind: 'Stuck', reason, message });
const waiting = (reason: string, message: string): Readiness => ({ kind: 'Waiting', reason, message });

const putAway = (name: string): Readiness => ({
  kind: 'Settled',
  reason: 'InstancePutAway',
  message: `none is taken while Instance ${name} is put away`,
});

const held = (reason: 'Locked' | 'BlockedByPolicy', name: string): Readiness =>
  reason === 'Locked'
    ? waiting(reason, `none is taken until spec.lock of Instance ${name} is removed`)
    : waiting(reason, `none is taken until spec.reconcilePolicy of Instance ${name} is Reconcile`);

function settled(nextAt: number | undefined, before?: string): Readiness {
  if (nextAt === undefined) return stuck('InvalidSchedule', 'the schedule has no time any more: correct spec.schedule');
  const next = `the next one is taken at ${shown(nextAt)}`;
  return { kind: 'Settled', reason: 'Scheduled', message: before === undefined ? next : `${before}; ${next}` };
}
