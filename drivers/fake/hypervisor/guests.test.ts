/** Guests in time: what happens on a fake host by itself. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Driver } from '../../contract.ts';
import { call, powerOf, run, spec, startFake, target, type TestFake } from '../fake.testing.ts';
import type { GuestRule } from './guest-rules.ts';
import { manualTimers, type ManualTimers } from './timers.testing.ts';

let timers: ManualTimers;
let fake: TestFake;
let driver: Driver;

const guests: readonly GuestRule[] = [
  { machine: 'vm-deaf', acpi: 'Ignores' },
  { machine: 'vm-slow', bootMs: 5_000, shutdownMs: 2_000 },
  { machine: 'vm-crashing', bootMs: 1_000, ends: { by: 'guestCrash', afterMs: 500 } },
  { machine: 'vm-leaving', ends: { by: 'guestShutdown', afterMs: 500 } },
  { machine: 'vm-full', ends: { by: 'ioError', afterMs: 500 } },
];

beforeEach(async () => {
  timers = manualTimers();
  fake = await startFake({ guests: [...guests] }, timers);
  driver = await fake.driver();
});
afterEach(() => fake.stop());

test('a guest obeys a shutdown signal at once, when nothing else is said', async () => {
  await run(driver, 'plain');
  await driver.signalShutdown(target('plain'), call());
  expect(await powerOf(driver, 'plain')).toBe('Stopped (GuestShutdown)');
});

test('a deaf guest ignores it', async () => {
  await run(driver, 'deaf');
  await driver.signalShutdown(target('deaf'), call());
  timers.pass(60_000);
  expect(await powerOf(driver, 'deaf')).toBe('Running (Unpaused)');
});

test('a guest that is booting does not hear it; once up it takes its time', async () => {
  await run(driver, 'slow');
  timers.pass(4_000);
  await driver.signalShutdown(target('slow'), call());
  timers.pass(10_000);
  expect(await powerOf(driver, 'slow')).toBe('Running (Unpaused)');
  await driver.signalShutdown(target('slow'), call());
  timers.pass(1_999);
  expect(await powerOf(driver, 'slow')).toBe('Running (Unpaused)');
  timers.pass(1);
  expect(await powerOf(driver, 'slow')).toBe('Stopped (GuestShutdown)');
});

test.each<{ uid: string; power: string }>`
  uid           | power
  ${'crashing'} | ${'Stopped (Crashed)'}
  ${'leaving'}  | ${'Stopped (GuestShutdown)'}
  ${'full'}     | ${'Paused (IOError)'}
`('guest $uid ends up $power', async ({ uid, power }) => {
  await run(driver, uid);
  expect(await powerOf(driver, uid)).toBe('Running (Unpaused)');
  timers.pass(1_500);
  expect(await powerOf(driver, uid)).toBe(power);
});

test('what was meant for one run does not end the next', async () => {
  await run(driver, 'crashing');
  timers.pass(1_200);
  await driver.powerOff(target('crashing'), call());
  await run(driver, 'crashing');
  timers.pass(400);
  expect(await powerOf(driver, 'crashing')).toBe('Running (Unpaused)');
  timers.pass(1_100);
  expect(await powerOf(driver, 'crashing')).toBe('Stopped (Crashed)');
});

test('addresses are known while the guest is up', async () => {
  const mac = '02:00:00:0a:0b:0c';
  const interfaces = [{ name: 'eth0', mac, source: { network: 'default' } }];
  await driver.define(spec('slow', { interfaces }), call());
  await driver.startPaused(target('slow'), { runId: 'r', bootHash: 'h' }, call());
  await driver.unpause(target('slow'), call());
  expect((await driver.inspect('slow', call()))?.interfaces).toEqual([{ mac, addresses: [] }]);
  timers.pass(5_000);
  expect((await driver.inspect('slow', call()))?.interfaces).toEqual([{ mac, addresses: ['10.10.11.13'] }]);
});
