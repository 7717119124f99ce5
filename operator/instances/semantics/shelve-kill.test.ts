/** Shelving and the way back, with the operator killed before every call: offloaded once, or as it was, and nothing is lost or left over. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { INSTANCE_SNAPSHOTS } from '../../resources.ts';
import { disksOf, rootsOf } from '../testing/disk-names.ts';
import { InstanceWorld } from '../testing/instance-world.ts';

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
  await world.create({ placement: { hypervisorName: 'host-a' }, networks: [{ name: 'eth0', networkName: 'lab' }] });
  await world.pass(1);
});
afterEach(() => world.stopOperator());

const SHELVED = { lifecycle: { state: 'Shelved' } } as const;
const ACTIVE = { lifecycle: { state: 'Active' } } as const;
const told = async (): Promise<readonly unknown[]> => [await world.ready(), (await world.get()).status?.phase];
const shelves = (): readonly string[] => world.api.objects(INSTANCE_SNAPSHOTS).map(({ metadata }) => metadata.name);
const OFFLOADED = ['Ready=True Offloaded', 'Shelved'];
const RUNNING = ['Ready=True Running', 'Running'];
const FROM_COPY = [expect.stringMatching(/^root-1 snapshot-/)];

const CALLS = Array.from({ length: 40 }, (_, calls) => calls);

async function killedWhileShelving(calls: number): Promise<void> {
  world.killAfter(calls);
  await world.edit(SHELVED);
  await world.pass(2);
}

test.each(CALLS)('killed before call %d of shelving: it is offloaded, once', async (calls) => {
  await killedWhileShelving(calls);
  await world.restartOperator();
  await world.pass(5);
  expect([await told(), world.machines(), world.disks(), world.basesOf().length, shelves().length]).toEqual([OFFLOADED, [], [], 1, 1]);
  await world.edit(ACTIVE);
  await world.pass(3);
  expect(await told()).toEqual(RUNNING);
});

test.each(CALLS)('killed before call %d of shelving, and active then: it is whole, on its disk or on the copy', async (calls) => {
  await killedWhileShelving(calls);
  await world.stopOperator();
  await world.edit(ACTIVE);
  await world.restartOperator();
  await world.pass(6);
  const { resolved, lifecycle } = (await world.get()).status ?? {};
  const restored = resolved?.restored !== undefined;
  expect([rootsOf(world), disksOf(world).length, lifecycle]).toEqual([restored ? FROM_COPY : ['root-1 base-1'], 2, undefined]);
  expect([shelves().length, world.basesOf().length]).toEqual(restored ? [1, 1] : [0, 0]);
  // Who asked the guest to shut down was killed before anybody could know of it: that is the guest's own end, as after any stop.
  const unheard = !restored && world.machine().powerReason === 'GuestShutdown' && world.called('startPaused') === 1;
  expect(await told()).toEqual(unheard ? ['Ready=True GuestShutdown', 'Stopped'] : RUNNING);
});

test.each(CALLS)('killed before call %d of shelving, and deleted then: nothing is left', async (calls) => {
  await killedWhileShelving(calls);
  await world.delete();
  await world.restartOperator();
  await world.pass(9);
  expect([await world.find(), world.machines(), world.disks(), world.basesOf(), shelves()]).toEqual([undefined, [], [], [], []]);
});

test.each(CALLS)('killed before call %d of the way back: it runs, from the copy', async (calls) => {
  await world.edit(SHELVED);
  await world.pass(3);
  world.killAfter(calls);
  await world.edit(ACTIVE);
  await world.pass(1);
  await world.restartOperator();
  await world.pass(5);
  expect([await told(), rootsOf(world), disksOf(world).length]).toEqual([RUNNING, FROM_COPY, 2]);
});

test.each(CALLS)('killed before call %d of the way back, and deleted then: nothing is left', async (calls) => {
  await world.edit(SHELVED);
  await world.pass(3);
  world.killAfter(calls);
  await world.edit(ACTIVE);
  await world.pass(1);
  await world.delete();
  await world.restartOperator();
  await world.pass(9);
  expect([await world.find(), world.machines(), world.disks(), world.basesOf(), shelves()]).toEqual([undefined, [], [], [], []]);
});
