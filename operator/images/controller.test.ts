import { createHash } from 'node:crypto';
import { afterEach, expect, test } from '@jest/globals';
import type { Image, ImageSource } from '../../crds/image.ts';
import { systemClock } from '../kernel/clock.ts';
import { findCondition } from '../kernel/status/conditions.ts';
import { settled } from '../kernel/testing/manual-clock.ts';
import { testManager, type TestManager } from '../kernel/testing/test-manager.ts';
import { IMAGE_STORES, IMAGES } from '../resources.ts';
import { Stores } from '../stores/stores.ts';
import { addImageController } from './controller.ts';
import { denyAddresses } from './download/addresses.ts';
import { addImages } from './images.ts';
import { judgeImage } from './readiness.ts';
import { PoolHost } from './testing/pool-host.ts';
import { serve, stopServers, whole } from './testing/web-server.ts';
import { BaseTransfers } from './transfers/base-transfers.ts';

const content = Buffer.alloc(1024, 7);
const sha256 = createHash('sha256').update(content).digest('hex');
const source = (url: string, over: Partial<ImageSource> = {}): ImageSource => ({
  format: 'raw',
  http: { url },
  checksum: { sha256 },
  ...over,
});

const worlds: TestManager[] = [];
afterEach(async () => {
  await stopServers();
  for (const world of worlds.splice(0)) await world.stop();
});

/** `seed`: an Image that is there before the operator starts. */
async function begin(seed?: Image) {
  const world = testManager();
  worlds.push(world);
  const addresses = denyAddresses([]);
  const limits = {
    maxRedirects: 1,
    maxSizeBytes: 1e6,
    maxVirtualSizeBytes: 1e6,
    minBytesPerMinute: 0,
    minBytesPerConnection: 1,
    reconnectPauseMs: 1,
    stallMs: 1_000,
    maxFailuresInARow: 1,
    timeoutMs: 60_000,
    hostStallMs: 1_000,
    unaskedMs: 60_000,
    perHost: 2,
  };
  const transfers = new BaseTransfers({ ...limits, addresses }, { clock: systemClock, random: () => 0, log: world.log });
  addImageController(world, world.openLease(), transfers, addresses);
  if (seed !== undefined) {
    await world.api.create(IMAGES, seed, world.call);
    await world.api.mergePatch(IMAGES, { namespace: 'a', name: 'demo' }, { status: seed.status }, world.call, { subresource: 'status' });
  }
  await world.start();
  const image = (): Image => {
    const [found] = world.api.objects(IMAGES);
    if (found === undefined) throw new Error('no image');
    return found;
  };
  const create = async (...sources: readonly ImageSource[]): Promise<void> => {
    await world.api.create(IMAGES, { metadata: { namespace: 'a', name: 'demo' }, spec: { sources } }, world.call);
    await world.settle();
  };
  const fetch = async (host: PoolHost): Promise<void> => {
    const ask = () => transfers.ensure({ host: host.host, pool: 'default', image: image() }, world.call.signal);
    while ((await ask()).kind === 'InProgress') await settled();
    await world.settle();
  };
  const condition = (type: string): string => {
    const found = findCondition(image().status?.conditions, type);
    return found === undefined ? 'absent' : `${found.status}/${found.reason}`;
  };
  return { world, transfers, image, create, fetch, condition };
}

test('an Image is ready before it was fetched, says so when it was verified, and costs two writes in all', async () => {
  const { world, create, fetch, condition, image } = await begin();
  const { url } = await serve(whole(content));
  await create(source(url.href));
  expect(condition('Ready')).toBe('True/NotFetched');
  await fetch(new PoolHost('h'));
  expect(condition('Ready')).toBe('True/Verified');
  expect(findCondition(image().status?.conditions, 'Ready')?.message).toBe('1024 bytes, a disk of 1024 bytes');
  const { format, sha256: found, sizeBytes, virtualSizeBytes } = image().status ?? {};
  expect([format, found, sizeBytes, virtualSizeBytes]).toEqual(['raw', sha256, 1024, 1024]);
  await fetch(new PoolHost('other'));
  await world.clock.advance(600_000);
  expect(world.api.writes('hostler/images')).toHaveLength(2);
});

