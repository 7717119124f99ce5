/** Semantics that nobody should have to guess, played through the whole controller: power. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { InstanceWorld } from '../testing/instance-world.ts';

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
});
afterEach(() => world.stopOperator());

describe('power', () => {
  test.each(['Running', 'Stopped', 'Paused', 'Suspended'] as const)(
    'an Instance made to be %s, and every other state and back',
    async (powerState) => {
      await world.create({ powerState });
      expect(await world.ready()).toBe(`Ready=True ${powerState}`);
      for (const next of ['Stopped', 'Running', 'Paused', 'Running', 'Suspended', 'Stopped', 'Running', 'Suspended', 'Running'] as const) {
        await world.edit({ powerState: next });
        await world.pass(3);
        expect(await world.ready()).toBe(`Ready=True ${next}`);
        expect(world.machine().power).toBe(next);
      }
    },
  );

  test('a guest that heeds no signal is asked every 10 s, and powered off when the time is over', async () => {
    world.host().driver.heedsShutdown = false;
    await world.create({ shutdownTimeout: '35s' });
    await world.edit({ powerState: 'Stopped' });
    expect([world.called('signalShutdown'), await world.ready()]).toEqual([1, 'Ready=False ShuttingDown']);
    expect((await world.get()).status?.task).toMatchObject({ operation: 'Stop', attempt: 1, deadline: '2026-01-01T00:00:35.000Z' });
    await world.clock.advance(34_000);
    expect([world.called('signalShutdown'), world.called('powerOff')]).toEqual([4, 0]);
    await world.clock.advance(2_000);
    expect([world.called('powerOff'), await world.ready(), (await world.get()).status?.powerOff?.reason]).toEqual([
      1,
      'Ready=True Stopped',
      'Requested',
    ]);
    expect((await world.get()).status?.task).toBeUndefined();
  });

  test('0s powers off at once', async () => {
    await world.create({ shutdownTimeout: '0s' });
    await world.edit({ powerState: 'Stopped' });
    expect([world.called('signalShutdown'), world.called('powerOff'), await world.ready()]).toEqual([0, 1, 'Ready=True Stopped']);
  });

  test('the guest shuts itself down: accepted, until a start is asked for', async () => {
    await world.create();
    world.turn('Stopped', 'GuestShutdown');
    await world.pass(2);
    expect([await world.ready(), await world.condition('Running')]).toEqual(['Ready=True GuestShutdown', 'False GuestShutdown']);
    await world.edit({ restartPolicy: 'Never' });
    await world.pass(2);
    expect(world.machine().power).toBe('Stopped');
    await world.act();
    await world.pass(1);
    expect([await world.ready(), (await world.get()).status?.powerOff]).toEqual(['Ready=True Running', undefined]);
    world.turn('Stopped', 'GuestShutdown');
    await world.pass(2);
    expect(await world.ready()).toBe('Ready=True GuestShutdown');
    await world.edit({ powerState: 'Stopped' });
    await world.edit({ powerState: 'Running' });
    await world.pass(1);
    expect(await world.ready()).toBe('Ready=True Running');
  });

  test.each([0, 15])('a stop is withdrawn after %d s, and the guest goes down all the same: started again', async (seconds) => {
    world.host().driver.heedsShutdown = false;
    await world.create();
    await world.edit({ powerState: 'Stopped' });
    await world.clock.advance(seconds * 1_000);
    await world.edit({ powerState: 'Running' });
    await world.pass(1);
    expect([await world.ready(), (await world.get()).status?.task?.operation]).toEqual(['Ready=True Running', 'Stop']);
    const writes = world.writes();
    await world.pass(2);
    expect(world.writes()).toBe(writes);
    world.turn('Stopped', 'GuestShutdown');
    await world.pass(1);
    expect([await world.ready(), world.machine().power, world.called('startPaused')]).toEqual(['Ready=True Running', 'Running', 2]);
    expect((await world.get()).status?.task).toBeUndefined();
  });

  test('a stop is withdrawn after the guest has heeded it, before that was seen: started again', async () => {
    world.host().driver.heedsShutdown = false;
    await world.create();
    await world.edit({ powerState: 'Stopped' });
    world.turn('Stopped', 'GuestShutdown');
    await world.edit({ powerState: 'Running' });
    await world.pass(1);
    expect([await world.ready(), world.machine().power]).toEqual(['Ready=True Running', 'Running']);
  });

  test('long after a stop was withdrawn the guest shuts itself down: accepted', async () => {
    world.host().driver.heedsShutdown = false;
    await world.create();
    await world.edit({ powerState: 'Stopped' });
    await world.edit({ powerState: 'Running' });
    await world.clock.advance(121_000);
    expect((await world.get()).status?.task).toBeUndefined();
    world.turn('Stopped', 'GuestShutdown');
    await world.pass(1);
    expect([await world.ready(), world.machine().power]).toEqual(['Ready=True GuestShutdown', 'Stopped']);
  });

  test('a stop that was withdrawn and is asked for again has all of its time', async () => {
    world.host().driver.heedsShutdown = false;
    await world.create();
    await world.edit({ powerState: 'Stopped' });
    await world.edit({ powerState: 'Running' });
    await world.clock.advance(50_000);
    await world.edit({ powerState: 'Stopped' });
    expect([world.called('signalShutdown'), (await world.get()).status?.task?.message]).toEqual([2, undefined]);
    await world.clock.advance(59_000);
    expect(world.called('powerOff')).toBe(0);
    await world.clock.advance(2_000);
    expect([world.called('powerOff'), await world.ready()]).toEqual([1, 'Ready=True Stopped']);
  });

  test('an operator that was away sends one signal, not those that it missed', async () => {
    world.host().driver.heedsShutdown = false;
    await world.create();
    await world.edit({ powerState: 'Stopped' });
    await world.stopOperator();
    await world.clock.advance(35_000);
    world.hosts.tick();
    await world.startOperator();
    expect(world.called('signalShutdown')).toBe(2);
  });

  test('its addresses are told when it has them', async () => {
    await world.create({ networks: [{ name: 'eth0', networkName: 'lab' }] });
    expect((await world.get()).status?.addresses).toBeUndefined();
    world.machine().addresses.push('192.0.2.7', 'not an address', '7'.repeat(5_000), '');
    await world.clock.advance(6_000);
    expect((await world.get()).status?.addresses).toEqual([{ address: '192.0.2.7', interfaceName: 'eth0' }]);
    world.machine().addresses.length = 0;
    await world.pass(2);
    expect((await world.get()).status?.addresses).toHaveLength(1);
    await world.edit({ powerState: 'Stopped' });
    await world.pass(1);
    expect((await world.get()).status?.addresses).toBeUndefined();
  });

  test('the reason of its end stands when the host has forgotten it', async () => {
    await world.create();
    world.turn('Stopped', 'GuestShutdown');
    await world.pass(1);
    world.turn('Stopped', 'Unknown');
    world.host().driver.bootId = 'boot-2';
    await world.restartOperator();
    await world.pass(2);
    expect([await world.ready(), world.machine().power]).toEqual(['Ready=True GuestShutdown', 'Stopped']);
  });

  test('off for an unknown reason after the host restarted: started again, but not under Never', async () => {
    await world.create();
    world.turn('Stopped', 'Unknown');
    world.host().driver.bootId = 'boot-2';
    await world.pass(2);
    expect([world.machine().power, (await world.get()).status?.run?.bootId]).toEqual(['Running', 'boot-2']);
    await world.edit({ restartPolicy: 'Never' });
    world.turn('Stopped', 'Unknown');
    world.host().driver.bootId = 'boot-3';
    await world.pass(2);
    expect([await world.ready(), await world.condition('Stalled')]).toEqual(['Ready=False HostRestart', 'True HostRestart']);
  });

  test('it crashes: restarted at once, then after growing pauses', async () => {
    await world.create();
    const crash = async (): Promise<void> => {
      world.turn('Stopped', 'Crashed');
      await world.clock.advance(1);
      world.hosts.tick();
      await world.settle();
    };
    await crash();
    expect([await world.ready(), (await world.get()).status?.restarts?.count]).toEqual(['Ready=True Running', 1]);
    await crash();
    expect(await world.ready()).toBe('Ready=False RestartBackOff');
    await world.clock.advance(11_000);
    expect([await world.ready(), (await world.get()).status?.restarts?.count]).toEqual(['Ready=True Running', 2]);
    await crash();
    await world.clock.advance(11_000);
    expect(await world.ready()).toBe('Ready=False RestartBackOff');
    await world.clock.advance(10_000);
    expect(await world.ready()).toBe('Ready=True Running');
  });

  test.each([
    ['somebody destroys it', 'Stopped', 'Destroyed', 'Running', 'Ready=True Running'],
    ['somebody pauses it', 'Paused', 'User', 'Running', 'Ready=True Running'],
    ['somebody suspends it', 'Suspended', 'Saved', 'Running', 'Ready=True Running'],
    ['a full disk pauses it', 'Paused', 'IOError', 'Paused', 'Ready=False PausedByHost'],
    ['nobody knows what it does', 'Unknown', 'Unknown', 'Unknown', 'Ready=False PowerUnknown'],
    ['it reads as migrated away', 'Stopped', 'Migrated', 'Stopped', 'Ready=False EndUnexplained'],
  ] as const)('%s', async (_, power, reason, after, ready) => {
    await world.create();
    world.turn(power, reason);
    await world.pass(2);
    expect([world.machine().power, await world.ready()]).toEqual([after, ready]);
  });

  test('somebody starts it while it should be off: asked to shut down', async () => {
    await world.create({ powerState: 'Stopped' });
    world.turn('Running', 'User');
    await world.pass(2);
    expect([world.machine().power, world.called('signalShutdown'), await world.ready()]).toEqual(['Stopped', 1, 'Ready=True Stopped']);
  });
});
