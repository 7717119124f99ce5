/** Scripts as a client meets them: latency, faults, events, hosts and the timeline. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { setImmediate as turn } from 'node:timers/promises';
import type { Driver, HostEvent } from '../../contract.ts';
import { call, powerOf, run, spec, startFake, target, type TestFake } from '../fake.testing.ts';
import { parseScript, type Script } from './script.ts';
import { manualTimers, type ManualTimers } from './timers.testing.ts';

let timers: ManualTimers;
let fake: TestFake;
let driver: Driver;

beforeEach(async () => {
  timers = manualTimers();
  fake = await startFake(undefined, timers);
  driver = await fake.driver();
});
afterEach(() => fake.stop());

const add = (script: Script) => fake.control({ do: 'AddScript', script });
const failure = (label: string) => expect.objectContaining({ label });
/** Lets what is on its way arrive. */
const arrive = async () => {
  for (let turns = 0; turns < 20; turns++) await turn();
};

/** How many power changes are heard of a machine that was started, unpaused and powered off. */
const powers = async (script: Script): Promise<number> => {
  await add(script);
  const events: HostEvent[] = [];
  driver.onEvent((event) => events.push(event));
  await run(driver, 'u');
  await driver.powerOff(target('u'), call());
  await arrive();
  timers.pass(60_000);
  await arrive();
  return events.filter((event) => event.kind === 'Machine' && event.change === 'Power').length;
};

describe('faults', () => {
  test('a verb fails as often as asked, with its label, then works', async () => {
    await add({ faults: [{ verb: 'define', do: 'Fail', times: 2, label: 'InsufficientCapacity', reason: 'NoRoom', message: 'full' }] });
    for (let attempt = 0; attempt < 2; attempt++) {
      await expect(driver.define(spec('u'), call())).rejects.toMatchObject({
        label: 'InsufficientCapacity',
        reason: 'NoRoom',
        message: 'full',
      });
    }
    await driver.define(spec('u'), call());
  });

  test('it passes so many calls first', async () => {
    await add({ faults: [{ verb: 'observe', do: 'Fail', skip: 1, times: 1 }] });
    await driver.observe(call());
    await expect(driver.observe(call())).rejects.toEqual(failure('Transient'));
    await driver.observe(call());
  });

  test('only the host and the machine named are hit', async () => {
    await add({ faults: [{ verb: 'define', host: 'b', subject: 'vm-*', do: 'Fail' }] });
    const other = await fake.driver('b');
    await driver.define(spec('u'), call());
    await other.define(spec('u', { name: 'else' }), call());
    await expect(other.define(spec('v'), call())).rejects.toEqual(failure('Transient'));
  });

  test('a machine is known by its name in calls that give its id', async () => {
    await run(driver, 'u');
    await add({ faults: [{ verb: 'pause', subject: 'vm-u', do: 'Fail' }] });
    await expect(driver.pause(target('u'), call())).rejects.toEqual(failure('Transient'));
  });

  test('a call that hangs ends with its deadline, and nothing was done', async () => {
    await add({ faults: [{ verb: 'define', do: 'Hang', times: 1 }] });
    await expect(driver.define(spec('u'), call(50))).rejects.toEqual(failure('Unknown'));
    expect(await powerOf(driver, 'u')).toBe('Gone');
  });

  test('or everything was done, and only the answer is lost', async () => {
    await add({ faults: [{ verb: 'define', do: 'Hang', when: 'After', times: 1 }] });
    await expect(driver.define(spec('u'), call(50))).rejects.toEqual(failure('Unknown'));
    expect(await powerOf(driver, 'u')).toBe('Stopped (Unknown)');
  });

  test('a dropped connection', async () => {
    const events: HostEvent[] = [];
    driver.onEvent((event) => events.push(event));
    await add({ faults: [{ verb: 'define', do: 'Drop', when: 'After', times: 1 }] });
    await expect(driver.define(spec('u'), call())).rejects.toEqual(failure('HostUnreachable'));
    expect(events.at(-1)).toMatchObject({ kind: 'Disconnected' });
    await driver.connect(call());
    expect(await powerOf(driver, 'u')).toBe('Stopped (Unknown)');
  });

  test('cleared, they are gone', async () => {
    await add({ faults: [{ verb: '*', do: 'Fail' }] });
    await expect(driver.observe(call())).rejects.toEqual(failure('Transient'));
    await fake.control({ do: 'ClearFaults' });
    await driver.observe(call());
  });
});

