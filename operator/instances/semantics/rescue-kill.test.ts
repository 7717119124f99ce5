/** The operator killed before every single call of a rescue, and of the way back. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { InstanceWorld } from '../testing/instance-world.ts';

const RESCUE = { rescue: { imageName: 'rescue-system' } } as const;
const WITHDRAWN = { rescue: null };

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
  await world.makeImage('rescue-system');
});
afterEach(() => world.stopOperator());

/** `root config rescue`, in their order. */
const disksOfMachine = (): string =>
  world
    .machine()
    .spec.disks.map(({ role }) => role)
    .join(' ');
const isRescued = async (): Promise<readonly unknown[]> => [
  await world.ready(),
  await world.condition('Rescued'),
  world.machine().owner?.role,
  world.machine().power,
];
const RESCUED = ['Ready=True Rescued', 'True Rescued', 'rescue', 'Running'];
const ITSELF = ['Ready=True Running', undefined, 'main', 'Running'];

const calls = Array.from({ length: 24 }, (_, index) => index);

test.each(calls)('of a rescue, before call %d', async (call) => {
  await world.create();
  world.killAfter(call);
  await world.edit(RESCUE);
  await world.restartOperator();
  await world.pass(2);
  expect([await isRescued(), disksOfMachine(), world.disks().length]).toEqual([RESCUED, 'root config rescue', 4]);
});

test.each(calls)('of the way back, before call %d', async (call) => {
  await world.create(RESCUE);
  await world.pass(1);
  world.killAfter(call);
  await world.edit(WITHDRAWN);
  await world.restartOperator();
  await world.pass(2);
  expect([await isRescued(), disksOfMachine(), world.disks().length]).toEqual([ITSELF, 'root config', 2]);
});

test.each(calls)('of a rescue, before call %d, and deleted then', async (call) => {
  await world.create();
  world.killAfter(call);
  await world.edit(RESCUE);
  await world.delete();
  await world.restartOperator();
  await world.pass(3);
  expect([await world.find(), world.machines(), world.disks()]).toEqual([undefined, [], []]);
});

test.each(calls)('of a rescue, before call %d, and not asked for any more', async (call) => {
  await world.create();
  world.killAfter(call);
  await world.edit(RESCUE);
  await world.stopOperator();
  await world.edit(WITHDRAWN);
  await world.restartOperator();
  await world.pass(2);
  expect([await isRescued(), disksOfMachine(), world.disks().length]).toEqual([ITSELF, 'root config', 2]);
});
