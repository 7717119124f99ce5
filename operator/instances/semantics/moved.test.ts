/** Semantics that nobody should have to guess, played through the whole controller: the same machine on two hosts. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DriverError } from '../../../drivers/labels.ts';
import { InstanceWorld } from '../testing/instance-world.ts';

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
});
afterEach(() => world.stopOperator());

const MIGRATED = { powerReason: 'Migrated' } as const;
const placed = async (): Promise<string | undefined> => (await world.get()).status?.hypervisorName;

describe('deleting one that was moved by hand', () => {
  beforeEach(() => world.share('host-b', 'another'));

  test.each(['Running', 'Stopped'] as const)('with a left-over at its old host, %s: both go, and the disks of both', async (powerState) => {
    await world.create();
    await world.pass(1);
    world.moveByHand(MIGRATED);
    await world.pass(2);
    await world.edit({ powerState });
    await world.pass(2);
    expect([await world.ready(), await placed()]).toEqual([`Ready=True ${powerState}`, 'host-b']);
    await world.delete();
    await world.pass(6);
    expect([await world.find(), world.machines(), world.disks()]).toEqual([undefined, [], []]);
  });

  test('before it was followed', async () => {
    await world.create();
    await world.pass(1);
    world.moveByHand(MIGRATED);
    await world.delete();
    await world.pass(8);
    expect([await world.find(), world.machines(), world.disks()]).toEqual([undefined, [], []]);
  });

  test('under EnsureExists', async () => {
    await world.create({ reconcilePolicy: 'EnsureExists' });
    await world.pass(1);
    world.moveByHand(MIGRATED);
    await world.pass(2);
    expect([await world.ready(), await placed()]).toEqual(['Ready=True LeftAlone', 'host-b']);
    await world.delete();
    await world.pass(6);
    expect([await world.find(), world.machines(), world.disks()]).toEqual([undefined, [], []]);
  });

  test('while the old host is silent: the object stays until what is left there is gone', async () => {
    await world.create();
    await world.pass(1);
    world.moveByHand(MIGRATED);
    await world.pass(2);
    world.host().turn('False');
    await world.delete();
    await world.pass(6);
    expect([await world.condition('Deleting'), world.machines().length]).toEqual(['True HostUnreachable', 1]);
    world.host().turn('True');
    await world.pass(3);
    expect([await world.find(), world.machines(), world.disks()]).toEqual([undefined, [], []]);
  });

  test('its status lost: the machine is found by its mark, and goes', async () => {
    await world.create();
    await world.pass(1);
    await world.stopOperator();
    await world.loseStatus();
    await world.delete();
    await world.startOperator();
    await world.pass(3);
    expect([await world.find(), world.machines(), world.disks()]).toEqual([undefined, [], []]);
  });

  test.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14])('killed after %d calls', async (calls) => {
    await world.create();
    await world.pass(1);
    world.moveByHand(MIGRATED);
    await world.pass(2);
    world.killAfter(calls);
    await world.delete();
    await world.pass(1);
    await world.restartOperator();
    await world.pass(8);
    expect([await world.find(), world.machines(), world.disks()]).toEqual([undefined, [], []]);
  });
});

test('deleting one whose two hosts share its pool: the disks go with the last machine, and none before', async () => {
  Object.assign(world.host('host-b').driver, { disks: world.host().driver.disks });
  await world.create();
  await world.pass(1);
  world.moveByHand(MIGRATED);
  await world.pass(2);
  const disksAtUndefine: number[] = [];
  for (const { driver } of world.hosts.list())
    driver.before = (verb) => {
      if (verb === 'undefine') disksAtUndefine.push(driver.disks.size);
    };
  await world.delete();
  await world.pass(6);
  expect([await world.find(), world.machines(), world.disks(), disksAtUndefine]).toEqual([undefined, [], [], [2, 2]]);
});

test('let go of: every copy, as it is', async () => {
  await world.create({ deletionPolicy: 'Retain' });
  await world.pass(1);
  world.moveByHand(MIGRATED);
  await world.pass(2);
  await world.delete();
  await world.pass(3);
  const left = world.machines().map(({ power, owner }) => [power, owner?.role]);
  expect([await world.find(), left]).toEqual([
    undefined,
    [
      ['Stopped', 'retained'],
      ['Running', 'retained'],
    ],
  ]);
});

test('two that live are not followed back and forth by what was seen of each before', async () => {
  await world.create({ shutdownTimeout: '0s' });
  await world.pass(1);
  Object.assign(world.machine(), { power: 'Running' });
  const here = world.machine();
  world.moveByHand(MIGRATED);
  Object.assign(here, { power: 'Running', powerReason: 'User' });
  world.hosts.tick();
  await world.settle();
  await world.delete();
  await world.pass(6);
  expect([await world.find(), world.machines()]).toEqual([undefined, []]);
  expect(world.log.messages('error')).toEqual([]);
});

test('gone, with a left-over of an earlier run elsewhere: made again on its own disks, not on those', async () => {
  await world.create();
  await world.pass(1);
  const left = world.moveByHand();
  Object.assign(left, { power: 'Stopped', powerReason: 'Migrated', owner: left.owner && { ...left.owner, runId: 'earlier' } });
  await world.pass(4);
  expect([await world.ready(), await placed(), world.machines().map(({ power }) => power)]).toEqual([
    'Ready=True Running',
    'host-a',
    ['Running', 'Stopped'],
  ]);
});

test('moved, ended, and gone there: made again on the disks that it had there, not on those it left', async () => {
  await world.create();
  await world.pass(1);
  world.moveByHand(MIGRATED);
  await world.pass(2);
  world.host('host-b').driver.machines.clear();
  await world.pass(4);
  expect([await world.ready(), await placed(), world.machines().map(({ power }) => power)]).toEqual([
    'Ready=True Running',
    'host-b',
    ['Stopped', 'Running'],
  ]);
});

test('a restart of the host that it was moved to is told from the guest’s own shutdown', async () => {
  await world.create();
  await world.pass(1);
  const moved = world.moveByHand();
  world.host('host-b').driver.bootId = 'boot-b';
  await world.pass(3);
  expect((await world.get()).status?.run?.bootId).toBe('boot-b');
  await world.restartOperator();
  Object.assign(moved, { power: 'Stopped', powerReason: 'Unknown' });
  world.host('host-b').driver.bootId = 'boot-c';
  await world.pass(3);
  expect([await world.ready(), moved.power]).toEqual(['Ready=True Running', 'Running']);
});

test.each(['Paused', 'Suspended'] as const)('%s here while it runs elsewhere: not resumed', async (power) => {
  await world.create({ powerState: power });
  await world.pass(1);
  const here = world.machine();
  Object.assign(world.moveByHand(MIGRATED), { power: 'Running', powerReason: 'User' });
  Object.assign(here, { power, powerReason: 'User' });
  await world.pass(1);
  await world.edit({ powerState: 'Running' });
  await world.pass(3);
  expect([await world.ready(), here.power]).toEqual(['Ready=False RunsTwice', power]);
});

test('a start that fails does not end what somebody else started meanwhile', async () => {
  await world.create({ powerState: 'Stopped' });
  await world.pass(1);
  world.host().driver.before = (verb) => {
    if (verb === 'startPaused') world.turn('Running', 'User');
    if (verb === 'applyFilters') throw new DriverError('Transient', 'no filters now');
  };
  await world.edit({ powerState: 'Running' });
  expect([world.machine().power, world.called('powerOff')]).toEqual(['Running', 0]);
});

test('a start that fails is undone', async () => {
  await world.create({ powerState: 'Stopped' });
  await world.pass(1);
  world.host().driver.before = (verb) => {
    if (verb === 'applyFilters') throw new DriverError('Transient', 'no filters now');
  };
  await world.edit({ powerState: 'Running' });
  expect([world.machine().power, world.called('powerOff')]).toEqual(['Stopped', 1]);
});
