import { afterEach, expect, test } from '@jest/globals';
import type { InstanceSpec, InstanceStatus } from '../../../crds/instance.ts';
import type { BaseImage } from '../../../drivers/contract.ts';
import { DriverError } from '../../../drivers/labels.ts';
import { HYPERVISORS, IMAGES, INSTANCES, VOLUMES } from '../../resources.ts';
import { fetchedKey } from '../source.ts';
import { PoolHost } from '../testing/pool-host.ts';
import { stopServers } from '../testing/web-server.ts';
import { AFTER_MS, cacheWorld, type CacheWorld, CLUSTER, sha256 } from './cache-world.testing.ts';

const worlds: CacheWorld[] = [];
afterEach(async () => {
  await stopServers();
  for (const { manager, transfers } of worlds.splice(0)) await Promise.all([transfers.stop(), manager.stop()]);
});

const GONE = '00000000-0000-4000-8000-00000000dead';
const base = (key: string, clusterId?: string): BaseImage => ({
  key,
  format: 'raw',
  sizeBytes: 1,
  virtualSizeBytes: 512,
  sha256,
  ...(clusterId !== undefined && { clusterId }),
});

/** One host with one base, of the Image `demo` that exists. */
async function begin(spec = {}) {
  const pool = new PoolHost('h');
  const world = await cacheWorld(new Map([['h', pool.host]]));
  worlds.push(world);
  const { metadata } = await world.addImage();
  const key = fetchedKey(metadata.uid, sha256);
  pool.bases.set(key, base(key));
  await world.addHypervisor('h', spec);
  const { api, call } = world.manager;
  const addInstance = async (over: Partial<InstanceSpec> = {}, status: InstanceStatus = {}): Promise<void> => {
    const instance = { metadata: { namespace: 'a', name: 'i' }, spec: { flavorName: 'f', imageName: 'demo', ...over } };
    await api.create(INSTANCES, instance, call);
    await api.mergePatch(INSTANCES, { namespace: 'a', name: 'i' }, { status }, call, { subresource: 'status' });
    await world.rest();
  };
  const there = (): readonly string[] => [...pool.bases.keys()];
  return { ...world, pool, key, uid: metadata.uid, addInstance, there, api, call };
}

test('what nothing needs goes after its time, and not before', async () => {
  const { pass, there, key, manager } = await begin();
  await pass(AFTER_MS - 1);
  expect(there()).toEqual([key]);
  await pass(AFTER_MS / 2);
  expect(there()).toEqual([]);
  expect(await manager.metrics.registry.metrics()).toContain('hostler_image_bases_pruned_total{hypervisor="h"} 1');
});

const onHost = (): InstanceStatus => ({ hypervisorName: 'h' });
const made = (uid: string): InstanceStatus =>
  ({ hypervisorName: 'h', resolved: { image: { name: 'demo', uid, sha256 } } }) as unknown as InstanceStatus;

test.each<[string, Partial<InstanceSpec>, (uid: string) => InstanceStatus, 'stays' | 'goes']>([
  ['an Instance that is on no host yet', {}, () => ({}), 'stays'],
  ['an Instance on the host', {}, onHost, 'stays'],
  ['an Instance on another host', {}, () => ({ hypervisorName: 'other' }), 'goes'],
  ['an Instance that was made from it, and names another Image now', { imageName: 'x' }, made, 'stays'],
  ['an Instance that is to be rescued with it', { imageName: 'x', rescue: { imageName: 'demo' } }, onHost, 'stays'],
  ['an Instance of another Image', { imageName: 'x' }, onHost, 'goes'],
])('with %s it %3$s', async (_, spec, status, outcome) => {
  const { pass, there, addInstance, uid } = await begin();
  await addInstance(spec, status(uid));
  await pass(2 * AFTER_MS);
  expect(there()).toHaveLength(outcome === 'stays' ? 1 : 0);
});

test('a Volume that is to be made from it, and spec.preCache, hold it', async () => {
  const { pass, there, api, call, rest } = await begin();
  await api.create(VOLUMES, { metadata: { namespace: 'a', name: 'v' }, spec: { size: '1Gi', imageName: 'demo' } }, call);
  await pass(2 * AFTER_MS);
  expect(there()).toHaveLength(1);
  await api.mergePatch(IMAGES, { namespace: 'a', name: 'demo' }, { spec: { preCache: { hypervisorNames: ['h'] } } }, call);
  await api.delete(VOLUMES, { namespace: 'a', name: 'v' }, call);
  await rest();
  await pass(2 * AFTER_MS);
  expect(there()).toHaveLength(1);
  await api.mergePatch(IMAGES, { namespace: 'a', name: 'demo' }, { spec: { preCache: null } }, call);
  await pass(2 * AFTER_MS);
  expect(there()).toEqual([]);
});

test('in a pool that hosts share, Instances on any of them hold it', async () => {
  const { pass, there, addInstance } = await begin({ pools: { main: { pool: 'default', sharedId: 's' } } });
  await addInstance({}, { hypervisorName: 'other' });
  await pass(2 * AFTER_MS);
  expect(there()).toHaveLength(1);
});

test('what lies in a pool of files beside a volume group is held by whoever holds it in the pool of files', async () => {
  const pools = { lvm: { pool: 'vg', imagePool: 'files' }, files: { pool: 'default', sharedId: 's' } };
  const { pass, there, addInstance } = await begin({ pools });
  await addInstance({}, { hypervisorName: 'other' });
  await pass(2 * AFTER_MS);
  expect(there()).toHaveLength(1);
});

