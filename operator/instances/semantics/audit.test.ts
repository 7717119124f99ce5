/** What the log keeps of what was done to machines, at the level that the chart sets. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { InstanceWorld } from '../testing/instance-world.ts';

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
});
afterEach(() => world.stopOperator());

const told = () =>
  world.log.lines.filter(({ level, message }) => level === 'info' && message === 'Steps taken').map(({ fields }) => fields);

test('every operation that changed something on a host is one line: what, on which machine, where', async () => {
  await world.create();
  await world.pass(1);
  expect(told()).toEqual([
    expect.objectContaining({
      operation: 'Spawn',
      hypervisor: 'host-a',
      machine: [...world.host().driver.machines.keys()][0],
      steps: expect.stringContaining('start-paused'),
    }),
  ]);
  await world.pass(3);
  expect(told()).toHaveLength(1);
});
