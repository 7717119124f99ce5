/** Semantics that nobody should have to guess, played through the whole controller: what is frozen is always thawed. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DriverError } from '../../../drivers/labels.ts';
import { InstanceWorld } from '../testing/instance-world.ts';
import { memoryAgent, type MemoryAgent } from '../testing/memory-agent.ts';

let world: InstanceWorld;
let agent: MemoryAgent;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
  await world.create();
  agent = memoryAgent();
  world.machine().agent = agent;
});
afterEach(() => world.stopOperator());

const FREEZE = { action: 'Freeze', freeze: { timeout: '1m' } } as const;
const record = async () => (await world.get()).status?.freeze;

test('frozen until its time is over, with nobody asking for the thaw', async () => {
  await world.act('f', FREEZE);
  await world.pass(1);
  expect([await world.acted('f'), agent.frozen, await world.condition('Frozen'), await world.ready()]).toEqual([
    'Succeeded Frozen',
    true,
    'True Frozen',
    'Ready=True Running',
  ]);
  await world.pass(4);
  expect(agent.frozen).toBe(true);
  await world.pass(2);
  expect([agent.frozen, await record(), await world.condition('Frozen'), world.called('thawGuest')]).toEqual([
    false,
    undefined,
    undefined,
    1,
  ]);
});

test('thawed when that is asked for', async () => {
  await world.act('f', FREEZE);
  await world.act('t', { action: 'Thaw' });
  await world.pass(1);
  expect([await world.acted('f'), await world.acted('t'), agent.frozen, await record()]).toEqual([
    'Succeeded Frozen',
    'Succeeded Thawed',
    false,
    undefined,
  ]);
  await world.pass(8);
  expect(world.called('thawGuest')).toBe(1);
});

test.each(Array.from({ length: 12 }, (_, calls) => calls))(
  'killed before call %d of the freeze, it is thawed in the end',
  async (calls) => {
    world.killAfter(calls);
    await world.act('f', FREEZE);
    await world.restartOperator();
    await world.pass(12);
    expect([agent.frozen, await record(), await world.ready()]).toEqual([false, undefined, 'Ready=True Running']);
    expect(await world.acted('f')).toBe('Succeeded Frozen');
  },
);

test.each(Array.from({ length: 6 }, (_, calls) => calls))(
  'killed before call %d of the thaw, it is thawed by the next operator',
  async (calls) => {
    await world.act('f', FREEZE);
    await world.pass(1);
    world.killAfter(calls);
    await world.act('t', { action: 'Thaw' });
    await world.restartOperator();
    await world.pass(8);
    expect([await world.acted('t'), agent.frozen, await record()]).toEqual(['Succeeded Thawed', false, undefined]);
  },
);

test('an operator that was away for long thaws as soon as it is back', async () => {
  await world.act('f', FREEZE);
  await world.pass(1);
  await world.stopOperator();
  await world.clock.advance(3_600_000);
  world.hosts.tick();
  await world.startOperator();
  await world.pass(1);
  expect([agent.frozen, await record()]).toEqual([false, undefined]);
});

describe('an agent that does not hear the thaw', () => {
  beforeEach(async () => {
    await world.act('f', FREEZE);
    await world.pass(1);
    world.host().driver.before = (verb) => {
      if (verb === 'thawGuest') throw new DriverError('Transient', 'the agent does not answer', { reason: 'AgentNotResponding' });
    };
    await world.pass(7);
  });

  test('is asked again and again, and nothing else waits for it', async () => {
    expect([world.called('thawGuest'), (await record())?.message, await world.ready()]).toEqual([
      1,
      'the agent does not answer',
      'Ready=True Running',
    ]);
    await world.edit({ powerState: 'Paused' });
    expect(await world.ready()).toBe('Ready=True Paused');
    await world.edit({ powerState: 'Running' });
    world.host().driver.before = () => undefined;
    await world.pass(4);
    expect([agent.frozen, await record()]).toEqual([false, undefined]);
  });

  test('is not asked all the time', async () => {
    await world.pass(60);
    expect(world.called('thawGuest')).toBeLessThanOrEqual(6);
  });
});

test('a guest that is to shut down is thawed first', async () => {
  await world.act('f', FREEZE);
  await world.pass(1);
  await world.edit({ powerState: 'Stopped' });
  await world.pass(1);
  expect([agent.frozen, world.called('thawGuest'), await world.ready(), await record()]).toEqual([
    false,
    1,
    'Ready=True Stopped',
    undefined,
  ]);
});

test('so is one that is deleted; one that cannot be is deleted all the same', async () => {
  await world.act('f', FREEZE);
  await world.pass(1);
  agent.hangs = true;
  await world.delete();
  await world.pass(2);
  expect([world.machines(), await world.find()]).toEqual([[], undefined]);
});

test('so is one that is let go of: nobody would thaw it afterwards', async () => {
  await world.act('f', FREEZE);
  await world.pass(1);
  expect(agent.frozen).toBe(true);
  await world.edit({ deletionPolicy: 'Retain' });
  await world.delete();
  expect([agent.frozen, await world.find(), world.machine().owner?.role, world.machine().power]).toEqual([
    false,
    undefined,
    'retained',
    'Running',
  ]);
});

test('another run of the guest is not frozen', async () => {
  await world.act('f', { action: 'Freeze', freeze: { timeout: '10m' } });
  await world.pass(1);
  await world.act('r', { action: 'Reboot', reboot: { type: 'Hard' } });
  await world.pass(1);
  expect([await world.acted('r'), await record(), await world.condition('Frozen')]).toEqual(['Succeeded Rebooted', undefined, undefined]);
});

test('a freeze without an agent fails, and leaves nothing to thaw', async () => {
  delete world.machine().agent;
  await world.act('f', FREEZE);
  await world.pass(3);
  expect([await world.acted('f'), await world.ready()]).toEqual(['Failed AgentNotAvailable', 'Ready=True Running']);
});

test('a lock keeps nothing frozen', async () => {
  await world.act('f', FREEZE);
  await world.pass(1);
  await world.edit({ lock: { reason: 'audit' } });
  await world.pass(7);
  expect([agent.frozen, await world.ready()]).toEqual([false, 'Ready=True Running']);
});
