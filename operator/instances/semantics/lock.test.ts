/** Semantics that nobody should have to guess, played through the whole controller: `spec.lock`. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { findCondition } from '../../kernel/status/conditions.ts';
import { InstanceWorld } from '../testing/instance-world.ts';

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
});
afterEach(() => world.stopOperator());

const LOCK = { lock: { reason: 'audit' } };
const CHANGING = ['define', 'startPaused', 'unpause', 'signalShutdown', 'powerOff', 'pause', 'undefine', 'deleteDisk', 'createDisk'];
const changes = (): number => CHANGING.reduce((sum, verb) => sum + world.called(verb), 0);

test('an edit waits, and says what for; an Instance that is as asked is Ready', async () => {
  await world.create();
  await world.edit(LOCK);
  expect(await world.ready()).toBe('Ready=True Running');
  const before = changes();
  await world.edit({ powerState: 'Stopped' });
  await world.pass(3);
  expect([await world.ready(), world.machine().power, changes()]).toEqual(['Ready=False Locked', 'Running', before]);
  expect(findCondition((await world.get()).status?.conditions, 'Ready')?.message).toContain('audit');
  await world.edit({ lock: null });
  await world.pass(1);
  expect(await world.ready()).toBe('Ready=True Stopped');
});

test('what happens to the guest is seen and told, and nothing is done about it', async () => {
  await world.create(LOCK);
  expect([await world.ready(), world.machines()]).toEqual(['Ready=False Locked', []]);
  await world.edit({ lock: null });
  await world.edit(LOCK);
  world.turn('Stopped', 'Destroyed');
  await world.pass(2);
  expect([await world.ready(), await world.condition('Running'), world.machine().power]).toEqual([
    'Ready=False Locked',
    'False Destroyed',
    'Stopped',
  ]);
});

test('a stop that was under way stands still, and goes on when the lock is gone', async () => {
  world.host().driver.heedsShutdown = false;
  await world.create({ shutdownTimeout: '25s' });
  await world.edit({ powerState: 'Stopped' });
  await world.edit(LOCK);
  await world.pass(6);
  expect([world.called('powerOff'), world.machine().power]).toEqual([0, 'Running']);
  await world.edit({ lock: null });
  await world.pass(1);
  expect([world.called('powerOff'), await world.ready()]).toEqual([1, 'Ready=True Stopped']);
});

test('actions are refused, and one that is under way is withdrawn', async () => {
  world.host().driver.heedsShutdown = false;
  await world.create();
  await world.act('again', { action: 'Reboot' });
  await world.edit(LOCK);
  await world.act('dump', { action: 'CrashDump' });
  await world.pass(8);
  expect([await world.acted('again'), await world.acted('dump')]).toEqual(['Failed Locked', 'Failed Locked']);
  expect((await world.get()).status?.action).toMatchObject({ name: 'again', phase: 'Failed', reason: 'Withdrawn' });
  expect([world.called('powerOff'), world.called('injectNmi'), world.machine().power]).toEqual([0, 0, 'Running']);
});

test.each(['Retain', 'Abandon'] as const)('a deletion waits, naming the field; %s works all the same', async (deletionPolicy) => {
  await world.create(LOCK);
  await world.edit({ lock: null });
  await world.edit(LOCK);
  await world.delete();
  await world.pass(3);
  expect([await world.condition('Deleting'), world.machine().power]).toEqual(['True BlockedByPolicy', 'Running']);
  expect(findCondition((await world.get()).status?.conditions, 'Deleting')?.message).toContain('spec.lock');
  await world.edit({ deletionPolicy });
  await world.pass(2);
  expect([await world.find(), world.machine().power]).toEqual([undefined, 'Running']);
});

test('what was never made is deleted, locked or not', async () => {
  await world.create(LOCK);
  await world.delete();
  await world.pass(2);
  expect(await world.find()).toBeUndefined();
});
