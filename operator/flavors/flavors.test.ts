import { expect, test } from '@jest/globals';
import type { FlavorSpec } from '../../crds/flavor.ts';
import { testManager } from '../kernel/testing/test-manager.ts';
import { FLAVORS } from '../resources.ts';
import { addFlavorController, judgeFlavor } from './controller.ts';

test.each<[Partial<FlavorSpec>, string]>([
  [{}, 'Usable'],
  [{ memory: '1G', rootDisk: 0 }, 'Usable'],
  [{ rootDisk: '9999999P' }, 'InvalidSize'],
  [{ memory: 'lots' }, 'InvalidSize'],
])('the flavor %j: %s', (over, reason) => {
  expect(judgeFlavor({ vcpus: 1, memory: '16Mi', ...over }).reason).toBe(reason);
});

test('a Flavor is judged once, in one write', async () => {
  const world = testManager();
  addFlavorController(world, world.openLease());
  await world.start();
  await world.api.create(FLAVORS, { metadata: { name: 'tiny' }, spec: { vcpus: 1, memory: '16Mi' } }, world.call);
  await world.settle();
  await world.clock.advance(600_000);
  expect(world.api.objects(FLAVORS)[0]?.status).toMatchObject({
    observedGeneration: 1,
    conditions: [{ type: 'Ready', status: 'True', reason: 'Usable' }],
  });
  expect(world.api.writes('hostler/flavors')).toHaveLength(1);
  await world.stop();
});