test('a wrong checksum stalls it until the spec changes', async () => {
  const { world, create, fetch, condition, image } = await begin();
  const { url } = await serve(whole(content));
  await create(source(url.href, { checksum: { sha256: '0'.repeat(64) } }));
  await fetch(new PoolHost('h'));
  expect([condition('Ready'), condition('Stalled')]).toEqual(['False/ChecksumMismatch', 'True/ChecksumMismatch']);
  expect(findCondition(image().status?.conditions, 'Ready')?.message).toMatch(
    /^Fetching it for Hypervisor h failed: .*correct the checksum/,
  );
  expect(JSON.stringify(image().status)).not.toContain('secret');
  await world.api.mergePatch(IMAGES, { namespace: 'a', name: 'demo' }, { spec: { sources: [source(url.href)] } }, world.call);
  await world.settle();
  expect([condition('Ready'), condition('Stalled')]).toEqual(['True/NotFetched', 'absent']);
});

test('what was verified stands when the spec changes elsewhere, and goes with its source', async () => {
  const { world, create, fetch, condition, image } = await begin();
  const { url } = await serve(whole(content));
  await create(source(url.href));
  await fetch(new PoolHost('h'));
  const patch = (spec: object) => world.api.mergePatch(IMAGES, { namespace: 'a', name: 'demo' }, { spec }, world.call);
  await patch({ properties: { shutdownTimeout: '5s' } });
  await world.settle();
  expect([condition('Ready'), image().status?.observedGeneration]).toEqual(['True/Verified', 2]);
  await patch({ sources: [source(url.href, { checksum: { sha256: '0'.repeat(64) } })] });
  await world.settle();
  expect(condition('Ready')).toBe('True/NotFetched');
  expect(Object.keys(image().status ?? {}).toSorted()).toEqual(['conditions', 'observedGeneration']);
});

test.each(['is deleted', 'names another source'])('its transfer ends when it %s', async (change) => {
  const { world, transfers, create, image } = await begin();
  const { url } = await serve(() => undefined);
  await create(source(url.href));
  const { host } = new PoolHost('h');
  await transfers.ensure({ host, pool: 'default', image: image() }, world.call.signal);
  const ref = { namespace: 'a', name: 'demo' };
  if (change === 'is deleted') await world.api.delete(IMAGES, ref, world.call);
  else await world.api.mergePatch(IMAGES, ref, { spec: { sources: [source('http://192.0.2.1/x')] } }, world.call);
  await world.settle();
  await settled();
  expect(transfers.running()).toEqual([]);
});

test('what an earlier operator found out stands', async () => {
  const first = await begin();
  const { url } = await serve((_, response) => response.writeHead(404).end());
  await first.create(source(url.href));
  await first.fetch(new PoolHost('h'));
  expect(first.condition('Ready')).toBe('False/SourceRefused');
  const { world, condition } = await begin(first.image());
  await world.clock.advance(60_000);
  expect(condition('Ready')).toBe('False/SourceRefused');
  expect(world.api.writes('hostler/images')).toEqual([]);
});

const denying = denyAddresses(['10.0.0.0/8', '::1/128']);

test.each<[string, readonly string[], string]>([
  ['a name', ['http://images.test/x'], 'nothing to say'],
  ['an address inside', ['http://10.1.2.3/x'], 'AddressDenied'],
  ['an address inside in disguise', ['http://167837953/x'], 'AddressDenied'],
  ['an IPv6 address inside', ['http://[::1]/x'], 'AddressDenied'],
  ['one of two is fine', ['http://10.1.2.3/x', 'http://images.test/x'], 'nothing to say'],
  ['no url at all', ['http://:0:0'], 'UnsupportedUrl'],
])('what is plainly wrong is said without fetching: %s', (_, urls, reason) => {
  expect(judgeImage({ sources: urls.map((url) => source(url)) }, undefined, undefined, denying)?.reason ?? 'nothing to say').toBe(reason);
});

test('it is wired into a manager, and refuses ranges that are none', async () => {
  const world = testManager();
  worlds.push(world);
  const hosts = { get: () => undefined, list: () => [], onChange: () => () => undefined };
  const stores = new Stores(world.client, world.cache(IMAGE_STORES), 'hostler', world.clock);
  const options = {
    deniedCidrs: [],
    allowedCidrs: [],
    maxBytes: 1e6,
    transfersPerHost: 2,
    clusterId: 'here',
    pruneAfterMs: 600_000,
    stores,
  };
  expect(() => addImages(world, world.openLease(), hosts, { ...options, deniedCidrs: ['everything'] })).toThrow(RangeError);
  const transfers = addImages(world, world.openLease(), hosts, options);
  await world.start();
  expect(await world.metrics.registry.metrics()).toContain('hostler_image_transfers');
  expect(transfers.running()).toEqual([]);
});
