import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { BackupScheduleSpec } from '../../crds/backup-schedule.ts';
import type { InstanceSnapshotStatus } from '../../crds/instance-snapshot.ts';
import { findCondition } from '../kernel/status/conditions.ts';
import { type TestManager, testManager } from '../kernel/testing/test-manager.ts';
import { BACKUP_SCHEDULES, INSTANCE_SNAPSHOTS, INSTANCES } from '../resources.ts';
import { addBackupController } from './controller.ts';

const MINUTE = 60_000;
const ref = { namespace: 'a', name: 'often' };

let world: TestManager;
beforeEach(async () => {
  world = testManager();
  addBackupController(world, world.openLease());
  await world.start();
  const spec = { flavorName: 'tiny', imageName: 'demo' };
  await world.api.create(INSTANCES, { metadata: { namespace: 'a', name: 'x' }, spec }, world.call);
});
afterEach(() => world.stop());

async function make(spec: Partial<BackupScheduleSpec> = {}): Promise<void> {
  await world.api.create(
    BACKUP_SCHEDULES,
    { metadata: { ...ref }, spec: { instanceName: 'x', schedule: '*/10 * * * *', ...spec } },
    world.call,
  );
  await world.settle();
}

const schedule = () => world.api.get(BACKUP_SCHEDULES, ref, world.call);
const ready = async () => findCondition((await schedule()).status?.conditions, 'Ready');

async function backups(): Promise<readonly string[]> {
  const { items } = await world.api.list(INSTANCE_SNAPSHOTS, { namespace: 'a' }, world.call);
  return items.map(({ metadata }) => metadata.name).toSorted();
}

/** The snapshot controller is somebody else: it says what came of every one that it has not judged yet. */
async function judge(phase: 'Succeeded' | 'Failed'): Promise<void> {
  const { items } = await world.api.list(INSTANCE_SNAPSHOTS, { namespace: 'a' }, world.call);
  for (const { metadata, status } of items) {
    if (status?.phase !== undefined) continue;
    const told: InstanceSnapshotStatus = { phase, finishedAt: new Date(world.clock.now()).toISOString().replace(/\.\d+/, '') };
    await world.api.mergePatch(INSTANCE_SNAPSHOTS, { namespace: 'a', name: metadata.name }, { status: told }, world.call, {
      subresource: 'status',
    });
  }
  await world.settle();
}

async function pass(ms: number): Promise<void> {
  await world.clock.advance(ms);
  await world.settle();
}

test('takes one at every time, keeps the newest, and says when the next comes', async () => {
  await make({ keep: { count: 2 }, quiesce: 'Required', imageStoreName: 'vault' });
  expect(await backups()).toEqual([]);
  for (let time = 0; time < 4; time += 1) {
    await pass(10 * MINUTE);
    await judge('Succeeded');
  }
  const kept = await backups();
  expect(kept).toHaveLength(2);
  expect((await schedule()).status).toMatchObject({
    failures: 0,
    kept: 2,
    lastSucceededAt: expect.any(String),
    nextAt: expect.any(String),
  });
  expect(await ready()).toMatchObject({ status: 'True', reason: 'Scheduled' });
  const newest = await world.api.get(INSTANCE_SNAPSHOTS, { namespace: 'a', name: kept[1] ?? '' }, world.call);
  expect(newest.spec).toEqual({ instanceName: 'x', quiesce: 'Required', imageStoreName: 'vault' });
});

test('gives up after failures in a row, keeps what is good, and begins anew when the spec changes', async () => {
  await make({ keep: { count: 1 } });
  await pass(10 * MINUTE);
  await judge('Succeeded');
  const [good] = await backups();
  for (let time = 0; time < 5; time += 1) {
    await pass(10 * MINUTE);
    await judge('Failed');
  }
  expect(await ready()).toMatchObject({ status: 'False', reason: 'TooManyFailures' });
  expect(await backups()).toHaveLength(4);
  expect(await backups()).toContain(good);
  await world.api.mergePatch(BACKUP_SCHEDULES, ref, { spec: { startingDeadline: '5m' } }, world.call);
  await world.settle();
  await judge('Succeeded');
  expect(await ready()).toMatchObject({ status: 'True', reason: 'Scheduled' });
  expect([(await backups()).length, (await backups()).includes(good ?? '')]).toEqual([1, false]);
});

