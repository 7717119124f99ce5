/**
 * The subtle behaviours of the reference compute manager (docs/hazards.md tells all forty, and what became of each), played
 * through the whole controller: those that apply here and that no other test names.
 */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DriverError } from '../../../drivers/labels.ts';
import { Slots } from '../../hypervisors/host/slots.ts';
import { INSTANCES, NETWORKS } from '../../resources.ts';
import { InstanceWorld } from '../testing/instance-world.ts';

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
});
afterEach(() => world.stopOperator());

const NETWORK = { networks: [{ name: 'eth0', networkName: 'lab' }] };

function fail(verb: string, host = 'host-a', error: () => Error = () => new DriverError('Transient', `${verb} fails`)): void {
  world.host(host).driver.before = (called) => {
    if (called === verb) throw error();
  };
}
const noRoom = (): Error => new DriverError('InsufficientCapacity', 'no memory left');
const mend = (host = 'host-a'): void => {
  world.host(host).driver.before = () => undefined;
};

describe('what is written down', () => {
  test('§16.1 an edit in the middle of an operation ends the pass, not the operation: it goes on as the object is then', async () => {
    let edits = 1;
    world.host().driver.before = async (verb) => {
      if (verb !== 'define' || edits === 0) return;
      edits -= 1;
      await world.api.mergePatch(INSTANCES, { namespace: 'default', name: 'demo' }, { spec: { powerState: 'Stopped' } }, world.call);
    };
    await world.create();
    await world.pass(1);
    expect([await world.ready(), world.machine().power, world.disks().length]).toEqual(['Ready=True Stopped', 'Stopped', 2]);
    expect((await world.get()).status?.task).toBeUndefined();
  });

  test('§16.2 no claim stands on an object that has changed since it was read', async () => {
    let edits = 1;
    world.api.before = async ({ verb, subresource, fieldManager }) => {
      if (verb !== 'patch' || subresource !== 'status' || fieldManager !== 'hostler/instances' || edits === 0) return;
      edits -= 1;
      const placement = { hypervisorName: 'host-b' };
      await world.api.mergePatch(INSTANCES, { namespace: 'default', name: 'demo' }, { spec: { placement } }, world.call);
    };
    await world.create();
    await world.pass(1);
    expect([await world.ready(), (await world.get()).status?.hypervisorName]).toEqual(['Ready=True Running', 'host-b']);
    expect([world.called('createDisk', 'host-a'), world.called('createDisk', 'host-b')]).toEqual([0, 1]);
  });

  test('§16.16 a claim without a machine is gone on with on its host, by whoever comes next', async () => {
    fail('createDisk', 'host-a', () => new Error('killed'));
    world.killAfter(4);
    await world.create();
    await world.restartOperator();
    const { hypervisorName } = (await world.get()).status ?? {};
    await world.pass(2);
    expect([hypervisorName, (await world.get()).status?.hypervisorName, await world.ready()]).toEqual([
      'host-a',
      'host-a',
      'Ready=True Running',
    ]);
    expect([world.machines().length, world.disks().length]).toEqual([1, 2]);
  });
});