describe('latency', () => {
  test('a verb takes its time, others do not', async () => {
    await add({ latency: { define: 1_000 } });
    const defined = driver.define(spec('u'), call());
    await arrive();
    expect((await driver.observe(call())).machines).toEqual([]);
    timers.pass(1_000);
    await defined;
    expect((await driver.observe(call())).machines).toHaveLength(1);
  });

  test('a machine is busy while it is being saved, and says so', async () => {
    await run(driver, 'u');
    await add({ latency: { suspendToDisk: 1_000 } });
    const suspended = driver.suspendToDisk(target('u'), call());
    await arrive();
    expect(await driver.inspect('u', call())).toMatchObject({ power: 'Running', busy: true });
    await expect(driver.pause(target('u'), call())).rejects.toMatchObject({ label: 'Conflict', reason: 'Busy' });
    timers.pass(1_000);
    await suspended;
    expect(await driver.inspect('u', call())).toMatchObject({ power: 'Suspended', busy: false });
  });

  test('a deadline does not stop the work', async () => {
    await add({ latency: { define: 1_000 } });
    await expect(driver.define(spec('u'), call(20))).rejects.toEqual(failure('Unknown'));
    timers.pass(1_000);
    expect(await powerOf(driver, 'u')).toBe('Stopped (Unknown)');
  });

  test('observations that overtake each other do not bring the past back', async () => {
    await add({ latency: { observe: 1_000 } });
    const early = driver.observe(call());
    await arrive();
    await add({ latency: { observe: 0 } });
    await driver.define(spec('u'), call());
    expect((await driver.observe(call())).machines).toHaveLength(1);
    timers.pass(1_000);
    expect((await early).machines).toHaveLength(1);
    expect((await driver.observe(call())).machines).toHaveLength(1);
  });
});

describe('events', () => {
  test('all come', async () => expect(await powers({})).toBe(3));
  test('all are lost', async () => expect(await powers({ events: { loseRatio: 1 } })).toBe(0));
  test('all come twice', async () => expect(await powers({ events: { doubleRatio: 1 } })).toBe(6));
  test('all come late', async () => expect(await powers({ events: { delay: 30_000 } })).toBe(3));
});

describe('hosts', () => {
  test('are as the script says', async () => {
    await add({ hosts: { b: { cpus: 2, memoryBytes: 1_000, pools: { fast: 5_000 }, networks: ['lab'] } } });
    const other = await fake.driver('b');
    expect(await other.connect(call())).toMatchObject({ hostName: 'b', cpus: 2, memoryBytes: 1_000, networks: ['lab'] });
    await other.define(spec('u', { memoryBytes: 2_000 }), call());
    await expect(other.startPaused(target('u'), { runId: 'r', bootHash: 'h' }, call())).rejects.toEqual(failure('InsufficientCapacity'));
    await expect(other.createDisk({ pool: 'fast', name: 'd', sizeBytes: 6_000 }, call())).rejects.toEqual(failure('InsufficientCapacity'));
  });

  test('what is missing on the host shows at the start', async () => {
    const disks = [{ pool: 'default', name: 'none', role: 'root' as const }];
    await driver.define(spec('u', { disks }), call());
    await expect(driver.startPaused(target('u'), { runId: 'r', bootHash: 'h' }, call())).rejects.toMatchObject({ reason: 'DiskNotFound' });
    const interfaces = [{ name: 'eth0', mac: '02:00:00:00:00:01', source: { network: 'none' } }];
    await driver.define(spec('v', { interfaces }), call());
    await expect(driver.startPaused(target('v'), { runId: 'r', bootHash: 'h' }, call())).rejects.toMatchObject({
      reason: 'NetworkNotFound',
    });
  });
});

test('the timeline happens in time', async () => {
  await run(driver, 'u');
  await add({ timeline: [{ atMs: 500, do: { act: 'guestCrash', host: 'a', machine: 'vm-u' } }] });
  timers.pass(499);
  expect(await powerOf(driver, 'u')).toBe('Running (Unpaused)');
  timers.pass(1);
  expect(await powerOf(driver, 'u')).toBe('Stopped (Crashed)');
});

test('a script that is wrong is refused with the place', () => {
  expect(() => parseScript({ faults: [{ verb: 'define', do: 'Explode' }] })).toThrow('/faults/0');
  expect(() => parseScript({ latencies: {} })).toThrow('the script is wrong');
});

test('the realistic profile knows every verb it names, and a script goes before it', () => {
  const { latency } = parseScript({ profile: 'Realistic', latency: { define: 1 } });
  expect(latency).toMatchObject({ define: 1, powerOff: { medianMs: 150 } });
});
