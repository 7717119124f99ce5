/** A rebuild, with the operator killed before every call that it makes: finished, withdrawn or deleted, nothing is lost or left over. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { InstanceSpec } from '../../../crds/instance.ts';
import { disksOf, namedBy, rootsOf } from '../testing/disk-names.ts';
import { InstanceWorld } from '../testing/instance-world.ts';

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
  await world.makeImage('next');
});
afterEach(() => world.stopOperator());

const REBUILD = { action: 'Rebuild' } as const;
const disks = (): readonly string[] => disksOf(world);
const roots = (): readonly string[] => rootsOf(world);
const named = (): readonly string[] => namedBy(world.machine());

async function changedImage(spec: Partial<InstanceSpec> = {}): Promise<void> {
  await world.create({ networks: [{ name: 'eth0', networkName: 'lab' }], ...spec });
  await world.edit({ imageName: 'next' });
}

const CALLS = Array.from({ length: 34 }, (_, calls) => calls);

test.each(CALLS)('killed before call %d: the next operator finishes it', async (calls) => {
  await changedImage({ metadata: { a: '1' } });
  await world.edit({ metadata: { a: '2' } });
  const runs = world.called('startPaused');
  world.killAfter(calls);
  await world.act('new', REBUILD);
  await world.restartOperator();
  await world.pass(3);
  expect([await world.acted('new'), await world.ready(), world.machine().power, roots(), disks().length]).toEqual([
    'Succeeded Rebuilt',
    'Ready=True Running',
    'Running',
    ['root-2 base-next'],
    2,
  ]);
  expect(world.called('startPaused') - runs).toBeLessThanOrEqual(2);
  expect((await world.get()).status).toMatchObject({ resolved: { image: { name: 'next' } } });
});

test.each(CALLS)('killed before call %d, and deleted: nothing is left', async (calls) => {
  await changedImage();
  world.killAfter(calls);
  await world.act('new', REBUILD);
  await world.delete();
  await world.restartOperator();
  await world.pass(8);
  expect([await world.find(), world.machines(), world.disks()]).toEqual([undefined, [], []]);
});

test.each(CALLS)('killed before call %d, and withdrawn: one root disk, and status says of which image', async (calls) => {
  await changedImage({ shutdownTimeout: '0s' });
  world.killAfter(calls);
  await world.act('new', REBUILD);
  await world.deleteAction('new');
  await world.restartOperator();
  await world.pass(4);
  const image = (await world.get()).status?.resolved?.image?.name;
  expect([roots(), world.machine().power]).toEqual([image === 'next' ? ['root-2 base-next'] : ['root-1 base-1'], 'Running']);
  expect(named()[0]).toBe(image === 'next' ? 'root-2' : 'root-1');
});
