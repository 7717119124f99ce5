/** An event that a definition changed is looked into at once, whatever the state of the machine. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { InstanceWorld } from '../testing/instance-world.ts';

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
});
afterEach(() => world.stopOperator());

/** Every host is observed, and nothing is other than it was. */
async function quietTick(): Promise<void> {
  await world.clock.advance(10_000);
  for (const host of world.hosts.list()) host.observe();
  await world.settle();
}

test('what somebody detached by hand right after it was plugged in is plugged in again at the event', async () => {
  await world.createVolume('data', { hypervisorName: 'host-a' });
  await world.create();
  await world.pass(3);
  await world.edit({ volumes: [{ name: 'data', volumeName: 'data' }] });
  await world.settle();
  await quietTick();
  expect(await world.attached()).toEqual(['data Attached']);
  const machine = world.machine();
  Object.assign(machine, { plugged: [], spec: { ...machine.spec, volumes: [] } });
  world.hosts.redefined('host-a', (await world.get()).metadata.uid);
  await world.settle();
  await quietTick();
  expect((world.machine().plugged ?? []).map(({ id }) => id)).toEqual(['data']);
});
