/** Semantics that nobody should have to guess, played through whole controllers: actions that only look change nothing and wait for nobody. */
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DriverError } from '../../../drivers/labels.ts';
import { INSTANCE_ACTIONS } from '../../resources.ts';
import { InstanceWorld } from '../testing/instance-world.ts';

const PPM = Buffer.concat([Buffer.from('P6\n1 1\n255\n'), Buffer.from([1, 2, 3])]);

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
  await world.create();
  world.machine().insight = { printed: 'BOOTED\r\nlogin: ', screen: { format: 'PPM', content: PPM }, raw: { 'a.b': '1' } };
});
afterEach(() => world.stopOperator());

const seen = async (name: string) => (await world.api.find(INSTANCE_ACTIONS, { namespace: 'default', name }, world.call))?.status;

/** Of each kind one. */
async function lookAll(): Promise<void> {
  await world.act('d', { action: 'Diagnostics' });
  await world.act('c', { action: 'ConsoleLog' });
  await world.act('s', { action: 'Screenshot' });
  // A picture is made small beside the event loop.
  for (let turn = 0; turn < 10_000 && (await world.acted('s')) === 'none '; turn += 1) await setImmediate();
}
const all = async (): Promise<readonly string[]> => [await world.acted('d'), await world.acted('c'), await world.acted('s')];
const ALL_SEEN = Array(3).fill('Succeeded Observed');

test('what is seen is in the status of the action, by one write, and nothing else is written or done', async () => {
  const [changes, writes] = [world.changes(), world.writes()];
  await lookAll();
  expect(await all()).toEqual(ALL_SEEN);
  expect(await seen('d')).toMatchObject({
    diagnostics: {
      driver: 'memory',
      power: 'Running',
      startedAt: (await world.get()).status?.run?.startedAt,
      cpus: [{ id: 0, timeMs: 1_000 }],
      disks: [{ name: 'root', readBytes: 512 }],
      raw: { 'a.b': '1' },
    },
    startedAt: expect.any(String),
    finishedAt: expect.any(String),
    instanceUid: (await world.get()).metadata.uid,
  });
  expect((await seen('c'))?.consoleLog).toEqual({ text: 'BOOTED\nlogin: ' });
  expect((await seen('s'))?.screenshot).toMatchObject({ contentType: 'image/png', width: 1, height: 1 });
  expect([world.changes(), world.writes(), world.api.writes('hostler/actions').length]).toEqual([changes, writes, 3]);
});

test('seen once, it is not looked at again, and goes after an hour', async () => {
  await world.act('c', { action: 'ConsoleLog' });
  await world.pass(3);
  await world.restartOperator();
  await world.pass(1);
  expect(world.called('readConsoleLog')).toBe(1);
  await world.clock.advance(3_600_000);
  await world.settle();
  expect(await seen('c')).toBeUndefined();
});

test('of the console so much as is asked for', async () => {
  await world.act('l', { action: 'ConsoleLog', consoleLog: { lines: 1 } });
  await world.act('b', { action: 'ConsoleLog', consoleLog: { bytes: 3 } });
  expect([(await seen('l'))?.consoleLog, (await seen('b'))?.consoleLog]).toEqual([
    { text: 'login: ', truncated: true },
    { text: 'n: ', truncated: true },
  ]);
});

describe('where changes are refused, or wait, it is looked all the same', () => {
  test('locked', async () => {
    await world.edit({ lock: { reason: 'audit' } });
    await lookAll();
    await world.act('r', { action: 'Reboot' });
    expect([...(await all()), await world.acted('r')]).toEqual([...ALL_SEEN, 'Failed Locked']);
  });

  test('only watched', async () => {
    await world.edit({ reconcilePolicy: 'WatchOnly' });
    await lookAll();
    expect(await all()).toEqual(ALL_SEEN);
  });

  test('not even watched, it is refused', async () => {
    await world.edit({ reconcilePolicy: 'Disabled' });
    await lookAll();
    expect(await all()).toEqual(Array(3).fill('Failed BlockedByPolicy'));
  });

  test('another action is carried out, and goes on', async () => {
    await world.act('r', { action: 'Reboot', reboot: { type: 'Soft', timeout: '60s' } });
    world.host().driver.heedsShutdown = false;
    await world.act('r2', { action: 'Reboot', reboot: { type: 'Soft', timeout: '60s' } });
    await lookAll();
    expect(await all()).toEqual(ALL_SEEN);
    await world.pass(8);
    expect([await world.acted('r'), await world.acted('r2')]).toEqual(['Succeeded Rebooted', 'Succeeded Rebooted']);
  });

  test('a job runs on the machine', async () => {
    world.machine().busy = true;
    world.hosts.tick();
    await lookAll();
    expect(await all()).toEqual(ALL_SEEN);
  });

  test('a deletion waits for the guest', async () => {
    world.host().driver.heedsShutdown = false;
    await world.delete();
    await lookAll();
    expect(await all()).toEqual(ALL_SEEN);
  });
});

