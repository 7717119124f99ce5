/** Semantics that nobody should have to guess, played through the whole controller: how much room a host is taken to have. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { InstanceWorld } from '../testing/instance-world.ts';
import { MIB } from '../testing/memory-driver.ts';

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
});
afterEach(() => world.stopOperator());

const hostOf = async (name = 'demo'): Promise<string | undefined> => (await world.find(name))?.status?.hypervisorName;
const readings = (): number => world.hosts.list().reduce((sum, { readings: some }) => sum + some, 0);
/** Every reading is older than a minute. */
const wait = (): Promise<void> => world.pass(7);

test('a pool that guests have filled since it was read is not chosen', async () => {
  await wait();
  world.host('host-a').free = 8 * MIB;
  await world.create();
  expect([await hostOf(), await world.ready()]).toEqual(['host-b', 'Ready=True Running']);
});

test('where all are full it waits, and is made when there is room again', async () => {
  await wait();
  for (const host of world.hosts.list()) host.free = 8 * MIB;
  await world.create();
  await world.pass(2);
  expect([await hostOf(), await world.ready()]).toEqual([undefined, 'Ready=False NoHypervisorFits']);
  world.host('host-b').free = 64 * MIB;
  await world.pass(90);
  expect([await hostOf(), await world.ready()]).toEqual(['host-b', 'Ready=True Running']);
});

test('what was promised to one is not promised to another before the pool was read again', async () => {
  for (const host of world.hosts.list()) host.free = 24 * MIB;
  await wait();
  await world.create({}, 'a');
  await world.create({}, 'b');
  expect([await hostOf('a'), await hostOf('b')]).toEqual(['host-a', 'host-b']);
  await world.create({}, 'c');
  expect(await world.ready('c')).toBe('Ready=False NoHypervisorFits');
  // Nobody wrote to those disks.
  await world.pass(12);
  expect(await world.ready('c')).toBe('Ready=True Running');
});

test('a host is read for those who come at once together, and not at rest', async () => {
  await wait();
  const before = readings();
  for (const name of ['a', 'b', 'c', 'd']) await world.create({}, name);
  expect(readings()).toBe(before + 1);
  await world.pass(100);
  expect(readings()).toBe(before + 1);
});

test('one that cannot be read is judged by what it told before', async () => {
  await wait();
  world.host('host-a').readFacts = () => new Promise(() => undefined);
  const creating = world.create();
  await creating;
  await world.clock.advance(3_000);
  await world.pass(1);
  expect([await hostOf(), await world.ready()]).toEqual(['host-a', 'Ready=True Running']);
});
