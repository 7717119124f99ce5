/** Semantics that nobody should have to guess: copies that wait for their turn on a host are in nobody's way. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { DriverError } from '../../../drivers/labels.ts';
import type { Turn } from '../../images/transfers/fair-slots.ts';
import { InstanceWorld } from '../testing/instance-world.ts';
import { memoryAgent } from '../testing/memory-agent.ts';
import { READS } from '../testing/reading-verbs.ts';

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
});
afterEach(() => world.stopOperator());

/** Others keep the host busy until the returned function is called. */
async function occupy(hostName = 'host-a'): Promise<() => void> {
  const take = (namespace: string): Promise<Turn> => world.turns.join(hostName, namespace, 'Copy').turn(new AbortController().signal);
  const held = await Promise.all([take('x'), take('y')]);
  return () => held.forEach((turn) => turn.end());
}

const copied = (): number => world.called('captureBase') + world.called('copyToBase');

test('a snapshot that waits for its turn leaves its Instance as ready as it is', async () => {
  await world.create();
  await world.pass(2);
  const free = await occupy();
  await world.snapshot();
  await world.pass(3);
  expect([await world.snapped(), await world.ready(), copied()]).toEqual(['Pending Accepted', 'Ready=True Running', 0]);
  expect((await world.get()).status?.action).toBeUndefined();
  const before = world.api.writes().length;
  await world.pass(12);
  expect(world.api.writes()).toHaveLength(before);
  free();
  await world.pass(2);
  expect([await world.snapped(), await world.ready(), copied()]).toEqual(['Succeeded Captured', 'Ready=True Running', 1]);
});

test('it is stopped, started, resized and rebooted meanwhile, and the snapshot has its turn after that', async () => {
  await world.create();
  await world.pass(2);
  const free = await occupy();
  await world.snapshot();
  await world.edit({ powerState: 'Stopped' });
  await world.pass(3);
  expect([await world.ready(), world.machine().power]).toEqual(['Ready=True Stopped', 'Stopped']);
  await world.edit({ powerState: 'Running', flavorName: 'big', resize: { confirm: 'Automatic' } });
  await world.pass(6);
  expect([await world.ready(), (await world.get()).status?.resolved?.flavorName]).toEqual(['Ready=True Running', 'big']);
  await world.act('again', { action: 'Reboot', reboot: { type: 'Hard' } });
  await world.pass(3);
  expect([await world.acted('again'), await world.snapped(), copied()]).toEqual(['Succeeded Rebooted', 'Pending Accepted', 0]);
  free();
  await world.pass(3);
  expect([await world.snapped(), await world.ready(), copied()]).toEqual(['Succeeded Captured', 'Ready=True Running', 1]);
});

test('it is deleted meanwhile, and nothing of the snapshot waits any more', async () => {
  await world.create();
  await world.pass(2);
  const free = await occupy();
  await world.snapshot();
  await world.delete();
  await world.pass(6);
  expect([world.machines(), copied()]).toEqual([[], 0]);
  free();
  await world.pass(3);
  expect([(await world.snapped()).split(' ')[0], copied(), world.basesOf()]).toEqual(['Failed', 0, []]);
});

test('a snapshot that is deleted while it waits gives its place up', async () => {
  await world.create();
  await world.pass(2);
  const free = await occupy();
  await world.snapshot();
  await world.pass(1);
  await world.deleteSnapshot();
  await world.pass(2);
  expect(await world.snapped()).toBe('none ');
  free();
  await world.pass(2);
  expect([copied(), await world.ready()]).toEqual([0, 'Ready=True Running']);
});

test('one that was begun waits for its turn as well when the operator was killed, and a stop does not wait for it', async () => {
  await world.create();
  await world.pass(2);
  const { promise, reject } = Promise.withResolvers<void>();
  world.host().driver.before = (verb) => (verb === 'captureBase' ? promise : undefined);
  await world.snapshot();
  await world.pass(1);
  expect(await world.ready()).toBe('Ready=False Capturing');
  reject(new Error('killed'));
  await world.stopOperator();
  world.host().driver.before = () => undefined;
  const starting = world.startOperator();
  const free = await occupy();
  await starting;
  await world.edit({ powerState: 'Stopped' });
  await world.pass(3);
  expect([world.machine().power, await world.snapped()]).toEqual(['Stopped', 'Running Begun']);
  free();
  await world.pass(3);
  expect([await world.snapped(), await world.ready()]).toEqual(['Succeeded Captured', 'Ready=True Stopped']);
});

test('what an operator that was killed held still is let go of first, before all else, and before its turn', async () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
  for (const name of names) await world.create({ placement: { hypervisorName: 'host-a' } }, name);
  await world.create({ placement: { hypervisorName: 'host-a' } }, 'zzz');
  await world.pass(3);
  const { promise, reject } = Promise.withResolvers<void>();
  world.host().driver.before = (verb) => (verb === 'captureBase' ? promise : undefined);
  await world.snapshot('snap', { instanceName: 'zzz' });
  await world.pass(1);
  reject(new Error('killed'));
  await world.stopOperator();
  world.host().driver.before = () => undefined;
  for (const name of names) await world.edit({ powerState: 'Stopped' }, name);
  const before = world.host().driver.calls.length;
  const starting = world.startOperator();
  const free = await occupy();
  await starting;
  await world.pass(2);
  const changing = world
    .host()
    .driver.calls.slice(before)
    .filter((verb) => !READS.has(verb));
  // Among those that four workers took first.
  expect(changing.indexOf('endCapture')).toBeLessThan(4);
  expect(changing.filter((verb) => verb === 'endCapture' || verb === 'signalShutdown')).toHaveLength(9);
  expect([await world.snapped(), copied()]).toEqual(['Running Begun', 1]);
  free();
  await world.pass(2);
  expect([await world.snapped(), copied()]).toEqual(['Succeeded Captured', 2]);
});