test('asked before there is an Instance, it waits for its machine', async () => {
  await world.act('later', { action: 'Diagnostics', instanceName: 'later' });
  expect(await world.acted('later')).toBe('Pending InstanceNotFound');
  await world.create({}, 'later');
  expect(await world.acted('later')).toBe('Succeeded Observed');
});

test('of a guest that is off there is only what it printed', async () => {
  await world.edit({ powerState: 'Stopped' });
  await world.pass(2);
  await lookAll();
  expect(await all()).toEqual(['Failed NotRunning', 'Succeeded Observed', 'Failed NotRunning']);
  expect(await world.ready()).toBe('Ready=True Stopped');
});

test('what a machine has not is told, and not asked for again', async () => {
  world.machine().insight = {};
  await lookAll();
  await world.pass(2);
  expect(await all()).toEqual(['Succeeded Observed', 'Failed ConsoleNotLogged', 'Failed NoScreen']);
  expect([world.called('readConsoleLog'), world.called('takeScreenshot')]).toEqual([1, 1]);
});

test('another one’s machine is not looked into', async () => {
  Object.assign(world.machine(), { owner: undefined });
  world.hosts.tick();
  await lookAll();
  expect(await all()).toEqual(Array(3).fill('Failed NotOurs'));
  expect(world.called('readConsoleLog')).toBe(0);
});

test('a host that is silent is waited for', async () => {
  world.host().turn('Unknown');
  await lookAll();
  await world.pass(3);
  expect(await all()).toEqual(Array(3).fill('Pending HostUnreachable'));
  world.host().turn('True');
  world.hosts.tick();
  await world.settle();
  expect(await all()).toEqual(ALL_SEEN);
});

test('what fails and may pass is tried three times', async () => {
  world.host().driver.before = (verb) => {
    if (verb === 'takeScreenshot') throw new DriverError('Transient', 'QEMU is at odds', { reason: 'Odd' });
  };
  await world.act('s', { action: 'Screenshot' });
  expect(await world.acted('s')).toBe('Pending Odd');
  await world.clock.advance(10_000);
  await world.settle();
  expect([await world.acted('s'), world.called('takeScreenshot'), await world.ready()]).toEqual(['Failed Odd', 3, 'Ready=True Running']);
});

test('a guest that hangs the call for its picture is given up, and nothing else of the host waits for it', async () => {
  world.host().driver.before = (verb) => {
    if (verb === 'takeScreenshot') throw new DriverError('HostUnreachable', 'not in time', { reason: 'DeadlineExceeded' });
  };
  await world.act('s', { action: 'Screenshot' });
  await world.act('c', { action: 'ConsoleLog' });
  expect([await world.acted('s'), await world.acted('c')]).toEqual(['Pending DeadlineExceeded', 'Succeeded Observed']);
  await world.clock.advance(10_000);
  await world.settle();
  expect(await world.acted('s')).toBe('Failed DeadlineExceeded');
});

test.each([0, 1, 2])('killed before call %d, it is seen all the same', async (calls) => {
  world.killAfter(calls);
  await world.act('c', { action: 'ConsoleLog' });
  await world.restartOperator();
  await world.pass(1);
  expect([await world.acted('c'), (await seen('c'))?.consoleLog?.text]).toEqual(['Succeeded Observed', 'BOOTED\nlogin: ']);
});
