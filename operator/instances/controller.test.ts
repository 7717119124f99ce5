import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { InstanceWorld } from './testing/instance-world.ts';
import { MemoryHost } from './testing/memory-hosts.ts';

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
});
afterEach(() => world.stopOperator());

const SPAWN_CALLS = ['locate', 'createDisk', 'writeDisk', 'define', 'startPaused', 'applyFilters', 'unpause', 'inspect'];

test('a new Instance boots in one pass, with three writes, and costs none at rest', async () => {
  await world.create({ networks: [{ name: 'eth0', networkName: 'lab' }] });
  expect(await world.ready()).toBe('Ready=True Running');
  expect(world.writes()).toBe(3);
  expect(world.machine().power).toBe('Running');
  expect(world.host().driver.calls).toEqual(SPAWN_CALLS);
  await world.pass();
  expect(world.writes()).toBe(3);
});

test('a restart of the operator costs no write', async () => {
  await world.create();
  await world.pass(1);
  await world.restartOperator();
  await world.pass();
  expect(world.writes()).toBe(3);
});

test('a host that answers and refuses keeps no Instance from being placed elsewhere', async () => {
  const refusing = new MemoryHost('host-c', world.clock);
  refusing.turn('Unknown');
  world.hosts.add(refusing);
  await world.create();
  expect(await world.ready()).toBe('Ready=True Running');
});

test('an Instance on a host that refuses is not called ready', async () => {
  await world.create();
  world.host().turn('Unknown');
  await world.restartOperator();
  await world.pass();
  expect(await world.ready()).toBe('Ready=Unknown HostUnreachable');
});

test('a machine that is deleted leaves nothing', async () => {
  await world.create();
  await world.delete();
  await world.pass(2);
  expect([await world.find(), world.machines(), world.disks()]).toEqual([undefined, [], []]);
});

describe('killed before every single call to host or API', () => {
  const CALLS = SPAWN_CALLS.length + 3;

  test.each(Array.from({ length: CALLS + 1 }, (_, calls) => calls))('of a spawn, after %d', async (calls) => {
    world.killAfter(calls);
    await world.create();
    await world.restartOperator();
    await world.pass();
    expect(await world.ready()).toBe('Ready=True Running');
    expect(world.machine()).toMatchObject({ power: 'Running', filtered: true });
    expect(world.disks()).toHaveLength(2);
  });

  test.each(Array.from({ length: 16 }, (_, calls) => calls))('of a deletion, after %d', async (calls) => {
    await world.create();
    world.killAfter(calls);
    await world.delete();
    await world.pass(1);
    await world.restartOperator();
    await world.pass();
    expect([await world.find(), world.machines(), world.disks()]).toEqual([undefined, [], []]);
  });

  test.each(Array.from({ length: 12 }, (_, calls) => calls))('of a start, after %d', async (calls) => {
    await world.create({ powerState: 'Stopped' });
    await world.edit({ flavorName: 'small', metadata: { a: '1' } });
    world.killAfter(calls);
    await world.edit({ powerState: 'Running' });
    await world.restartOperator();
    await world.pass();
    expect(await world.ready()).toBe('Ready=True Running');
    expect(world.machine()).toMatchObject({ power: 'Running', filtered: true, spec: { vcpus: 2 } });
  });
});
