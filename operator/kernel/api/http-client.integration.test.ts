/** The client against a real API server: verbs, guards, pages, watches, and every way to log in. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { ControlPlane } from '../../../e2e/environment/control-plane.ts';
import { testDir } from '../../../e2e/environment/paths.ts';
import { systemClock } from '../clock.ts';
import { PatchingWriter } from '../status/object-writer.ts';
import { isCurrent } from '../status/writer.ts';
import { MemoryLogger } from '../testing/memory-logger.ts';
import { type ConfigMap, CONFIG_MAPS, clientOf, installWidgets, NAMESPACES, realClient } from '../testing/real-api.ts';
import { type Widget, WIDGETS } from '../testing/widgets.ts';
import { ObjectCache } from '../watch/object-cache.ts';
import type { ApiClient, WatchEvent } from './client.ts';
import { loadConnection } from './kubeconfig.ts';
import type { KubeObject } from './object.ts';
import type { Resource } from './resource.ts';

const dir = join(testDir, 'kernel-client');
const call = { signal: new AbortController().signal };
let controlPlane: ControlPlane;
let client: ApiClient;

beforeAll(async () => {
  controlPlane = await ControlPlane.start({ dir });
  client = await realClient(controlPlane.kubeconfig);
  await installWidgets(client, WIDGETS, call.signal);
}, 180_000);

afterAll(async () => {
  await client?.close();
  await controlPlane?.stop();
});

const inNamespace = (namespace: string) => (name: string) => ({ namespace, name });

async function makeNamespace(name: string) {
  await client.create(NAMESPACES, { metadata: { name } }, call);
  return inNamespace(name);
}

test('create, get, patch, apply, delete; guarded where it is asked for', async () => {
  const ref = await makeNamespace('verbs');
  const made = await client.create(WIDGETS, { metadata: ref('x'), spec: { size: 1 } }, call);
  expect(made).toMatchObject({ apiVersion: 'kernel.test/v1', kind: 'Widget', metadata: { generation: 1 } });
  await expect(client.create(WIDGETS, { metadata: ref('x'), spec: { size: 1 } }, call)).rejects.toMatchObject({
    code: 409,
    reason: 'AlreadyExists',
  });
  const patched = await client.mergePatch(WIDGETS, ref('x'), { spec: { size: 2 } }, call);
  expect(patched.metadata.generation).toBe(2);
  const { resourceVersion } = made.metadata;
  await expect(client.mergePatch(WIDGETS, ref('x'), { metadata: { resourceVersion }, spec: { size: 3 } }, call)).rejects.toMatchObject({
    code: 409,
    reason: 'Conflict',
  });
  await client.apply(WIDGETS, { metadata: ref('x'), spec: { partName: 'p' } }, call, { fieldManager: 'one' });
  await expect(client.apply(WIDGETS, { metadata: ref('x'), spec: { partName: 'q' } }, call, { fieldManager: 'two' })).rejects.toMatchObject(
    { code: 409 },
  );
  const forced = await client.apply(WIDGETS, { metadata: ref('x'), spec: { partName: 'q' } }, call, { fieldManager: 'two', force: true });
  expect(forced.spec).toEqual({ size: 2, partName: 'q' });
  await expect(client.delete(WIDGETS, ref('x'), call, { uid: 'another' })).rejects.toMatchObject({ reason: 'Conflict' });
  await client.delete(WIDGETS, ref('x'), call, { uid: made.metadata.uid });
  expect(await client.find(WIDGETS, ref('x'), call)).toBeUndefined();
});

test('an object is missing, its namespace too, or its whole kind: only the last says nothing about the object', async () => {
  expect(await client.find(CONFIG_MAPS, { namespace: 'nowhere', name: 'x' }, call)).toBeUndefined();
  const unknown: Resource = { ...WIDGETS, plural: 'gadgets', kind: 'Gadget' };
  await expect(client.find(unknown, { namespace: 'default', name: 'x' }, call)).rejects.toMatchObject({ reason: 'KindNotServed' });
  await expect(client.list({ ...unknown, group: 'nowhere.test' }, {}, call)).rejects.toMatchObject({ reason: 'KindNotServed' });
});

test('the writer: status alone, guarded, the answer in the cache; the last finalizer lets a deleted object go', async () => {
  const ref = await makeNamespace('writer');
  const made = await client.create(WIDGETS, { metadata: ref('x'), spec: { size: 1 } }, call);
  const cache = new ObjectCache<Widget>({ onFault: () => undefined });
  cache.beginList();
  cache.replace([made], made.metadata.resourceVersion);
  const writer = new PatchingWriter({ client, resource: WIDGETS, cache, clock: systemClock, name: 'w', fieldManager: 'hostler/w' });
  const claimed = await writer.addFinalizer(made, 'kernel.test/cleanup', call);
  if (!isCurrent(claimed)) throw new Error(claimed.kind);
  const written = await writer.writeStatus(claimed.object, { size: 1 }, call);
  if (!isCurrent(written)) throw new Error(written.kind);
  expect(written.object).toMatchObject({ status: { size: 1 }, metadata: { generation: 1 } });
  expect(cache.get('writer/x')?.metadata.resourceVersion).toBe(written.object.metadata.resourceVersion);
  expect(await writer.writeStatus(claimed.object, { size: 2 }, call)).toEqual({ kind: 'Conflict' });
  await client.delete(WIDGETS, ref('x'), call);
  const deleted = await client.get(WIDGETS, ref('x'), call);
  expect((await writer.removeFinalizer(deleted, 'kernel.test/cleanup', call)).kind).toBe('Written');
  expect(await client.find(WIDGETS, ref('x'), call)).toBeUndefined();
  expect(await writer.writeStatus(deleted, { size: 3 }, call)).toEqual({ kind: 'Gone' });
});

test('lists come in pages of one moment, built-in objects with their kind', async () => {
  const ref = await makeNamespace('pages');
  for (let at = 0; at < 7; at += 1) await client.create(CONFIG_MAPS, { metadata: ref(`c${at}`), data: { at: String(at) } }, call);
  const first = await client.list(CONFIG_MAPS, { namespace: 'pages', limit: 5 }, call);
  expect(first.items).toHaveLength(5);
  expect(first.items[0]).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap' });
  await client.create(CONFIG_MAPS, { metadata: ref('c9') }, call);
  if (first.continue === undefined) throw new Error('there should be more');
  const second = await client.list(CONFIG_MAPS, { namespace: 'pages', limit: 5, continue: first.continue }, call);
  expect(second.resourceVersion).toBe(first.resourceVersion);
  expect(second.items.map(({ metadata }) => metadata.name)).toEqual(['c5', 'c6']);
  expect(second.continue).toBeUndefined();
});

test('a watch tells what happens after its version, ends by its own time, and a version that is no more is Expired', async () => {
  const ref = await makeNamespace('watch');
  const { resourceVersion } = await client.list(CONFIG_MAPS, { namespace: 'watch' }, call);
  const heard: string[] = [];
  const watching = client.watch<ConfigMap>(CONFIG_MAPS, { namespace: 'watch', resourceVersion, timeoutSeconds: 2 }, call, (event) =>
    heard.push(shown(event)),
  );
  await client.create(CONFIG_MAPS, { metadata: ref('a') }, call);
  await client.mergePatch(CONFIG_MAPS, ref('a'), { data: { x: 'ü'.repeat(20_000) } }, call);
  await client.delete(CONFIG_MAPS, ref('a'), call);
  await watching;
  expect(heard.filter((line) => line !== 'Bookmark')).toEqual(['Added a', 'Modified a', 'Deleted a']);
  await expect(client.watch(WIDGETS, { resourceVersion: '1', timeoutSeconds: 5 }, call, () => undefined)).rejects.toMatchObject({
    reason: 'Expired',
  });
}, 30_000);

const shown = (event: WatchEvent<KubeObject>): string =>
  event.kind === 'Bookmark' ? event.kind : `${event.kind} ${event.object.metadata.name}`;

interface Answered extends KubeObject {
  readonly status?: { readonly token?: string; readonly userInfo?: { readonly username?: string } };
}
const whoAmI: Resource<Answered> = {
  group: 'authentication.k8s.io',
  version: 'v1',
  kind: 'SelfSubjectReview',
  plural: 'selfsubjectreviews',
  namespaced: false,
};

/** A kubeconfig for the same server with another user section. */
function kubeconfigFor(file: string, user: object): string {
  const config = parse(readFileSync(controlPlane.kubeconfig, 'utf8')) as { readonly users: readonly { readonly name: string }[] };
  const path = join(dir, file);
  writeFileSync(path, stringify({ ...config, users: config.users.map(({ name }) => ({ name, user })) }), { mode: 0o600 });
  return path;
}

