/** Semantics that nobody should have to guess, played through the whole controller: somebody sets the clock. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { InstanceWorld } from '../testing/instance-world.ts';

const HOUR = 3_600_000;
let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
});
afterEach(() => world.stopOperator());

describe.each([
  ['back', -HOUR],
  ['forward', HOUR],
])('the clock is set %s by an hour', (_, jump) => {
  test('right after something was done: what the host says counts', async () => {
    await world.create();
    world.clock.jump(jump);
    world.turn('Stopped', 'Destroyed');
    await world.pass(2);
    expect([await world.ready(), world.machine().power, world.called('startPaused')]).toEqual(['Ready=True Running', 'Running', 2]);
  });

  test('while a machine is missed: it is looked for, and defined again', async () => {
    await world.create();
    await world.pass(1);
    world.host().driver.machines.clear();
    world.hosts.tick();
    await world.settle();
    expect(await world.ready()).toBe('Ready=False MachineMissing');
    world.clock.jump(jump);
    await world.pass(3);
    expect([await world.ready(), world.machine().power]).toEqual(['Ready=True Running', 'Running']);
  });
});