test('and what is frozen for longer than it should be is thawed first', async () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l'];
  for (const name of names) await world.create({ placement: { hypervisorName: 'host-a' } }, name);
  await world.create({ placement: { hypervisorName: 'host-a' } }, 'zzz');
  await world.pass(3);
  const guest = world.machines().find(({ name }) => name.includes('zzz'));
  Object.assign(guest ?? {}, { agent: memoryAgent() });
  await world.act('hold', { instanceName: 'zzz', action: 'Freeze', freeze: { timeout: '30s' } });
  await world.pass(1);
  expect(await world.acted('hold')).toBe('Succeeded Frozen');
  await world.stopOperator();
  await world.clock.advance(60_000);
  for (const name of names) await world.edit({ powerState: 'Stopped' }, name);
  const before = world.host().driver.calls.length;
  await world.startOperator();
  await world.pass(2);
  const changing = world
    .host()
    .driver.calls.slice(before)
    .filter((verb) => !READS.has(verb));
  expect(changing.indexOf('thawGuest')).toBeGreaterThanOrEqual(0);
  expect(changing.indexOf('thawGuest')).toBeLessThan(4);
  expect((await world.get('zzz')).status?.freeze).toBeUndefined();
});

test('and so is the guest whose Volume an operator that was killed was copying', async () => {
  await world.createVolume('data', { hypervisorName: 'host-a' });
  await world.create({ volumes: [{ name: 'data', volumeName: 'data' }] });
  await world.pass(2);
  const { promise, reject } = Promise.withResolvers<void>();
  world.host().driver.before = (verb) => (verb === 'captureBase' ? promise : undefined);
  await world.createVolume('copy', { sourceVolumeName: 'data' });
  await world.pass(1);
  expect(await world.volume('copy')).toBe('Creating Ready=False Copying');
  reject(new Error('killed'));
  await world.stopOperator();
  world.host().driver.before = () => undefined;
  const starting = world.startOperator();
  const free = await occupy();
  await starting;
  await world.pass(3);
  expect([await world.volume('copy'), world.called('endCapture')]).toEqual(['Creating Ready=False CopyQueued', 1]);
  free();
  await world.pass(2);
  expect([await world.volume('copy'), copied()]).toEqual(['Available Ready=True Available', 2]);
});

test('what is shelved waits for the turn of its copy, and comes back at once while it only waits', async () => {
  await world.create();
  await world.pass(2);
  const free = await occupy();
  await world.edit({ lifecycle: { state: 'Shelved' } });
  await world.pass(4);
  expect([await world.ready(), world.machine().power, copied()]).toEqual(['Ready=False Shelving', 'Stopped', 0]);
  await world.edit({ lifecycle: null });
  await world.pass(3);
  expect([await world.ready(), copied()]).toEqual(['Ready=True Running', 0]);
  await world.edit({ lifecycle: { state: 'Shelved' } });
  await world.pass(3);
  free();
  await world.pass(8);
  expect([await world.ready(), copied()]).toEqual(['Ready=True Offloaded', 1]);
});

test('a Volume that waits for the turn of its copy keeps no guest from what is to be copied', async () => {
  await world.createVolume('data', { hypervisorName: 'host-a' });
  await world.create();
  await world.pass(2);
  const free = await occupy();
  await world.createVolume('copy', { sourceVolumeName: 'data' });
  await world.edit({ volumes: [{ name: 'data', volumeName: 'data' }] });
  await world.pass(3);
  expect([await world.volume('copy'), await world.ready(), copied()]).toEqual(['Creating Ready=False CopyQueued', 'Ready=True Running', 0]);
  expect(await world.attached()).toEqual(['data Attached']);
  free();
  await world.pass(2);
  expect([await world.volume('copy'), world.called('captureBase')]).toEqual(['Available Ready=True Available', 1]);
});

test('a copy that broke off has its guest let go of before it waits for another turn', async () => {
  await world.create();
  await world.pass(2);
  const { promise, reject } = Promise.withResolvers<void>();
  world.host().driver.before = (verb) => (verb === 'captureBase' ? promise : undefined);
  await world.snapshot();
  await world.pass(1);
  const occupied = occupy();
  const other = occupy();
  reject(new DriverError('Transient', 'the connection broke'));
  await world.settle();
  world.host().driver.before = () => undefined;
  await world.pass(4);
  expect([await world.snapped(), copied(), world.called('endCapture')]).toEqual(['Running Begun', 1, 1]);
  (await occupied)();
  (await other)();
  await world.pass(4);
  expect([await world.snapped(), await world.ready()]).toEqual(['Succeeded Captured', 'Ready=True Running']);
});

test('and so has the guest whose Volume was being copied', async () => {
  await world.createVolume('data', { hypervisorName: 'host-a' });
  await world.create({ volumes: [{ name: 'data', volumeName: 'data' }] });
  await world.pass(2);
  const { promise, reject } = Promise.withResolvers<void>();
  world.host().driver.before = (verb) => (verb === 'captureBase' ? promise : undefined);
  await world.createVolume('copy', { sourceVolumeName: 'data' });
  await world.pass(1);
  const waiting = [occupy(), occupy()];
  reject(new DriverError('Transient', 'the connection broke'));
  await world.settle();
  world.host().driver.before = () => undefined;
  await world.pass(4);
  expect([await world.volume('copy'), copied(), world.called('endCapture')]).toEqual(['Creating Ready=False CopyQueued', 1, 1]);
  for (const free of waiting) (await free)();
  await world.pass(4);
  expect(await world.volume('copy')).toBe('Available Ready=True Available');
});
