/** Semantics that nobody should have to guess, played through the whole controller: ephemeral and swap disks. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { InstanceSpec } from '../../../crds/instance.ts';
import { FLAVORS, HYPERVISORS, INSTANCES } from '../../resources.ts';
import { MIB } from '../testing/memory-driver.ts';
import { InstanceWorld } from '../testing/instance-world.ts';

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
  const spec = { vcpus: 1, memory: '16Mi', rootDisk: '16Mi', ephemeralDisk: '3Mi', swap: '2Mi' };
  await world.api.create(FLAVORS, { metadata: { name: 'roomy' }, spec }, world.call);
});
afterEach(() => world.stopOperator());

const two = {
  ephemeralDisks: [
    { name: 'data', size: '4Mi' },
    { name: 'logs', size: '5Mi' },
  ],
  swap: '6Mi',
} as const;

/** `role or role-label: name without uid and pool, bytes`, in the machine's order, without the config drive. */
async function disksOfMachine(): Promise<readonly string[]> {
  const { uid } = (await world.get()).metadata;
  const made = new Map(world.hosts.list().flatMap(({ driver }) => Array.from(driver.disks)));
  return world
    .machine()
    .spec.disks.filter(({ role }) => role !== 'config')
    .map(
      ({ role, label, pool, name }) =>
        `${role}${label === undefined ? '' : `/${label}`}: ${name.replace(uid, '')} ${String(made.get(`${pool}/${name}`))}`,
    );
}

const ROOT = `root: -root-1 ${16 * MIB}`;

describe('ephemeral and swap disks', () => {
  test.each<[string, Partial<InstanceSpec>, readonly string[]]>([
    ['none', {}, [ROOT]],
    ['those of the flavor', { flavorName: 'roomy' }, [ROOT, `ephemeral: -ephemeral-1 ${3 * MIB}`, `swap: -swap-1 ${2 * MIB}`]],
    [
      'those of the spec',
      two,
      [ROOT, `ephemeral/data: -ephemeral-data-1 ${4 * MIB}`, `ephemeral/logs: -ephemeral-logs-1 ${5 * MIB}`, `swap: -swap-1 ${6 * MIB}`],
    ],
    [
      'those of the spec in place of those of the flavor',
      { flavorName: 'roomy', ephemeralDisks: [{ name: 'data', size: '4Mi' }] },
      [ROOT, `ephemeral/data: -ephemeral-data-1 ${4 * MIB}`, `swap: -swap-1 ${2 * MIB}`],
    ],
    ['none in place of those of the flavor', { flavorName: 'roomy', ephemeralDisks: [], swap: 0 }, [ROOT]],
  ])('a machine is made with them: %s', async (_, spec, expected) => {
    await world.create(spec);
    await world.pass(1);
    expect([await world.ready(), await disksOfMachine()]).toEqual(['Ready=True Running', expected]);
  });

  test('status tells them by what they are called within the instance, and they go with it', async () => {
    await world.create(two);
    const { disks } = (await world.get()).status ?? {};
    expect(disks?.map(({ name, role }) => `${name} ${role}`)).toEqual([
      'root root',
      'ephemeral-data ephemeral',
      'ephemeral-logs ephemeral',
      'swap swap',
      'config config',
    ]);
    await world.delete();
    await world.pass(2);
    expect([await world.find(), world.disks()]).toEqual([undefined, []]);
  });

  test('a machine that was lost is defined again on the same ones', async () => {
    await world.create(two);
    const before = world.machine().spec.disks;
    world.host().driver.machines.clear();
    await world.pass(3);
    expect([await world.ready(), world.machine().spec.disks]).toEqual(['Ready=True Running', before]);
  });

  test('a stop and a start leave them as they are', async () => {
    await world.create(two);
    const before = [world.machine().spec.disks, world.disks()];
    await world.edit({ powerState: 'Stopped', shutdownTimeout: '0s' });
    await world.edit({ powerState: 'Running' });
    await world.pass(1);
    expect([await world.ready(), world.machine().spec.disks, world.disks()]).toEqual(['Ready=True Running', ...before]);
  });

  test('another flavor, whose disks are others, changes nothing of them', async () => {
    await world.create({ ...two, resize: { confirm: 'Automatic' }, shutdownTimeout: '0s' });
    const before = await disksOfMachine();
    await world.edit({ flavorName: 'roomy' });
    await world.pass(4);
    expect([await world.ready(), (await world.get()).status?.resolved?.flavorName]).toEqual(['Ready=True Running', 'roomy']);
    expect((await disksOfMachine()).slice(1)).toEqual(before.slice(1));
  });

  test.each([
    [false, ['root: -root-2', 'ephemeral/data: -ephemeral-data-2', 'ephemeral/logs: -ephemeral-logs-2', 'swap: -swap-2']],
    [true, ['root: -root-2', 'ephemeral/data: -ephemeral-data-1', 'ephemeral/logs: -ephemeral-logs-1', 'swap: -swap-2']],
  ])('a rebuild makes them anew, or keeps the ephemeral ones: %s', async (preserveEphemeral, expected) => {
    await world.create({ ...two, shutdownTimeout: '0s' });
    await world.act('again', { action: 'Rebuild', rebuild: { preserveEphemeral } });
    await world.pass(4);
    expect([await world.acted('again'), await world.ready()]).toEqual(['Succeeded Rebuilt', 'Ready=True Running']);
    expect((await disksOfMachine()).map((disk) => disk.replace(/ \d+$/, ''))).toEqual(expected);
    expect(world.disks()).toHaveLength(5);
  });

  test('a host without room for them is passed by', async () => {
    await world.api.mergePatch(HYPERVISORS, { name: 'host-b' }, { spec: { schedulable: false } }, world.call);
    await world.create({ ephemeralDisks: [{ name: 'data', size: '1Pi' }] });
    await world.pass(1);
    expect([await world.ready(), world.machines()]).toEqual(['Ready=False NoHypervisorFits', []]);
  });

  test.each(Array.from({ length: 14 }, (_, calls) => calls))(
    'killed at call %i of the spawn, all of them are there in the end',
    async (calls) => {
      world.killAfter(calls);
      await world.create(two);
      await world.restartOperator();
      await world.pass(8);
      expect([await world.ready(), (await disksOfMachine()).length, world.disks().length]).toEqual(['Ready=True Running', 4, 5]);
    },
  );

  test.each(Array.from({ length: 8 }, (_, calls) => calls))('killed at call %i of the removal, none of them is left', async (calls) => {
    await world.create(two);
    world.killAfter(calls);
    await world.delete();
    await world.restartOperator();
    await world.pass(8);
    expect([await world.api.find(INSTANCES, { namespace: 'default', name: 'demo' }, world.call), world.disks()]).toEqual([undefined, []]);
  });
});