test('cut off before it wrote down that one was begun, it is not begun twice', async () => {
  await make();
  world.api.before = ({ verb, kind }) => {
    if (verb === 'patch' && kind === 'BackupSchedule') throw new Error('killed');
  };
  await pass(10 * MINUTE);
  world.api.before = () => undefined;
  await pass(MINUTE);
  await judge('Succeeded');
  await pass(MINUTE);
  expect(await backups()).toHaveLength(1);
});

test('waits for its Instance, and leaves its snapshots when it is deleted', async () => {
  await make({ instanceName: 'y' });
  await pass(10 * MINUTE);
  expect([await backups(), (await ready())?.reason]).toEqual([[], 'InstanceNotFound']);
  const spec = { flavorName: 'tiny', imageName: 'demo' };
  await world.api.create(INSTANCES, { metadata: { namespace: 'a', name: 'y' }, spec }, world.call);
  await world.settle();
  await pass(10 * MINUTE);
  await judge('Succeeded');
  const before = await backups();
  expect(before.length).toBeGreaterThan(0);
  await world.api.delete(BACKUP_SCHEDULES, ref, world.call);
  await pass(20 * MINUTE);
  expect(await backups()).toEqual(before);
});

test.each([
  ['locked', 'Locked', { lock: { reason: 'audit' } }, { lock: null }],
  ['only watched', 'BlockedByPolicy', { reconcilePolicy: 'WatchOnly' }, { reconcilePolicy: null }],
])('leaves an Instance alone that is %s, says so, and is not suspended by it', async (_, reason, held, free) => {
  await make();
  const edit = (spec: object) => world.api.mergePatch(INSTANCES, { namespace: 'a', name: 'x' }, { spec }, world.call);
  await edit(held);
  await pass(60 * MINUTE);
  expect([await backups(), await ready(), (await schedule()).status?.failures]).toEqual([
    [],
    expect.objectContaining({ status: 'False', reason }),
    0,
  ]);
  await edit(free);
  await world.settle();
  expect([(await backups()).length, (await ready())?.reason]).toEqual([1, expect.stringMatching(/^(Scheduled|BackupRunning)$/)]);
});

test('leaves an Instance alone that is put away, and goes on when it is in use again: that is no failure', async () => {
  await make();
  const putAway = (state: 'Active' | 'Shelved') =>
    world.api.mergePatch(INSTANCES, { namespace: 'a', name: 'x' }, { spec: { lifecycle: { state } } }, world.call);
  await putAway('Shelved');
  await pass(40 * MINUTE);
  expect([await backups(), (await ready())?.reason, (await schedule()).status?.failures]).toEqual([[], 'InstancePutAway', 0]);
  await putAway('Active');
  await world.settle();
  expect([await backups(), (await ready())?.reason]).toEqual([[], 'Scheduled']);
  await pass(10 * MINUTE);
  expect(await backups()).toHaveLength(1);
});

test('says so where a snapshot of another has the name of the next', async () => {
  await make();
  const [next = ''] = [(await schedule()).status?.nextAt];
  const name = `often-${next.slice(0, 16).replaceAll(/[-T:]/g, '')}`;
  await world.api.create(INSTANCE_SNAPSHOTS, { metadata: { namespace: 'a', name }, spec: { instanceName: 'x' } }, world.call);
  await pass(10 * MINUTE);
  expect(await backups()).toEqual([name]);
});

test('costs no write between its times', async () => {
  await make();
  await pass(10 * MINUTE);
  await judge('Succeeded');
  const { length } = world.api.writes();
  await pass(9 * MINUTE);
  expect(world.api.writes()).toHaveLength(length);
});
