/** What cuts off a rebuild, shelving above all: what it left is tidied up after, and status tells of the disk that there is. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { DriverError } from '../../../drivers/labels.ts';
import { rootsOf } from '../testing/disk-names.ts';
import { InstanceWorld } from '../testing/instance-world.ts';

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
  await world.makeImage('next');
});
afterEach(() => world.stopOperator());

const SHELVED = { lifecycle: { state: 'Shelved', offloadAfter: '1h' } } as const;
const ACTIVE = { lifecycle: { state: 'Active' } } as const;
const root = async () => (await world.get()).status?.disks?.find(({ role }) => role === 'root')?.volume;

test('shelved before the definition was switched: the new disk goes', async () => {
  world.host().driver.heedsShutdown = false;
  await world.create({ shutdownTimeout: '15s' });
  await world.act('new', { action: 'Rebuild' });
  expect(rootsOf(world)).toEqual(['root-1 base-1', 'root-2 base-1']);
  await world.edit(SHELVED);
  await world.pass(6);
  expect([await world.ready(), await world.acted('new'), rootsOf(world)]).toEqual([
    'Ready=True Shelved',
    'Failed Shelved',
    ['root-1 base-1'],
  ]);
});

test('and another action is refused before the new disk could go: it goes all the same', async () => {
  world.host().driver.heedsShutdown = false;
  await world.create({ shutdownTimeout: '15s' });
  await world.act('new', { action: 'Rebuild' });
  await world.act('next', { action: 'Rebuild' });
  await world.edit({ adopt: { machineId: 'another' } });
  await world.pass(2);
  expect([await world.acted('new'), await world.acted('next')]).toEqual(['Failed AdoptionNotAllowed', 'Failed AdoptionNotAllowed']);
  await world.edit({ adopt: null });
  await world.pass(2);
  expect([await world.ready(), rootsOf(world)]).toEqual(['Ready=True Running', ['root-1 base-1']]);
});

test('shelved after it: the old disk goes, and the machine counts as made from the new image', async () => {
  await world.create();
  await world.edit({ imageName: 'next' });
  world.host().driver.before = (called) => {
    if (called === 'startPaused') throw new DriverError('Transient', 'cannot start', { reason: 'StartFailed' });
  };
  await world.act('new', { action: 'Rebuild' });
  expect(world.machine().spec.disks[0]?.name).toMatch(/root-2$/);
  await world.edit(SHELVED);
  await world.pass(6);
  expect([await world.ready(), rootsOf(world), await root()]).toEqual([
    'Ready=True Shelved',
    ['root-2 base-next'],
    world.machine().spec.disks[0]?.name,
  ]);
  world.host().driver.before = () => undefined;
  await world.edit(ACTIVE);
  await world.pass(3);
  expect([await world.ready(), rootsOf(world)]).toEqual(['Ready=True Running', ['root-2 base-next']]);
});

test('shelved after it, and off its host: made from the copy, it counts as made from the new image', async () => {
  await world.create();
  await world.edit({ imageName: 'next' });
  world.host().driver.before = (called) => {
    if (called === 'startPaused') throw new DriverError('Transient', 'cannot start', { reason: 'StartFailed' });
  };
  await world.act('new', { action: 'Rebuild' });
  await world.edit({ lifecycle: { state: 'Shelved' } });
  await world.pass(6);
  expect([await world.ready(), rootsOf(world)]).toEqual(['Ready=True Offloaded', []]);
  world.host().driver.before = () => undefined;
  await world.edit(ACTIVE);
  await world.pass(4);
  expect(await world.ready()).toBe('Ready=True Running');
});

test('a disk that cannot be removed keeps nobody from stopping and starting the guest, and goes once it can be', async () => {
  await world.create();
  await world.edit({ imageName: 'next' });
  let stuck = true;
  world.host().driver.before = (called) => {
    if (called === 'startPaused' && stuck) throw new DriverError('InsufficientCapacity', 'no memory');
    if (called === 'deleteDisk' && stuck) throw new DriverError('Transient', 'the pool does not answer');
  };
  await world.act('new', { action: 'Rebuild' });
  await world.pass(3);
  world.host().driver.before = (called) => {
    if (called === 'deleteDisk' && stuck) throw new DriverError('Transient', 'the pool does not answer');
  };
  await world.pass(3);
  expect([await world.acted('new'), world.machine().power]).toEqual(['Failed InsufficientCapacity', 'Running']);
  await world.edit({ powerState: 'Stopped' });
  await world.pass(4);
  expect([world.machine().power, rootsOf(world)]).toEqual(['Stopped', ['root-1 base-1', 'root-2 base-next']]);
  await world.edit({ powerState: 'Running' });
  await world.pass(4);
  expect(world.machine().power).toBe('Running');
  stuck = false;
  await world.pass(4);
  expect([await world.ready(), rootsOf(world)]).toEqual(['Ready=True Running', ['root-2 base-next']]);
});

test('and where the guest cannot be started either, neither is tried without a pause', async () => {
  await world.create();
  await world.edit({ imageName: 'next' });
  world.host().driver.before = (called) => {
    if (called === 'startPaused' || called === 'deleteDisk') throw new DriverError('Transient', 'the pool does not answer');
  };
  await world.act('new', { action: 'Rebuild' });
  await world.pass(3);
  const tried = () => world.called('startPaused') + world.called('deleteDisk');
  const before = tried();
  await world.clock.advance(600_000);
  await world.pass(2);
  expect(tried() - before).toBeGreaterThan(2);
  expect(tried() - before).toBeLessThan(30);
});
