/** What deletionPolicy Abandon leaves behind: a note on the Hypervisor, before the object goes, so that its machine is no orphan to be reaped. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { HYPERVISORS } from '../../resources.ts';
import { InstanceWorld } from '../testing/instance-world.ts';

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
  await world.create();
  await world.pass(2);
});
afterEach(() => world.stopOperator());

const abandoned = async (): Promise<readonly string[]> =>
  Object.keys((await world.api.get(HYPERVISORS, { name: 'host-a' }, world.call)).status?.abandoned ?? {});

async function leave(deletionPolicy: 'Abandon' | 'Delete' | 'Retain'): Promise<string> {
  const { uid } = (await world.get()).metadata;
  await world.edit({ deletionPolicy });
  await world.delete();
  await world.pass(3);
  return uid;
}

test('it is noted, and the machine stays as it is', async () => {
  const uid = await leave('Abandon');
  expect([await world.find(), await abandoned(), world.machine().power]).toEqual([undefined, [uid], 'Running']);
});

test.each(['Delete', 'Retain'] as const)('nothing is noted of one that goes with %s', async (policy) => {
  await leave(policy);
  expect([await world.find(), await abandoned()]).toEqual([undefined, []]);
});

test('its Hypervisor is gone: nothing holds the object back', async () => {
  await world.api.delete(HYPERVISORS, { name: 'host-a' }, world.call);
  await leave('Abandon');
  expect(await world.find()).toBeUndefined();
});
