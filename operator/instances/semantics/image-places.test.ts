/** An image is asked for where it lies, under the one name that all who reach that pool know: no two write it at once. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { HYPERVISORS } from '../../resources.ts';
import { InstanceWorld } from '../testing/instance-world.ts';

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
});
afterEach(() => world.stopOperator());

const onA = { placement: { hypervisorName: 'host-a' } } as const;
const places = (): readonly string[] => [...world.hosts.imagePlaces].toSorted();

test.each<[string, () => Promise<void>]>([
  ['for a root disk', () => world.create(onA)],
  ['for a Volume', () => world.createVolume('data', { hypervisorName: 'host-a', imageName: 'demo' })],
])('in a pool that hosts share: %s', async (_, ask) => {
  await world.share('host-a', 's');
  await world.settle();
  await ask();
  await world.pass(2);
  expect(places()).toEqual(['default s']);
});

test('in a pool that hosts share: for a rescue system', async () => {
  await world.share('host-a', 's');
  await world.makeImage('rescue-system');
  await world.create(onA);
  await world.pass(2);
  world.hosts.imagePlaces.clear();
  await world.edit({ rescue: { imageName: 'rescue-system' } });
  await world.pass(3);
  expect(places()).toEqual(['default s']);
});

test('beside a volume group: in the pool of files', async () => {
  const pools = { main: { pool: 'default', imagePool: 'files' }, files: { pool: 'images', sharedId: 's' } };
  await world.api.mergePatch(HYPERVISORS, { name: 'host-a' }, { spec: { pools, defaultPool: 'main' } }, world.call);
  await world.settle();
  await world.create(onA);
  await world.createVolume('data', { hypervisorName: 'host-a', imageName: 'demo' });
  await world.pass(2);
  expect([await world.ready(), places()]).toEqual(['Ready=True Running', ['images s']]);
});