describe('builds', () => {
  test('§16.3 one that waits for a turn on its host is deleted at once', async () => {
    world.host().slots = new Slots({ Build: 1, Power: 1, Transfer: 1, Guest: 1, Read: 4 }, { most: 1, waitMs: 3_000 }, world.clock);
    const { promise, resolve } = Promise.withResolvers<undefined>();
    world.host().driver.before = (verb) => (verb === 'createDisk' ? promise : undefined);
    const on = { placement: { hypervisorName: 'host-a' } };
    for (const name of ['first', 'second', 'third']) await world.create(on, name);
    await world.clock.advance(5_000);
    await world.delete('third');
    await world.clock.advance(15_000);
    expect([await world.find('third'), await world.ready('first')]).toEqual([undefined, expect.stringContaining('False')]);
    resolve(undefined);
    await world.pass(4);
    expect([await world.ready('first'), await world.ready('second')]).toEqual(['Ready=True Running', 'Ready=True Running']);
  });

  test('§16.4 §16.8 one that fails on a host gives its room back, leaves nothing there, and keeps its MAC address', async () => {
    fail('startPaused', 'host-a', noRoom);
    await world.create(NETWORK);
    const before = (await world.get()).status?.interfaces;
    await world.pass(1);
    const { status } = await world.get();
    expect([await world.ready(), status?.hypervisorName, status?.interfaces]).toEqual(['Ready=True Running', 'host-b', before]);
    expect(world.disks().every((disk) => disk.startsWith('host-b/'))).toBe(true);
    mend();
    // All of the host is free for the next one.
    await world.create({ placement: { hypervisorName: 'host-a' } }, 'next');
    expect(await world.ready('next')).toBe('Ready=True Running');
  });

  test('§16.5 one that cannot be taken down where it failed is not begun elsewhere', async () => {
    world.host().driver.before = (verb) => {
      if (verb === 'startPaused') throw noRoom();
      if (verb === 'undefine' || verb === 'deleteDisk') throw new DriverError('Transient', 'it cannot be removed');
    };
    await world.create();
    await world.pass(1);
    expect([(await world.get()).status?.hypervisorName, world.host('host-b').driver.machines.size]).toEqual(['host-a', 0]);
    // Each attempt after a pause: the definition, and once more as what the failed start leaves undone.
    expect(world.called('undefine')).toBeLessThanOrEqual(4);
    mend();
    await world.pass(30);
    expect([await world.ready(), world.machines().length, world.disks().length]).toEqual(['Ready=True Running', 1, 2]);
  });
});

describe('deletions', () => {
  test.each(Array.from({ length: 14 }, (_, calls) => calls))(
    '§16.12 killed before call %d: the object is there as long as a machine or a disk is',
    async (calls) => {
      await world.create({ shutdownTimeout: '0s' });
      await world.pass(1);
      world.killAfter(calls);
      await world.delete();
      const left = world.machines().length + world.disks().length;
      if ((await world.find()) === undefined) expect(left).toBe(0);
      await world.restartOperator();
      await world.pass(3);
      expect([await world.find(), world.machines(), world.disks()]).toEqual([undefined, [], []]);
    },
  );

  test('§16.13 a guest that cannot be switched off keeps its disks, its place and its object', async () => {
    await world.create({ shutdownTimeout: '0s' });
    fail('powerOff', 'host-a', () => new DriverError('Transient', 'it does not go off', { reason: 'PowerOffFailed' }));
    await world.delete();
    await world.pass(2);
    expect([world.machine().power, world.disks().length, await world.condition('Deleting')]).toEqual(['Running', 2, 'True PowerOffFailed']);
    mend();
    await world.pass(3);
    expect([await world.find(), world.disks()]).toEqual([undefined, []]);
  });

  test.each([0, 1])('§16.14 disks that no status names go too, %d ticks after they were made', async (ticks) => {
    await world.create();
    await world.pass(ticks);
    await world.loseStatus();
    await world.delete();
    await world.pass(8);
    expect([await world.find(), world.machines(), world.disks()]).toEqual([undefined, [], []]);
  });

  test('§16.15 one that fails goes on after a restart of the operator, however often it failed', async () => {
    await world.create({ powerState: 'Stopped' });
    fail('undefine');
    await world.delete();
    await world.pass(20);
    await world.restartOperator();
    // The pause between attempts is five minutes by now.
    await world.pass(31);
    expect(await world.find()).toBeUndefined();
  });
});

