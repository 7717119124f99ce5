/** Semantics that nobody should have to guess, played through the whole controller: what must be read before anything is done. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DriverError } from '../../../drivers/labels.ts';
import { findCondition } from '../../kernel/status/conditions.ts';
import { namedBy } from '../testing/disk-names.ts';
import { InstanceWorld } from '../testing/instance-world.ts';

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
});
afterEach(() => world.stopOperator());

describe('looking', () => {
  test('what must be looked at cannot be read: told, tried again after growing pauses, then gone on with', async () => {
    await world.create();
    await world.pass(1);
    world.host().driver.machines.clear();
    world.host().driver.before = (verb) => {
      if (verb === 'listDisks') throw new DriverError('Conflict', 'pool "default" is not active', { reason: 'PoolInactive' });
    };
    await world.pass(2);
    const told = findCondition((await world.get()).status?.conditions, 'Ready');
    expect([`${told?.status} ${told?.reason}`, told?.message]).toEqual(['False PoolInactive', 'pool "default" is not active']);
    expect(await world.condition('Reconciling')).toBe('True PoolInactive');
    const [tries, writes] = [world.called('listDisks'), world.writes()];
    expect(tries).toBeLessThanOrEqual(3);
    await world.clock.advance(600_000);
    expect([world.writes(), world.log.messages('error')]).toEqual([writes, []]);
    expect(world.called('listDisks') - tries).toBeGreaterThanOrEqual(4);
    expect(world.called('listDisks') - tries).toBeLessThanOrEqual(9);
    world.host().driver.before = () => undefined;
    await world.clock.advance(300_000);
    await world.pass(1);
    expect([await world.ready(), world.machine().power]).toEqual(['Ready=True Running', 'Running']);
  });
});

test('a definition that was not read again right before is not written from what status remembers', async () => {
  await world.create();
  await world.edit({ powerState: 'Stopped' });
  await world.pass(1);
  const { driver } = world.host();
  const machine = world.machine();
  const [root] = machine.spec.disks;
  driver.disks.set(`default/${root?.name ?? ''}-by-hand`, 1);
  machine.spec = {
    ...machine.spec,
    disks: machine.spec.disks.map(({ role, pool, name }) => ({ role, pool, name: role === 'root' ? `${name}-by-hand` : name })),
  };
  // An observation of the host comes in between, which has no definitions.
  driver.before = async (verb) => {
    if (verb !== 'locate') return;
    await world.clock.advance(1);
    world.hosts.tick();
  };
  await world.edit({ powerState: 'Running' });
  await world.pass(2);
  expect([world.machine().power, namedBy(world.machine())]).toEqual(['Running', ['root-1-by-hand', 'config']]);
});
