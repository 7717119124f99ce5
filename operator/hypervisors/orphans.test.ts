/** Machines whose Instance is gone: when they are told of, and that it costs nothing at rest. */
import { expect, test } from '@jest/globals';
import { findCondition } from '../kernel/status/conditions.ts';
import { HYPERVISORS, INSTANCES } from '../resources.ts';
import { orphanedMachines } from './status/orphaned.ts';
import { create, newWorld, type HypervisorWorld } from './testing/hypervisor-world.ts';
import { MARK, type ScriptedDriver } from './testing/scripted-driver.ts';

const leaveOne = (driver: ScriptedDriver): void => driver.set('m-1', { owner: { ...MARK, uid: 'gone' } });

const instanceOf = async (world: HypervisorWorld, name: string): Promise<void> => {
  await world.api.create(INSTANCES, { metadata: { namespace: 'a', name }, spec: { flavorName: 'f', imageName: 'i' } }, world.call);
  await world.api.mergePatch(INSTANCES, { namespace: 'a', name }, { status: { hypervisorName: 'h' } }, world.call, {
    subresource: 'status',
  });
};
const uidOf = (world: HypervisorWorld, name: string): string =>
  world.api.objects(INSTANCES).find(({ metadata }) => metadata.name === name)?.metadata.uid ?? '';

test('a machine whose Instance is gone is told of, with its name; then it costs no write; and forgotten with the machine', async () => {
  const world = newWorld((driver) => {
    driver.set('m-1', { owner: { ...MARK, uid: 'gone', namespace: 'b', name: 'web' } });
    driver.set('m-2', { owner: { ...MARK, uid: 'gone-too', role: 'retained' } });
    driver.set('m-3', { owner: { ...MARK, uid: 'elsewhere', clusterId: 'other' } });
  });
  await world.start();
  await create(world, 'h');
  await world.clock.advance(30_000);
  expect(world.condition('h', 'OrphanedMachines')).toBe('True/InstanceGone');
  expect(findCondition(world.hypervisor('h').status?.conditions, 'OrphanedMachines')?.message).toMatch(/^1 machine .*: b\/web \(m-1\)\. /);
  const writes = world.api.writes().length;
  await world.clock.advance(600_000);
  expect(world.api.writes()).toHaveLength(writes);
  world.drivers.get('h')?.machines.clear();
  await world.clock.advance(30_000);
  expect(world.condition('h', 'OrphanedMachines')).toBe('absent');
});

test('the machine of an Instance is no orphan; left behind by it, it is; taken over, it is none any more', async () => {
  const world = newWorld();
  await world.start();
  await create(world, 'h');
  await instanceOf(world, 'web');
  world.drivers.get('h')?.set('m', { owner: { ...MARK, uid: uidOf(world, 'web'), name: 'web' } });
  await world.clock.advance(60_000);
  expect(world.condition('h', 'OrphanedMachines')).toBe('absent');
  await world.api.delete(INSTANCES, { namespace: 'a', name: 'web' }, world.call);
  await world.clock.advance(40_000);
  expect(world.condition('h', 'OrphanedMachines')).toBe('True/InstanceGone');
  await instanceOf(world, 'web');
  world.drivers.get('h')?.set('m', { owner: { ...MARK, uid: uidOf(world, 'web'), name: 'web' } });
  await world.clock.advance(40_000);
  expect(world.condition('h', 'OrphanedMachines')).toBe('absent');
});

test.each([11, 13, 15, 17, 19])(
  'a machine that goes with its Instance is never told of, whenever the host is observed next: %d s',
  async (seconds) => {
    const world = newWorld();
    await world.start();
    await create(world, 'h');
    await instanceOf(world, 'web');
    world.drivers.get('h')?.set('m', { owner: { ...MARK, uid: uidOf(world, 'web'), name: 'web' } });
    await world.clock.advance(seconds * 1_000);
    world.drivers.get('h')?.machines.clear();
    await world.api.delete(INSTANCES, { namespace: 'a', name: 'web' }, world.call);
    for (let second = 0; second < 60; second += 1) {
      await world.clock.advance(1_000);
      expect(world.condition('h', 'OrphanedMachines')).toBe('absent');
    }
  },
);

test('what an earlier operator told of orphans stands until it is known better', async () => {
  const before = newWorld(leaveOne);
  await before.start();
  await create(before, 'h');
  await before.clock.advance(30_000);
  const object = before.hypervisor('h');

  const after = newWorld(leaveOne);
  await after.api.create(HYPERVISORS, object, after.call);
  await after.api.mergePatch(HYPERVISORS, { name: 'h' }, { status: object.status }, after.call, { subresource: 'status' });
  const writes = after.api.writes().length;
  await after.clock.advance(3_600_000);
  await after.start();
  await after.clock.advance(60_000);
  expect([after.condition('h', 'OrphanedMachines'), after.api.writes().length]).toEqual(['True/InstanceGone', writes]);
});

test('many are counted, and some named', () => {
  const many = Array.from({ length: 500 }, (_, at) => ({ machineId: `m-${at}`, owner: { ...MARK, name: `n-${at}` } }));
  const { message = '' } = orphanedMachines(many) ?? {};
  expect([message.startsWith('500 machines carry'), message.split('(m-').length - 1, message.includes(' and others. Nothing')]).toEqual([
    true,
    20,
    true,
  ]);
  expect(orphanedMachines([])).toBeUndefined();
});
