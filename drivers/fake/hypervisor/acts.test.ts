/** What people and hardware do to fake hosts, as control commands. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Driver } from '../../contract.ts';
import { call, owner, powerOf, run, spec, startFake, target, type TestFake } from '../fake.testing.ts';

let fake: TestFake;
let driver: Driver;

beforeEach(async () => {
  fake = await startFake();
  driver = await fake.driver();
  await run(driver, 'u');
});
afterEach(() => fake.stop());

const filtered = async () => {
  const { machines } = (await fake.control({ do: 'Show', host: 'a' })) as { machines: readonly { run?: { filtered: boolean } }[] };
  return machines.map((machine) => machine.run?.filtered);
};

test('a host that reboots ends its machines and forgets why; saved ones stay', async () => {
  await run(driver, 'saved');
  await driver.suspendToDisk(target('saved'), call());
  const before = await driver.observe(call());
  await fake.act({ act: 'rebootHost', host: 'a' });
  const after = await (await fake.driver()).observe(call());
  expect(after.bootId).not.toBe(before.bootId);
  expect(after.machines.map(({ name, power, powerReason }) => [name, power, powerReason])).toEqual([
    ['vm-u', 'Stopped', 'Unknown'],
    ['vm-saved', 'Suspended', 'Unknown'],
  ]);
});

test('a machine that is moved by hand is off here, for that reason, and runs there with its disks', async () => {
  const there = await fake.driver('b');
  const disk = { pool: 'default', name: 'root' };
  await driver.createDisk({ ...disk, sizeBytes: 4_096 }, call());
  await driver.define(spec('d', { disks: [{ ...disk, role: 'root' }] }), call());
  await driver.startPaused(target('d'), { runId: 'r', bootHash: 'h' }, call());
  await driver.unpause(target('d'), call());
  await fake.act({ act: 'migrate', host: 'a', machine: 'vm-d', toHost: 'b' });
  expect(await powerOf(driver, 'd')).toBe('Stopped (Migrated)');
  expect(await powerOf(there, 'd')).toBe('Running (Migrated)');
  expect((await there.inspect('d', call()))?.owner).toEqual({ ...owner('d'), runId: 'r', bootHash: 'h' });
  expect(await there.listDisks({ pools: ['default'], namePrefix: 'root' }, call())).toEqual([{ ...disk, capacityBytes: 4_096 }]);
  await there.pause(target('d'), call());
  await there.powerOff(target('d'), call());
});

test('with undefineSource nothing is left here', async () => {
  await fake.act({ act: 'migrate', host: 'a', machine: 'vm-u', toHost: 'b', undefineSource: true });
  expect(await powerOf(driver, 'u')).toBe('Gone');
});

test('a host that is down breaks its connections and takes no new ones, until it is up', async () => {
  await fake.act({ act: 'down', host: 'a' });
  await expect(fake.driver()).rejects.toMatchObject({ label: 'HostUnreachable', message: expect.stringContaining('is down') });
  await expect(driver.observe(call())).rejects.toMatchObject({ label: 'HostUnreachable' });
  await fake.driver('b');
  await fake.act({ act: 'up', host: 'a' });
  expect(await powerOf(await fake.driver(), 'u')).toBe('Running (Unpaused)');
});

test('any power state can be made up, also one that the host does not know', async () => {
  await fake.act({ act: 'setPower', host: 'a', machine: 'u', power: 'Unknown', reason: 'NoState' });
  expect(await powerOf(driver, 'u')).toBe('Unknown (NoState)');
  await expect(driver.pause(target('u'), call())).rejects.toMatchObject({ label: 'Conflict' });
  await driver.powerOff(target('u'), call());
  expect(await powerOf(driver, 'u')).toBe('Stopped (Destroyed)');
});

test('a mark can be taken away or replaced', async () => {
  await fake.act({ act: 'edit', host: 'a', machine: 'u', noOwner: true });
  expect((await driver.inspect('u', call()))?.owner).toBeUndefined();
  await fake.act({ act: 'edit', host: 'a', machine: 'u', owner: owner('other') });
  expect((await driver.inspect('u', call()))?.owner).toEqual(owner('other'));
});

test('disks can be lost', async () => {
  await driver.createDisk({ pool: 'default', name: 'd', sizeBytes: 1 }, call());
  await fake.act({ act: 'deleteDisk', host: 'a', pool: 'default', name: 'd' });
  expect(await driver.listDisks({ pools: ['default'], namePrefix: 'd' }, call())).toEqual([]);
});

test('disks can be brought', async () => {
  await fake.act({ act: 'makeDisk', host: 'a', pool: 'default', name: 'd', sizeBytes: 1 });
  expect(await driver.listDisks({ pools: ['default'], namePrefix: 'd' }, call())).toEqual([
    { pool: 'default', name: 'd', capacityBytes: 1 },
  ]);
});

test('every call is counted, and those that change things are remembered in order', async () => {
  await driver.observe(call());
  await expect(driver.pause(target('none'), call())).rejects.toMatchObject({ label: 'NotFound' });
  expect(await fake.control({ do: 'Stats' })).toMatchObject({ a: { define: 1, observe: 1, startPaused: 1, unpause: 1 } });
  expect(await fake.control({ do: 'Calls', subject: 'vm-u' })).toEqual(
    ['define', 'startPaused', 'unpause'].map((verb) => ({ host: 'a', verb, subjects: ['u', 'vm-u'], outcome: 'Done' })),
  );
  expect(await fake.control({ do: 'Calls', subject: 'none' })).toMatchObject([{ verb: 'pause', outcome: 'MachineNotFound' }]);
});

test('whether filters are in force can be seen', async () => {
  expect(await filtered()).toEqual([false]);
  await driver.applyFilters(target('u'), call());
  expect(await filtered()).toEqual([true]);
});

test('an observation carries only what changed, and the driver gives all of it', async () => {
  await run(driver, 'v');
  expect((await driver.observe(call())).machines).toHaveLength(2);
  const unchanged = await driver.observe(call());
  expect((await driver.observe(call())).machines).toBe(unchanged.machines);
  await driver.powerOff(target('u'), call());
  await driver.undefine(target('u'), call());
  expect((await driver.observe(call())).machines.map(({ name }) => name)).toEqual(['vm-v']);
});
