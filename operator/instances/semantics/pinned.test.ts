/** Semantics that nobody should have to guess, played through the whole controller: another host is asked for while a spawn is unfinished. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DriverError } from '../../../drivers/labels.ts';
import { HYPERVISORS } from '../../resources.ts';
import { InstanceWorld } from '../testing/instance-world.ts';

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
});
afterEach(() => world.stopOperator());

const on = (hypervisorName: string) => ({ placement: { hypervisorName } });

/** The spawn on host-a is cut off when that host was called so often. */
async function cutOff(calls: number): Promise<void> {
  let left = calls;
  world.host().driver.before = () => {
    left -= 1;
    if (left < 0) throw new Error('killed');
  };
  world.api.before = ({ fieldManager }) => {
    if (left < 0 && fieldManager === 'hostler/instances') throw new Error('killed');
  };
  await world.create(on('host-a'));
  await world.stopOperator();
  world.host().driver.before = () => undefined;
  world.api.before = () => undefined;
}

describe('another host is asked for before the machine is made', () => {
  test('while its image is on the way', async () => {
    const { base } = world;
    world.base = { kind: 'InProgress', percent: 10, message: 'downloading' };
    await world.create(on('host-a'));
    expect((await world.get()).status?.hypervisorName).toBe('host-a');
    world.base = base;
    await world.edit(on('host-b'));
    await world.pass(1);
    expect([await world.ready(), (await world.get()).status?.hypervisorName]).toEqual(['Ready=True Running', 'host-b']);
  });

  // To look, to make a disk, the config drive, the definition.
  test.each([0, 1, 2, 3, 4])('after %d calls to the first: what was made there goes, and it is made on the other', async (calls) => {
    await cutOff(calls);
    await world.edit(on('host-b'));
    await world.startOperator();
    await world.pass(2);
    expect([await world.ready(), world.machines().length, world.disks().map((disk) => disk.split('/')[0])]).toEqual([
      'Ready=True Running',
      1,
      ['host-b', 'host-b'],
    ]);
  });

  test('a machine that has been made stays: a change of the spec moves none', async () => {
    await world.create(on('host-a'));
    await world.edit(on('host-b'));
    await world.pass(1);
    expect([await world.ready(), (await world.get()).status?.hypervisorName]).toEqual(['Ready=True Running', 'host-a']);
  });

  test('the first host is silent: nothing is left behind on it, so its answer is waited for', async () => {
    await cutOff(4);
    world.host().turn('False');
    await world.edit(on('host-b'));
    await world.startOperator();
    await world.pass(2);
    expect([await world.ready(), world.host('host-b').driver.machines.size]).toEqual(['Ready=Unknown HostUnreachable', 0]);
    world.host().turn('True');
    await world.pass(2);
    expect([await world.ready(), world.machines().length, world.disks().every((disk) => disk.startsWith('host-b/'))]).toEqual([
      'Ready=True Running',
      1,
      true,
    ]);
  });

  test('the first host has no room, and was observed while the machine was on it: what was seen there is not followed', async () => {
    world.host().driver.before = (verb) => {
      if (verb !== 'startPaused') return;
      world.host().observe();
      throw new DriverError('InsufficientCapacity', 'no memory left');
    };
    await world.create();
    await world.pass(2);
    expect([await world.ready(), (await world.get()).status?.hypervisorName, world.machines().length]).toEqual([
      'Ready=True Running',
      'host-b',
      1,
    ]);
  });

  test('the first host lost its network meanwhile: leaving it needs none', async () => {
    const { base } = world;
    world.base = { kind: 'InProgress', percent: 10, message: 'downloading' };
    await world.create({ ...on('host-a'), networks: [{ name: 'eth0', networkName: 'lab' }] });
    await world.api.mergePatch(HYPERVISORS, { name: 'host-a' }, { spec: { networks: { lab: null } } }, world.call);
    world.base = base;
    await world.pass(1);
    expect(await world.ready()).toBe('Ready=False HostNetworkNotFound');
    await world.edit(on('host-b'));
    await world.pass(1);
    expect([await world.ready(), (await world.get()).status?.hypervisorName]).toEqual(['Ready=True Running', 'host-b']);
  });
});