const ACCOUNTS: Resource = { group: '', version: 'v1', kind: 'ServiceAccount', plural: 'serviceaccounts', namespaced: true };

/** Makes a service account and a token for it; its name in the cluster is `system:serviceaccount:default:<name>`. */
async function tokenOf(name: string): Promise<string> {
  const metadata = { namespace: 'default', name };
  await client.create(ACCOUNTS, { metadata }, call);
  // A subresource that is created: its path is that of a collection.
  const tokens: Resource<Answered> = { ...ACCOUNTS, kind: 'TokenRequest', plural: `serviceaccounts/${name}/token` };
  const request = { apiVersion: 'authentication.k8s.io/v1', metadata, spec: { expirationSeconds: 600 } };
  return (await client.create(tokens, request, call)).status?.token ?? '';
}

async function login(kubeconfig: string): Promise<{ readonly client: ApiClient; readonly name: () => Promise<string | undefined> }> {
  const own = clientOf(await loadConnection({ file: kubeconfig, clock: systemClock, log: new MemoryLogger() }));
  const name = async () => (await own.create(whoAmI, { metadata: { name: '' } }, call)).status?.userInfo?.username;
  return { client: own, name };
}

test('logs in with a client certificate', async () => {
  const { client: own, name } = await login(controlPlane.kubeconfig);
  expect(await name()).toMatch(/admin/);
  await own.close();
});

