import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { findCondition } from '../kernel/status/conditions.ts';
import { testManager, type TestManager } from '../kernel/testing/test-manager.ts';
import { HYPERVISORS, IMAGE_STORES } from '../resources.ts';
import { addImageStoreController } from './controller.ts';
import { Stores } from './stores.ts';
import { MemoryStore } from './testing/memory-store.ts';

const PROBE = 'hostler-probe-here';
let world: TestManager;
let store: MemoryStore;
beforeEach(async () => {
  world = testManager();
  store = new MemoryStore();
  const stores = new Stores(world.client, world.cache(IMAGE_STORES), 'hostler', world.clock, () => store);
  addImageStoreController(world, world.openLease(), stores, 'here');
  await world.start();
});
afterEach(() => world.stop());

async function make(): Promise<void> {
  await world.api.create(IMAGE_STORES, { metadata: { name: 'vault' }, spec: { http: { url: 'http://192.0.2.9' } } }, world.call);
  await world.settle();
}
async function said(name = 'vault'): Promise<string> {
  const ready = findCondition((await world.api.get(IMAGE_STORES, { name }, world.call)).status?.conditions, 'Ready');
  return `${ready?.status} ${ready?.reason}`;
}
const written = async (): Promise<string | undefined> =>
  (await world.api.get(IMAGE_STORES, { name: 'vault' }, world.call)).metadata.resourceVersion;

test('one that can be written to is Ready; nothing of the trial stays', async () => {
  await make();
  expect([await said(), store.calls, store.files.size]).toEqual(['True Writable', [`put ${PROBE}`, `remove ${PROBE}`], 0]);
});

test('one that cannot is not, and is when it answers again', async () => {
  store.fallSilent();
  await make();
  expect(await said()).toBe('False StoreUnreachable');
  store.before = () => undefined;
  await world.clock.advance(30_000);
  await world.settle();
  expect(await said()).toBe('True Writable');
});

test('one that never answers is given up after a while', async () => {
  store.before = () => new Promise<never>(() => undefined);
  await make();
  await world.clock.advance(15_000);
  await world.settle();
  expect(await said()).toBe('False StoreUnreachable');
});

test('one that loses what it took, or keeps what was deleted, is told as that', async () => {
  store.sizeOf = () => Promise.resolve(undefined);
  await make();
  expect(await said()).toBe('False StoreCopyDamaged');
  store.sizeOf = (key) => Promise.resolve(store.files.get(key));
  store.remove = () => Promise.resolve();
  await world.clock.advance(30_000);
  await world.settle();
  expect(await said()).toBe('False StoreKeepsFiles');
});

test('it is tried again now and then, which writes nothing while nothing changed', async () => {
  await make();
  const before = await written();
  await world.clock.advance(3 * 900_000);
  await world.settle();
  expect([await written(), store.calls.length > 2]).toEqual([before, true]);
});

test('a pool that hosts share is Ready as soon as a Hypervisor has it, and no longer; nothing is tried there', async () => {
  await world.api.create(IMAGE_STORES, { metadata: { name: 'filer' }, spec: { sharedPool: { sharedId: 's' } } }, world.call);
  await world.settle();
  expect(await said('filer')).toBe('False PoolNotFound');
  const pools = { nfs: { pool: 'nfs', sharedId: 's' } };
  await world.api.create(HYPERVISORS, { metadata: { name: 'a' }, spec: { driver: 'fake', fake: { socket: '/x' }, pools } }, world.call);
  await world.settle();
  expect([await said('filer'), store.calls]).toEqual(['True Shared', []]);
  await world.api.delete(HYPERVISORS, { name: 'a' }, world.call);
  await world.settle();
  expect(await said('filer')).toBe('False PoolNotFound');
});