test('an older content of the Image goes, the present one is held', async () => {
  const { pass, there, pool, uid, key, addInstance } = await begin();
  const old = fetchedKey(uid, 'f'.repeat(64));
  pool.bases.set(old, base(old));
  await addInstance();
  await pass(2 * AFTER_MS);
  expect(there()).toEqual([key]);
});

test.each([
  ['its mark names this cluster', CLUSTER, 0],
  ['its mark names another cluster', 'there', 1],
  ['it has no mark of a cluster', undefined, 1],
])('of an Image that is no more: %s', async (_, clusterId, left) => {
  const { pass, pool, there } = await begin();
  const key = fetchedKey(GONE, sha256);
  pool.bases.set(key, base(key, clusterId));
  await pass(2 * AFTER_MS);
  expect(there().filter((each) => each === key)).toHaveLength(left);
});

test('what is no base of an Image is not looked at', async () => {
  const { pass, pool, there } = await begin();
  pool.bases.clear();
  for (const name of ['base-image', 'snapshot-1', `base-${GONE}`]) pool.bases.set(name, base(name, CLUSTER));
  await pass(2 * AFTER_MS);
  expect([there().length, pool.calls.deleteBase]).toEqual([3, 0]);
});

test('what a disk stands on the driver keeps, and it is not tried again at once', async () => {
  const { pass, pool, key, there } = await begin();
  pool.standing.add(key);
  await pass(AFTER_MS * 1.5);
  expect([there(), pool.calls.deleteBase]).toEqual([[key], 1]);
  await pass(AFTER_MS / 4);
  expect(pool.calls.deleteBase).toBe(1);
  pool.standing.clear();
  await pass(AFTER_MS);
  expect(there()).toEqual([]);
});

test('who asks for one that is just being removed waits, and has it fetched anew', async () => {
  const { pool, key, transfers, image, rest, call } = await begin();
  const told: string[] = [];
  transfers.onChange(({ name }, host) => told.push(`${name} on ${host}`));
  const { promise, resolve } = Promise.withResolvers<void>();
  pool.beforeDelete = promise;
  const removing = transfers.remove({ host: pool.host, pool: 'default', key }, call.signal);
  const request = { host: pool.host, pool: 'default', image: image() };
  const state = await transfers.ensure(request, call.signal);
  expect(state).toMatchObject({ kind: 'InProgress', message: expect.stringContaining('being removed') });
  resolve();
  expect(await removing).toBe(true);
  expect(told).toEqual(['demo on h']);
  expect(await transfers.ensure(request, call.signal)).toMatchObject({ kind: 'InProgress' });
  await rest();
  expect(await transfers.ensure(request, call.signal)).toMatchObject({ kind: 'Ready' });
  expect(pool.calls.importBase).toBe(1);
});

test('one that is being fetched is not removed', async () => {
  const { pool, key, transfers, image, call, rest } = await begin();
  pool.bases.clear();
  await transfers.ensure({ host: pool.host, pool: 'default', image: image() }, call.signal);
  expect(await transfers.remove({ host: pool.host, pool: 'default', key }, call.signal)).toBe(false);
  await rest();
  expect(pool.calls.deleteBase).toBe(0);
});

test('while the host does not say what became of it, nobody is told that it is there', async () => {
  const { pool, key, transfers, image, call } = await begin();
  pool.beforeDelete = Promise.reject(new DriverError('Unknown', 'no answer'));
  await expect(transfers.remove({ host: pool.host, pool: 'default', key }, call.signal)).rejects.toThrow('no answer');
  const state = await transfers.ensure({ host: pool.host, pool: 'default', image: image() }, call.signal);
  expect(state).toMatchObject({ kind: 'InProgress' });
});

test('a silent host is left alone, and a Hypervisor that is gone is forgotten', async () => {
  const { pass, pool, there, api, call } = await begin();
  pool.answers = false;
  await pass(2 * AFTER_MS);
  expect(there()).toHaveLength(1);
  pool.answers = true;
  await api.delete(HYPERVISORS, { name: 'h' }, call);
  await pass(2 * AFTER_MS);
  expect(there()).toHaveLength(1);
});

test('what was brought from a store stays for those that may need it, and goes after them', async () => {
  const { pass, there, pool, key: demo, addInstance, api, call } = await begin();
  const snap = { namespace: 'a', name: 'snap' };
  const { metadata } = await api.create(
    IMAGES,
    { metadata: snap, spec: { sources: [{ format: 'raw', snapshot: { name: 'snap' } }] } },
    call,
  );
  const locations = [{ store: { imageStoreName: 'vault', key: 'snap.qcow2', sha256, sizeBytes: 1 } }];
  await api.mergePatch(IMAGES, snap, { status: { locations } }, call, { subresource: 'status' });
  const key = fetchedKey(metadata.uid, sha256);
  pool.bases.set(key, base(key, CLUSTER));
  await addInstance({ imageName: 'snap' });
  await pass(2 * AFTER_MS);
  expect([there().includes(demo), there()]).toEqual([false, [key]]);
  await api.delete(INSTANCES, { namespace: 'a', name: 'i' }, call);
  await pass(2 * AFTER_MS);
  expect(there()).toEqual([]);
});
