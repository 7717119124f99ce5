/** Semantics that nobody should have to guess, played through the whole controller: machines lost and moved. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { HYPERVISORS } from '../../resources.ts';
import { InstanceWorld } from '../testing/instance-world.ts';

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
});
afterEach(() => world.stopOperator());

const powers = (): readonly string[] => world.machines().map(({ power }) => power);

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

  test('its disks are there, and the host does not know of them before it looks: defined again', async () => {
    await world.create();
    await world.pass(1);
    const { driver } = world.host();
    for (const disk of driver.disks.keys()) driver.copied.add(disk);
    driver.machines.clear();
    await world.pass(3);
    expect([await world.ready(), world.called('createDisk')]).toEqual(['Ready=True Running', 1]);
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
    const machine = world.moveByHand();
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
    world.moveByHand({ powerReason: 'Migrated' });
    await world.pass(3);
    expect([await world.ready(), (await world.get()).status?.hypervisorName, powers()]).toEqual([
      'Ready=True Running',
      'host-b',
      ['Stopped', 'Running'],
    ]);
  });

  test('moved by hand while nobody looked, its old host restarted: not started there before the other host was heard', async () => {
    await world.create();
    await world.pass(1);
    await world.stopOperator();
    world.moveByHand({ powerReason: 'Unknown' });
    world.host().driver.bootId = 'boot-2';
    world.host('host-b').forget();
    world.host('host-b').turn('Unknown');
    world.host('host-b').contacted = false;
    await world.startOperator();
    await world.pass(3);
    expect([await world.ready(), powers()]).toEqual(['Ready=False EndUnexplained', ['Stopped', 'Running']]);
    world.host('host-b').turn('True');
    await world.pass(2);
    expect([await world.ready(), (await world.get()).status?.hypervisorName, powers()]).toEqual([
      'Ready=True Running',
      'host-b',
      ['Stopped', 'Running'],
    ]);
  });

  test('gone, and a Hypervisor that reaches its disks has no session: it is looked for there, until that one is fenced', async () => {
    await world.create();
    await world.pass(4);
    world.hosts.close('host-b');
    world.host().driver.machines.clear();
    await world.pass(6);
    expect([await world.ready(), world.machines()]).toEqual(['Ready=False MachineMissing', []]);
    const since = '2026-01-01T00:00:00Z';
    await world.api.mergePatch(HYPERVISORS, { name: 'host-b' }, { status: { reachable: { status: 'False', since } } }, world.call, {
      subresource: 'status',
    });
    await world.api.mergePatch(HYPERVISORS, { name: 'host-b' }, { spec: { fence: { at: since, by: 'test' } } }, world.call);
    await world.pass(4);
    expect(await world.ready()).toBe('Ready=True Running');
  });

  test('gone, and another Hypervisor without a session is the very host that answers: it holds nothing up', async () => {
    await world.create();
    await world.pass(4);
    await world.makeHypervisor('again');
    const facts = { hostId: world.host('host-b').facts().hostId };
    await world.api.mergePatch(HYPERVISORS, { name: 'again' }, { status: { facts } }, world.call, { subresource: 'status' });
    world.host().driver.machines.clear();
    await world.pass(3);
    expect(await world.ready()).toBe('Ready=True Running');
  });
});