test('logs in with a token file, and reads it again when the server refuses what it held', async () => {
  const tokenFile = join(dir, 'token');
  writeFileSync(tokenFile, `${await tokenOf('rotated')}\n`);
  const { client: own, name } = await login(
    kubeconfigFor('token.kubeconfig', { 'auth-provider': { name: 'tokenFile', config: { tokenFile } } }),
  );
  expect(await name()).toBe('system:serviceaccount:default:rotated');
  writeFileSync(tokenFile, 'nonsense');
  await own.close();
  const other = await login(kubeconfigFor('token.kubeconfig', { 'auth-provider': { name: 'tokenFile', config: { tokenFile } } }));
  await expect(other.name()).rejects.toMatchObject({ code: 401, reason: 'Unauthorized' });
  writeFileSync(tokenFile, await tokenOf('next'));
  expect(await other.name()).toBe('system:serviceaccount:default:next');
  await other.client.close();
});

test('logs in with an exec plugin, and asks it again when the server refuses what it gave', async () => {
  const answer = join(dir, 'credential.json');
  const plugin = join(dir, 'plugin.sh');
  const give = (token: string): void =>
    writeFileSync(answer, JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: { token } }));
  writeFileSync(plugin, `#!/bin/sh\ncat "${answer}"\n`);
  chmodSync(plugin, 0o755);
  give('stale');
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: plugin, interactiveMode: 'Never' };
  const { client: own, name } = await login(kubeconfigFor('exec.kubeconfig', { exec }));
  give(await tokenOf('plugged'));
  expect(await name()).toBe('system:serviceaccount:default:plugged');
  await own.close();
});

test('goes through a proxy that the kubeconfig names', async () => {
  const tunnels: Socket[] = [];
  const proxy = createServer().on('connect', (request: IncomingMessage, socket: Socket) => {
    const { hostname, port } = new URL(`http://${request.url}`);
    const server = connect(Number(port), hostname, () => {
      tunnels.push(socket);
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      server.pipe(socket).pipe(server);
    });
    server.on('error', () => socket.destroy());
    socket.on('error', () => server.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const config = parse(readFileSync(controlPlane.kubeconfig, 'utf8')) as { readonly clusters: readonly { readonly cluster: object }[] };
  const proxyUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const clusters = config.clusters.map(({ cluster, ...rest }) => ({ ...rest, cluster: { ...cluster, 'proxy-url': proxyUrl } }));
  const file = join(dir, 'proxy.kubeconfig');
  writeFileSync(file, stringify({ ...config, clusters }), { mode: 0o600 });
  const { client: own, name } = await login(file);
  expect(await name()).toMatch(/admin/);
  expect(await name()).toMatch(/admin/);
  expect(tunnels.length).toBeGreaterThan(0);
  await own.close();
  for (const tunnel of tunnels) tunnel.destroy();
  await new Promise((resolve) => proxy.close(resolve));
});

test('a kubeconfig that names nothing, or is none, is an error that says so', async () => {
  const file = join(dir, 'empty.kubeconfig');
  writeFileSync(file, stringify({ apiVersion: 'v1', kind: 'Config', clusters: [], users: [], contexts: [], 'current-context': 'none' }));
  await expect(loadConnection({ file, clock: systemClock, log: new MemoryLogger() })).rejects.toThrow('names no cluster');
  await expect(loadConnection({ file: join(dir, 'missing'), clock: systemClock, log: new MemoryLogger() })).rejects.toThrow('ENOENT');
});