describe('power', () => {
  test('§16.18 a reboot whose guest runs is done: nothing is started a second time by the next operator', async () => {
    await world.create();
    const runs = world.called('startPaused');
    world.host().driver.before = (verb) => {
      // Killed right after the guest runs again.
      if (verb === 'unpause') world.killAfter(0);
    };
    await world.act('again', { action: 'Reboot', reboot: { type: 'Hard' } });
    await world.restartOperator();
    await world.pass(2);
    expect([await world.acted('again'), world.called('startPaused') - runs, world.machine().power]).toEqual([
      'Succeeded Rebooted',
      1,
      'Running',
    ]);
  });

  test('§16.19 a network that is missing when the operator starts leaves guests alone, and comes back without a word', async () => {
    await world.create(NETWORK);
    await world.pass(1);
    const changes = world.changes();
    await world.api.delete(NETWORKS, { namespace: 'default', name: 'lab' }, world.call);
    await world.restartOperator();
    await world.pass(2);
    expect([await world.ready(), world.machine().power, world.changes() - changes]).toEqual(['Ready=True Running', 'Running', 0]);
  });

  test.each([
    ['Unknown', 'Unknown', 'Ready=False PowerUnknown', 'Unknown'],
    ['Paused', 'IOError', 'Ready=False PausedByHost', 'Paused'],
    ['Suspended', 'Saved', 'Ready=True Running', 'Running'],
  ] as const)('§16.20 seen %s (%s) while it should run: %s', async (power, reason, ready, then) => {
    await world.create();
    world.turn(power, reason);
    await world.pass(2);
    expect([await world.ready(), world.machine().power]).toEqual([ready, then]);
  });

  test('§16.21 §16.22 an end that is no longer so when the host is asked again leads to nothing', async () => {
    await world.create();
    const runs = world.called('startPaused');
    world.turn('Stopped', 'Crashed');
    world.host().observe();
    // Somebody has started it since that observation.
    world.turn('Running', 'User');
    await world.edit({ metadata: { seen: 'late' } });
    await world.settle();
    expect([world.called('startPaused') - runs, world.machine().power]).toEqual([0, 'Running']);
    await world.pass(1);
    expect(await world.ready()).toMatch(/^Ready=True/);
  });

  test('§16.24 a guest that is off already is stopped without a call', async () => {
    await world.create();
    world.turn('Stopped', 'GuestShutdown');
    await world.pass(1);
    const changes = world.changes();
    await world.edit({ powerState: 'Stopped' });
    await world.pass(1);
    expect([await world.ready(), world.changes() - changes]).toEqual(['Ready=True Stopped', 0]);
  });

  test('§16.30 another flavor of an instance that is off leaves it off, and the next start takes it', async () => {
    await world.create({ powerState: 'Stopped' });
    await world.edit({ flavorName: 'small' });
    await world.pass(2);
    expect([await world.ready(), world.called('startPaused')]).toEqual(['Ready=True Stopped', 0]);
    await world.edit({ powerState: 'Running' });
    await world.pass(1);
    expect([world.machine().spec.vcpus, (await world.get()).status?.resolved?.vcpus]).toEqual([2, 2]);
  });
});

test('§16.29 while it is rebuilt, status tells of the image that the machine still has', async () => {
  await world.makeImage('next');
  world.host().driver.heedsShutdown = false;
  await world.create({ shutdownTimeout: '25s' });
  await world.edit({ imageName: 'next' });
  await world.act('new', { action: 'Rebuild' });
  const image = async () => (await world.get()).status?.resolved?.image?.name;
  expect([await world.acted('new'), await image()]).toEqual(['Running Begun', 'demo']);
  await world.pass(4);
  expect([await world.acted('new'), await image()]).toEqual(['Succeeded Rebuilt', 'next']);
});

test('§16.40 definitions are read again over time after a start of the operator, not all at once', async () => {
  const names = Array.from({ length: 8 }, (_, index) => `vm-${index}`);
  for (const name of names) await world.create({ placement: { hypervisorName: 'host-a' } }, name);
  await world.pass(1);
  const before = world.called('inspect');
  await world.restartOperator();
  await world.pass(1);
  expect(world.called('inspect') - before).toBe(0);
});
