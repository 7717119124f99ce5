/** The BackupSchedule controller: makes snapshots when it is time, deletes what need not be kept, and reports. */
import type { BackupSchedule, BackupScheduleStatus } from '../../crds/backup-schedule.ts';
import type { InstanceSnapshot } from '../../crds/instance-snapshot.ts';
import { isAlreadyExists, isNotFound } from '../kernel/api/errors.ts';
import { keyOf } from '../kernel/api/object.ts';
import type { Controller } from '../kernel/controller/controller.ts';
import type { ReconcileContext } from '../kernel/controller/reconcile.ts';
import { DONE, requeueAfter, type Result } from '../kernel/controller/result.ts';
import type { Lease } from '../kernel/lease/lease.ts';
import type { Manager } from '../kernel/manager/types.ts';
import { replaceConditions, timestamp } from '../kernel/status/conditions.ts';
import { endPass, isCurrent } from '../kernel/status/writer.ts';
import { isStatusOnly } from '../kernel/watch/cache.ts';
import { readinessConditions } from '../reporting/readiness.ts';
import { transitionEvents } from '../reporting/transitions.ts';
import { BACKUP_SCHEDULES, INSTANCE_SNAPSHOTS, INSTANCES } from '../resources.ts';
import { backupName, type BackupPlan, GENERATION_LABEL, planBackups, presenceOf, SCHEDULE_LABEL } from './plan.ts';

const NAME = 'backups';
/** Timers are counted in 32 bits; and old ones outlive their age without a word. */
const LONGEST_WAIT_MS = 3_600_000;

export function addBackupController(manager: Manager, lease: Lease): Controller {
  const schedules = manager.cache(BACKUP_SCHEDULES);
  const snapshots = manager.cache(INSTANCE_SNAPSHOTS);
  const instances = manager.cache(INSTANCES);
  const bySchedule = snapshots.index(({ metadata }) => [metadata.labels?.[SCHEDULE_LABEL] ?? '']);
  const byInstance = schedules.index(({ metadata, spec }) => [`${metadata.namespace}/${spec.instanceName}`]);
  const writer = manager.writer(BACKUP_SCHEDULES, NAME);
  const events = manager.events(NAME);
  const controller = manager.controller({ name: NAME, gate: lease, reconcile });
  controller.watches(schedules, { when: (change) => !isStatusOnly(change) });
  controller.watches(snapshots, {
    toKeys: ({ current, previous }) => {
      const schedule = schedules.getByUid((current ?? previous).metadata.labels?.[SCHEDULE_LABEL] ?? '');
      return schedule === undefined ? [] : [keyOf(schedule)];
    },
  });
  controller.watches(instances, {
    when: ({ current, previous }) => presenceOf(current) !== presenceOf(previous),
    toKeys: ({ current, previous }) => byInstance.keys(keyOf(current ?? previous)),
  });
  return controller;

  async function reconcile(key: string, context: ReconcileContext): Promise<Result> {
    const schedule = schedules.get(key);
    if (schedule === undefined || schedule.metadata.deletionTimestamp !== undefined) return DONE;
    const { metadata, spec } = schedule;
    const instance = instances.get(`${metadata.namespace}/${spec.instanceName}`);
    const own = bySchedule.get(metadata.uid).filter((one) => one.metadata.namespace === metadata.namespace);
    const plan = planBackups(schedule, own, presenceOf(instance), now());
    if (plan.take !== undefined) await take(schedule, plan.take, context);
    for (const one of plan.remove) await remove(one, context);
    return report(schedule, plan, context);
  }

  /** Of its name there is one already where an earlier pass was cut off. */
  async function take(schedule: BackupSchedule, time: number, context: ReconcileContext): Promise<void> {
    const { metadata, spec } = schedule;
    const name = backupName(metadata.name, time);
    const { instanceName, imageStoreName, mode, quiesce } = spec;
    const labels = { [SCHEDULE_LABEL]: metadata.uid, [GENERATION_LABEL]: String(metadata.generation) };
    const snapshot = {
      metadata: { namespace: metadata.namespace, name, labels },
      spec: { instanceName, ...(imageStoreName && { imageStoreName }), ...(mode && { mode }), ...(quiesce && { quiesce }) },
    };
    try {
      await manager.client.create(INSTANCE_SNAPSHOTS, snapshot, context, { fieldManager: `hostler/${NAME}` });
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      await checkOwn(schedule, name, context);
    }
  }

  /** Somebody else's is in the way of this one: the next has another name. */
  async function checkOwn(schedule: BackupSchedule, name: string, context: ReconcileContext): Promise<void> {
    const { namespace, uid } = schedule.metadata;
    const there = await manager.client.find(INSTANCE_SNAPSHOTS, { namespace, name }, context);
    if (there === undefined || there.metadata.labels?.[SCHEDULE_LABEL] === uid) return;
    const note = `there is an InstanceSnapshot ${name} already that is not of this schedule: no backup was taken`;
    events.record(schedule, { type: 'Warning', reason: 'SnapshotExists', action: 'Schedule', note });
  }

  async function remove({ metadata }: InstanceSnapshot, context: ReconcileContext): Promise<void> {
    try {
      await manager.client.delete(INSTANCE_SNAPSHOTS, { namespace: metadata.namespace, name: metadata.name }, context, {
        uid: metadata.uid,
      });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  async function report(schedule: BackupSchedule, plan: BackupPlan, context: ReconcileContext): Promise<Result> {
    const status = statusOf(schedule, plan, now());
    const written = await writer.writeStatus(schedule, status, context);
    if (!isCurrent(written)) return endPass(written);
    if (written.kind === 'Written')
      for (const event of transitionEvents(schedule.status?.conditions, status.conditions, 'Schedule'))
        events.record(written.object, event);
    return requeueAfter(Math.min(Math.max(0, (plan.nextAt ?? Number.POSITIVE_INFINITY) - now()), LONGEST_WAIT_MS));
  }

  function now(): number {
    return manager.clock.now();
  }
}

function statusOf({ metadata: { generation }, status }: BackupSchedule, plan: BackupPlan, now: number): BackupScheduleStatus {
  const { readiness, scheduledAt, nextAt, failures, kept, lastSucceededAt } = plan;
  const lastScheduledAt = scheduledAt === undefined ? status?.lastScheduledAt : timestamp(scheduledAt);
  return {
    observedGeneration: generation,
    conditions: replaceConditions(status?.conditions ?? [], readinessConditions(readiness), { now, generation }),
    ...(lastScheduledAt === undefined ? {} : { lastScheduledAt }),
    ...(lastSucceededAt === undefined ? {} : { lastSucceededAt }),
    ...(nextAt === undefined ? {} : { nextAt: timestamp(nextAt) }),
    failures,
    kept,
  };
}
