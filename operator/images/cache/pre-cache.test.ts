import { afterEach, expect, test } from '@jest/globals';
import type { PreCache } from '../../../crds/image.ts';
import { DriverError } from '../../../drivers/labels.ts';
import { HYPERVISORS, IMAGES } from '../../resources.ts';
import { fetchedKey } from '../source.ts';
import { PoolHost } from '../testing/pool-host.ts';
import { stopServers } from '../testing/web-server.ts';
import { cacheWorld, type CacheWorld, sha256 } from './cache-world.testing.ts';

const worlds: CacheWorld[] = [];
afterEach(async () => {
  await stopServers();
  for (const { manager, transfers } of worlds.splice(0)) await Promise.all([transfers.stop(), manager.stop()]);
});

async function begin(...names: readonly string[]) {
  const pools = new Map(names.map((name) => [name, new PoolHost(name)]));
  const world = await cacheWorld(new Map([...pools].map(([name, pool]) => [name, pool.host])));
  worlds.push(world);
  for (const name of names) await world.addHypervisor(name, {}, { site: name.slice(0, 1) });
  const on = (name: string): PoolHost => {
    const found = pools.get(name);
    if (found === undefined) throw new Error(`no host ${name}`);
    return found;
  };
  const ask = async (preCache: PreCache | null): Promise<void> => {
    await world.manager.api.mergePatch(IMAGES, { namespace: 'a', name: 'demo' }, { spec: { preCache } }, world.manager.call);
    await world.rest();
  };
  return { ...world, on, ask };
}

test('named hosts fetch it at once, and status says where it is', async () => {
  const { addImage, on, image } = await begin('h', 'other');
  const { metadata } = await addImage({ preCache: { hypervisorNames: ['h'] } });
  const volume = fetchedKey(metadata.uid, sha256);
  expect([on('h').bases.get(volume)?.clusterId, on('other').bases.size]).toEqual(['here', 0]);
  expect(image().status?.preCache).toEqual({ wanted: 1, cached: 1 });
  expect(image().status?.locations).toEqual([{ hypervisorName: 'h', pool: 'main', volume }]);
});

test('at rest it costs no writes; a base that somebody removed is fetched again', async () => {
  const { addImage, on, manager, pass } = await begin('h');
  await addImage({ preCache: { hypervisorSelector: {} } });
  const writes = manager.api.writes('hostler/image-cache').length;
  await pass(2_000_000);
  expect(manager.api.writes('hostler/image-cache')).toHaveLength(writes);
  expect(on('h').calls.importBase).toBe(1);
  on('h').bases.clear();
  await pass(2_000_000);
  expect([on('h').calls.importBase, on('h').bases.size]).toEqual([2, 1]);
});

test('a host that comes to match later fetches it too', async () => {
  const { addImage, on, image, manager, rest } = await begin('a1', 'b1');
  await addImage({ preCache: { hypervisorSelector: { matchLabels: { site: 'a' } } } });
  expect([on('a1').bases.size, on('b1').bases.size]).toEqual([1, 0]);
  await manager.api.mergePatch(HYPERVISORS, { name: 'b1' }, { metadata: { labels: { site: 'a' } } }, manager.call);
  await rest();
  expect([on('b1').bases.size, image().status?.preCache]).toEqual([1, { wanted: 2, cached: 2 }]);
});

test('what went wrong on one host is said, and the others have it', async () => {
  const { addImage, on, image } = await begin('full', 'h');
  on('full').refuses = new DriverError('InsufficientCapacity', 'the pool is full', { reason: 'PoolFull' });
  await addImage({ preCache: { hypervisorNames: ['h', 'full', 'nowhere'] } });
  expect(image().status?.preCache).toEqual({
    wanted: 3,
    cached: 1,
    message: 'full: PoolFull: the pool is full; nowhere: there is no such Hypervisor',
  });
  expect(image().status?.locations).toHaveLength(1);
});

test('a silent host: what was there is not said to be gone, and it is asked when it answers', async () => {
  const { addImage, on, image, tell } = await begin('h', 'late');
  on('late').answers = false;
  await addImage({ preCache: { hypervisorSelector: {} } });
  expect(image().status?.preCache).toEqual({ wanted: 2, cached: 1, message: 'late: it does not answer' });
  on('late').answers = true;
  on('h').answers = false;
  await tell('late');
  expect(image().status?.preCache).toEqual({ wanted: 2, cached: 1, message: 'h: it does not answer' });
  expect(image().status?.locations?.map(({ hypervisorName }) => hypervisorName)).toEqual(['h', 'late']);
});

test('not asked for any more: status says nothing, what is there stays for the pruning', async () => {
  const { addImage, on, image, ask } = await begin('h');
  await addImage({ preCache: { hypervisorSelector: {} } });
  await ask(null);
  expect([image().status?.preCache, image().status?.locations, on('h').bases.size]).toEqual([undefined, undefined, 1]);
});

test('an Image of a snapshot keeps its locations', async () => {
  const { addImage, manager, image, rest } = await begin('h');
  await addImage({ sources: [{ format: 'qcow2', snapshot: { name: 's' }, checksum: { sha256 } }] });
  const locations = [{ hypervisorName: 'h', pool: 'main', volume: 'snapshot-1' }];
  const ref = { namespace: 'a', name: 'demo' };
  await manager.api.mergePatch(IMAGES, ref, { status: { locations } }, manager.call, { subresource: 'status' });
  await manager.api.mergePatch(IMAGES, ref, { spec: { properties: { adminUser: 'me' } } }, manager.call);
  await rest();
  expect(image().status?.locations).toEqual(locations);
});
