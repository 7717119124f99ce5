/** Semantics that nobody should have to guess, played through the whole controller: machines lost and moved. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { InstanceWorld } from '../testing/instance-world.ts';

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
});
afterEach(() => world.stopOperator());

describe('machines lost and moved', () => {
  test('undefined while off: defined again on its own disks, and nothing is started that had shut itself down', async () => {
    await world.create();
    world.turn('Stopped', 'GuestShutdown');
    await world.pass(1);
    world.host().driver.machines.clear();
    await world.pass(3);
    expect([await world.ready(), world.machine().power, world.called('createDisk')]).toEqual(['Ready=True GuestShutdown', 'Stopped', 1]);
  });

  test('destroyed and undefined: two observations, then defined again and started, with the same disks', async () => {
    await world.create();
    await world.pass(1);
    const disks = world.disks();
    world.host().driver.machines.clear();
    world.hosts.tick();
    await world.settle();
    expect([await world.ready(), world.machines()]).toEqual(['Ready=False MachineMissing', []]);
    await world.pass(2);
    expect([await world.ready(), world.disks(), world.called('createDisk')]).toEqual(['Ready=True Running', disks, 1]);
  });

  test('its disks are gone too: nothing is made from the image again', async () => {
    await world.create();
    await world.pass(1);
    world.host().driver.machines.clear();
    world.host().driver.disks.clear();
    await world.pass(3);
    expect([await world.ready(), await world.condition('Stalled'), world.machines()]).toEqual([
      'Ready=False DisksLost',
      'True DisksLost',
      [],
    ]);
  });

  test('undefined while it runs: its definition is given back, without a restart', async () => {
    await world.create();
    world.machine().persistent = false;
    await world.pass(1);
    expect([await world.ready(), world.machine().persistent, world.called('startPaused')]).toEqual(['Ready=True Running', true, 1]);
  });

  test('moved by hand: followed, not doubled', async () => {
    await world.create();
    await world.pass(1);
    const [[id, machine] = ['', world.machine()]] = [...world.host().driver.machines];
    world.host().driver.machines.clear();
    world.host('host-b').driver.machines.set(id, machine);
    for (const [name, size] of world.host().driver.disks) world.host('host-b').driver.disks.set(name, size);
    await world.pass(3);
    expect([await world.ready(), (await world.get()).status?.hypervisorName, world.machines()]).toEqual([
      'Ready=True Running',
      'host-b',
      [machine],
    ]);
    await world.delete();
    await world.pass(2);
    expect([await world.find(), world.machines()]).toEqual([undefined, []]);
  });

  test('moved by hand, with a switched-off copy left behind', async () => {
    await world.create();
    await world.pass(1);
    const [[id, machine] = ['', world.machine()]] = [...world.host().driver.machines];
    world.host('host-b').driver.machines.set(id, { ...machine });
    Object.assign(machine, { power: 'Stopped', powerReason: 'Migrated' });
    await world.pass(3);
    expect([await world.ready(), (await world.get()).status?.hypervisorName, machine.power]).toEqual([
      'Ready=True Running',
      'host-b',
      'Stopped',
    ]);
  });
});
