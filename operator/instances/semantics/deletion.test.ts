/** Semantics that nobody should have to guess, played through the whole controller: deletion. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DriverError } from '../../../drivers/labels.ts';
import { findCondition } from '../../kernel/status/conditions.ts';
import { InstanceWorld } from '../testing/instance-world.ts';

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
});
afterEach(() => world.stopOperator());

describe('deletion', () => {
  test.each(['Running', 'Stopped', 'Paused', 'Suspended'] as const)('of an Instance that is %s', async (powerState) => {
    await world.create({ powerState });
    await world.delete();
    await world.pass(2);
    expect([await world.find(), world.machines(), world.disks()]).toEqual([undefined, [], []]);
  });

  test('of one whose disks were copied there by hand, so that the host does not know of them', async () => {
    await world.create();
    await world.pass(1);
    const { driver } = world.host();
    for (const disk of driver.disks.keys()) driver.copied.add(disk);
    await world.delete();
    await world.pass(2);
    expect([await world.find(), world.disks()]).toEqual([undefined, []]);
  });

  test('of one whose image never came, whose host never fitted, that only waits', async () => {
    await world.create({ flavorName: 'none' });
    await world.delete();
    expect(await world.find()).toBeUndefined();
  });

  test('while the host is silent: waits and says so, and goes on when it is back', async () => {
    await world.create();
    world.host().turn('False');
    await world.delete();
    await world.pass(2);
    expect(await world.condition('Deleting')).toBe('True HostUnreachable');
    world.host().turn('True');
    await world.pass(3);
    expect([await world.find(), world.machines(), world.disks()]).toEqual([undefined, [], []]);
  });

  test('while the host is silent, and abandoned', async () => {
    await world.create();
    world.host().turn('False');
    await world.delete();
    await world.edit({ deletionPolicy: 'Abandon' });
    expect([await world.find(), world.machines().length]).toEqual([undefined, 1]);
  });

  test('with Retain: the machine runs on, and is nobody’s', async () => {
    await world.create({ deletionPolicy: 'Retain' });
    await world.delete();
    expect([await world.find(), world.machine().power, world.machine().owner?.role]).toEqual([undefined, 'Running', 'retained']);
  });

  test('with protection: waits until it is taken off', async () => {
    await world.create({ deletionProtection: true });
    await world.delete();
    expect([await world.condition('Deleting'), world.machine().power]).toEqual(['True DeletionProtected', 'Running']);
    await world.edit({ deletionProtection: null });
    await world.pass(2);
    expect(await world.find()).toBeUndefined();
  });

  test('under WatchOnly: waits, naming the field', async () => {
    await world.create();
    await world.edit({ reconcilePolicy: 'WatchOnly' });
    await world.delete();
    const message = findCondition((await world.get()).status?.conditions, 'Deleting')?.message;
    expect([await world.condition('Deleting'), message]).toEqual(['True BlockedByPolicy', expect.stringContaining('spec.reconcilePolicy')]);
    expect(world.machine().power).toBe('Running');
  });

  test('that fails again and again is tried for ever', async () => {
    await world.create({ powerState: 'Stopped' });
    let failures = 12;
    world.host().driver.before = (verb) => {
      if (verb === 'undefine' && failures-- > 0) throw new DriverError('Transient', 'locked');
    };
    await world.delete();
    expect(await world.condition('Deleting')).toBe('True Transient');
    await world.clock.advance(3_600_000);
    expect([await world.find(), world.disks()]).toEqual([undefined, []]);
  });
});
