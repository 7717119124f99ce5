import { beforeEach, expect, test } from '@jest/globals';
import type { ImageStoreSpec } from '../../crds/image-store.ts';
import { testManager, type TestManager } from '../kernel/testing/test-manager.ts';
import { IMAGE_STORES } from '../resources.ts';
import type { HttpStoreConfig } from './http-store.ts';
import { Stores } from './stores.ts';
import { MemoryStore } from './testing/memory-store.ts';

const SECRETS = { group: '', version: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true };
const URL = 'https://store.example.com/x';
const { signal } = new AbortController();
let world: TestManager;
let stores: Stores;
let opened: HttpStoreConfig[];
beforeEach(async () => {
  opened = [];
  world = testManager();
  stores = new Stores(world.client, world.cache(IMAGE_STORES), 'hostler', world.clock, (config) => {
    opened.push(config);
    return new MemoryStore();
  });
  await world.start();
});

async function make(name: string, http: Partial<ImageStoreSpec['http']> = {}, more: Partial<ImageStoreSpec> = {}): Promise<void> {
  await world.api.create(IMAGE_STORES, { metadata: { name }, spec: { http: { url: URL, ...http }, ...more } }, { signal });
  await world.settle();
}
async function makeSecret(name: string, values: Readonly<Record<string, string>>): Promise<void> {
  const data = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')]));
  await world.api.create(SECRETS, { metadata: { namespace: 'hostler', name }, data } as never, { signal });
}
const reason = async (name: string): Promise<string> =>
  stores.open(name, signal).then(
    () => 'opened',
    (error: { reason: string; message: string }) => `${error.reason}: ${error.message}`,
  );

test.each<[string, Readonly<Record<string, string>>, string | undefined]>([
  ['a user', { username: 'me', password: 'secret' }, 'Basic bWU6c2VjcmV0'],
  ['a token, whatever else', { token: 'abc\n', username: 'me' }, 'Bearer abc'],
])('credentials of %s', async (_, values, authorization) => {
  await make('vault', { credentialsSecret: { name: 'login' }, tls: { caSecret: { name: 'ca' } } });
  await makeSecret('login', values);
  await makeSecret('ca', { 'ca.crt': 'PEM' });
  expect([await reason('vault'), opened]).toEqual(['opened', [{ name: 'vault', url: URL, authorization, ca: 'PEM' }]]);
});

test('keys of S3', async () => {
  await make('vault', { credentialsSecret: { name: 'keys' }, s3: { region: 'garage' } });
  await makeSecret('keys', { accessKeyId: 'a', secretAccessKey: 's\n' });
  expect([await reason('vault'), opened]).toEqual([
    'opened',
    [{ name: 'vault', url: URL, s3: { region: 'garage', accessKeyId: 'a', secretAccessKey: 's' } }],
  ]);
  await makeSecret('half', { accessKeyId: 'a', username: 'me', password: 'secret' });
  await make('other', { credentialsSecret: { name: 'half' }, s3: { region: 'garage' } });
  expect(await reason('other')).toMatch(/^SecretKeyMissing: .*keys accessKeyId and secretAccessKey/);
});

test('what is missing is named, in the words of who has to bring it', async () => {
  expect(await reason('vault')).toBe('ImageStoreNotFound: waits until ImageStore vault exists');
  await make('vault', { credentialsSecret: { name: 'login' } });
  expect(await reason('vault')).toMatch(/^StoreSecretMissing: waits until Secret login, which ImageStore vault names/);
  await makeSecret('login', { username: 'me' });
  expect(await reason('vault')).toMatch(/^SecretKeyMissing: .*username and password, or key token/);
  await make('other', { tls: { caSecret: { name: 'login' } } });
  expect(await reason('other')).toMatch(/^SecretKeyMissing: .*key ca.crt/);
  expect(opened).toEqual([]);
});

test('the one that is named, else the one that is default, is chosen', async () => {
  await make('plain');
  expect([stores.choose(undefined), stores.choose('plain'), stores.choose('none')]).toMatchObject([
    { kind: 'None' },
    { kind: 'Store', name: 'plain' },
    { kind: 'Unclear', reason: 'ImageStoreNotFound' },
  ]);
  await make('usual', {}, { default: true });
  expect([stores.choose(undefined), stores.choose('plain')]).toEqual([
    { kind: 'Store', name: 'usual' },
    { kind: 'Store', name: 'plain' },
  ]);
  await make('second', {}, { default: true });
  expect(stores.choose(undefined)).toMatchObject({ kind: 'Unclear', reason: 'ManyDefaultStores' });
});

test('of a pool that hosts share the choice tells its id; no files are put there', async () => {
  await world.api.create(IMAGE_STORES, { metadata: { name: 'filer' }, spec: { sharedPool: { sharedId: 's' }, default: true } }, { signal });
  await world.settle();
  const chosen = { kind: 'Store', name: 'filer', sharedId: 's' };
  expect([stores.choose(undefined), stores.choose('filer'), await reason('filer')]).toEqual([
    chosen,
    chosen,
    'StoreIsPool: ImageStore filer is a storage pool, into which no files are put',
  ]);
});
