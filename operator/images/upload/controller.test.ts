import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Image, ImageSource } from '../../../crds/image.ts';
import { DriverError } from '../../../drivers/labels.ts';
import { findCondition } from '../../kernel/status/conditions.ts';
import { testManager, type TestManager } from '../../kernel/testing/test-manager.ts';
import { IMAGE_STORES, IMAGES } from '../../resources.ts';
import { Stores } from '../../stores/stores.ts';
import { MemoryStore } from '../../stores/testing/memory-store.ts';
import { addImages } from '../images.ts';

const checksum = { sha256: 'c'.repeat(64) };
const hosts = { get: () => undefined, list: () => [], onChange: () => () => undefined };
let world: TestManager;
let store: MemoryStore;
beforeEach(async () => {
  world = testManager();
  store = new MemoryStore();
  const stores = new Stores(world.client, world.cache(IMAGE_STORES), 'hostler', world.clock, () => store);
  const options = { deniedCidrs: [], allowedCidrs: [], maxBytes: 1e6, transfersPerHost: 2, clusterId: 'here', pruneAfterMs: 0, stores };
  addImages(world, world.openLease(), hosts, options);
  await world.start();
});
afterEach(() => world.stop());

const makeStore = async (name = 'vault', isDefault = true): Promise<void> => {
  const spec = { http: { url: 'http://192.0.2.9' }, default: isDefault };
  await world.api.create(IMAGE_STORES, { metadata: { name }, spec }, world.call);
  await world.settle();
};
const make = async (upload: NonNullable<ImageSource['upload']> = {}): Promise<void> => {
  const sources = [{ format: 'qcow2' as const, upload, checksum }];
  await world.api.create(IMAGES, { metadata: { namespace: 'a', name: 'mine' }, spec: { sources } }, world.call);
  await world.settle();
};
const find = (): Promise<Image | undefined> => world.api.find(IMAGES, { namespace: 'a', name: 'mine' }, world.call);
const said = async (): Promise<string> => {
  const ready = findCondition((await find())?.status?.conditions, 'Ready');
  return `${ready?.status} ${ready?.reason}: ${ready?.message}`;
};
async function pass(times = 1): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    await world.clock.advance(10_000);
    await world.settle();
  }
}
const key = async (): Promise<string> => `upload-${(await find())?.metadata.uid}.qcow2`;

test('the Image says where the file goes, and is Ready when it is there and grows no more', async () => {
  await makeStore();
  await make();
  await pass();
  const name = await key();
  expect((await find())?.status?.upload).toEqual({ imageStoreName: 'vault', key: name, url: `http://192.0.2.9/${name}` });
  expect(await said()).toBe(`False UploadAwaited: waits until the file is there: PUT it to http://192.0.2.9/${name}`);
  for (let bytes = 1; bytes <= 20; bytes += 1) {
    store.files.set(name, bytes);
    await world.clock.advance(1_000);
    await world.settle();
    expect((await find())?.status?.upload).not.toHaveProperty('sizeBytes');
  }
  await pass();
  expect([(await find())?.status?.upload?.sizeBytes, await said()]).toEqual([
    20,
    'True Uploaded: 20 bytes are in ImageStore vault; they are verified when an Instance needs them',
  ]);
});

test('without a store it waits for one', async () => {
  await make();
  expect(await said()).toMatch(/^False UploadAwaited: waits until an ImageStore takes it/);
  await makeStore();
  await pass(2);
  expect(await said()).toMatch(/PUT it to/);
});

test('a file that somebody takes away is waited for again', async () => {
  await makeStore();
  await make();
  await pass();
  store.files.set(await key(), 10);
  await pass(3);
  store.files.clear();
  await pass(180);
  expect(await said()).toMatch(/^False UploadAwaited/);
});

test('a store that does not answer changes nothing of what is known', async () => {
  await makeStore();
  await make();
  await pass();
  store.files.set(await key(), 10);
  await pass(3);
  store.sizeOf = () => Promise.reject(new DriverError('Transient', 'broken'));
  await pass(180);
  expect(await said()).toMatch(/^True Uploaded/);
});

test('its file goes with it, and with the store that it is not to be in any more', async () => {
  await makeStore();
  await makeStore('other', false);
  await make();
  await pass();
  store.files.set(await key(), 10);
  await pass(3);
  const sources = [{ format: 'qcow2', upload: { imageStoreName: 'other' }, checksum }];
  await world.api.mergePatch(IMAGES, { namespace: 'a', name: 'mine' }, { spec: { sources } }, world.call);
  await pass(2);
  expect([(await find())?.status?.upload?.imageStoreName, store.files.size]).toEqual(['other', 0]);
  store.files.set(await key(), 10);
  await pass(3);
  await world.api.delete(IMAGES, { namespace: 'a', name: 'mine' }, world.call);
  await pass(2);
  expect([await find(), store.files.size]).toEqual([undefined, 0]);
});

test('at rest it writes nothing', async () => {
  await makeStore();
  await make();
  await pass();
  store.files.set(await key(), 10);
  await pass(3);
  const before = (await find())?.metadata.resourceVersion;
  await pass(200);
  expect((await find())?.metadata.resourceVersion).toBe(before);
});

test('a store that is a pool which hosts share takes no files, also as the default one', async () => {
  await world.api.create(IMAGE_STORES, { metadata: { name: 'filer' }, spec: { sharedPool: { sharedId: 's' }, default: true } }, world.call);
  await make();
  expect([(await find())?.status?.upload, await said()]).toEqual([undefined, expect.stringContaining('name one with spec.http')]);
});
