/**
 * The reflector against a real API server that is killed, stopped, hung, cut off and loses its data while objects come
 * and go: listeners hear a consistent story, and at the end the cache is what the server has.
 */
import { afterAll, beforeAll, beforeEach, afterEach, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { ControlPlane } from '../../../e2e/environment/control-plane.ts';
import { testDir } from '../../../e2e/environment/paths.ts';
import { waitFor } from '../../../e2e/environment/wait.ts';
import type { ApiClient } from '../api/client.ts';
import { keyOf } from '../api/object.ts';
import { systemClock } from '../clock.ts';
import { MemoryLogger } from '../testing/memory-logger.ts';
import { type ConfigMap, CONFIG_MAPS, NAMESPACES, realClient } from '../testing/real-api.ts';
import { TcpProxy } from '../testing/tcp-proxy.ts';
import { objectOf } from './cache.ts';
import { ObjectCache } from './object-cache.ts';
import { Reflector } from './reflector.ts';
import { withoutManagedFields } from './strip.ts';
import { compareVersions } from './version.ts';

const call = { signal: new AbortController().signal, timeoutMs: 5_000 };
let controlPlane: ControlPlane;
let user: ApiClient;
let proxy: TcpProxy;

beforeAll(async () => {
  controlPlane = await ControlPlane.start({ dir: join(testDir, 'kernel-reflector') });
  user = await realClient(controlPlane.kubeconfig);
}, 180_000);
afterAll(async () => {
  await user?.close();
  await controlPlane?.stop();
});
beforeEach(async () => {
  proxy = await TcpProxy.start(controlPlane.url);
});
afterEach(async () => {
  await proxy[Symbol.asyncDispose]();
});

/** A reflector behind the proxy, and somebody who retells what its listeners hear. */
async function observe(namespace: string) {
  const client = await realClient(controlPlane.kubeconfig, proxy.url);
  const log = new MemoryLogger();
  const faults: unknown[] = [];
  const cache = new ObjectCache<ConfigMap>({ transform: withoutManagedFields, onFault: (error) => faults.push(error) });
  const story = new Map<string, ConfigMap>();
  let deletions = 0;
  cache.onChange((change) => {
    const key = keyOf(objectOf(change));
    expect(story.get(key)).toBe(change.previous);
    if (change.kind === 'Deleted') {
      deletions += 1;
      story.delete(key);
      return;
    }
    if (change.kind === 'Updated')
      expect(compareVersions(change.previous.metadata.resourceVersion, change.current.metadata.resourceVersion)).toBeLessThan(0);
    story.set(key, change.current);
  });
  const stopping = new AbortController();
  const options = {
    client,
    resource: CONFIG_MAPS,
    cache,
    clock: systemClock,
    log,
    random: Math.random,
    query: { namespace },
    pageSize: 10,
  };
  const running = new Reflector({ ...options, inactivityMs: 3_000 }).run(stopping.signal);
  const isCaughtUp = async (): Promise<boolean> => {
    const { items } = await user.list(CONFIG_MAPS, { namespace }, call);
    const wanted = new Map(items.map((item) => [keyOf(item), item.metadata.resourceVersion]));
    return wanted.size === cache.size && [...wanted].every(([key, version]) => cache.get(key)?.metadata.resourceVersion === version);
  };
  await waitFor('the first list', () => cache.synced());
  return {
    cache,
    log,
    deletions: () => deletions,
    caughtUp: () => waitFor('the cache to have what the server has', isCaughtUp, { timeoutMs: 60_000 }),
    stop: async () => {
      stopping.abort(new Error('the test is over'));
      await running;
      await client.close();
      expect(faults).toEqual([]);
      expect(new Set(story.values())).toEqual(new Set(cache.values()));
    },
  };
}

/** Objects come, change and go; refusals while the server is away are part of it. */
function churn(namespace: string) {
  const stopping = new AbortController();
  let done = 0;
  const quietly = (work: Promise<unknown>): Promise<unknown> =>
    work.then(() => (done += 1)).catch(() => new Promise((resolve) => setTimeout(resolve, 50)));
  const run = async (): Promise<void> => {
    for (let at = 0; !stopping.signal.aborted; at += 1) {
      const ref = { namespace, name: `c${at % 25}` };
      if (at % 3 === 0) await quietly(user.create(CONFIG_MAPS, { metadata: ref, data: { at: String(at) } }, call));
      else if (at % 7 === 0) await quietly(user.delete(CONFIG_MAPS, ref, call));
      else await quietly(user.mergePatch(CONFIG_MAPS, ref, { data: { at: String(at) } }, call));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const running = run();
  return {
    more: async (count: number) => {
      const until = done + count;
      await waitFor('some more changes', () => done >= until, { timeoutMs: 60_000 });
    },
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

const makeNamespace = (name: string) => user.create(NAMESPACES, { metadata: { name } }, call);

test('connections are cut again and again', async () => {
  await makeNamespace('cut');
  const seen = await observe('cut');
  const changes = churn('cut');
  for (let time = 0; time < 5; time += 1) {
    await changes.more(40);
    proxy.cut();
  }
  await changes.stop();
  await seen.caughtUp();
  expect(seen.log.messages('info')).toEqual([]); // taken up where it stopped: no second list
  await seen.stop();
}, 120_000);

test('the network swallows everything without a word, then works for new connections only', async () => {
  await makeNamespace('hang');
  const seen = await observe('hang');
  const changes = churn('hang');
  await changes.more(30);
  proxy.hang();
  await changes.more(100);
  proxy.forget();
  await seen.caughtUp().catch(() => undefined);
  await changes.stop();
  await seen.caughtUp();
  await seen.stop();
}, 180_000);

test('the API server is killed, and stopped in order, and comes back', async () => {
  await makeNamespace('restart');
  const seen = await observe('restart');
  const changes = churn('restart');
  await changes.more(60);
  await controlPlane.killApiServer();
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  await controlPlane.startApiServer();
  await changes.more(60);
  await controlPlane.stopApiServer();
  await controlPlane.startApiServer();
  await changes.more(60);
  await changes.stop();
  await seen.caughtUp();
  await seen.stop();
}, 240_000);

test('the API server hangs, and goes on', async () => {
  await makeNamespace('frozen');
  const seen = await observe('frozen');
  const changes = churn('frozen');
  await changes.more(30);
  controlPlane.hangApiServer();
  await waitFor('the watch to be given up', () => seen.log.messages('warn').length > 0);
  controlPlane.resumeApiServer();
  await changes.more(30);
  await changes.stop();
  await seen.caughtUp();
  await seen.stop();
}, 180_000);

test('the server loses its data: what is gone is told to be gone, and what comes next is heard', async () => {
  await makeNamespace('lost');
  for (let at = 0; at < 5; at += 1) await user.create(CONFIG_MAPS, { metadata: { namespace: 'lost', name: `c${at}` } }, call);
  const seen = await observe('lost');
  await seen.caughtUp();
  const held = seen.cache.size;
  await controlPlane.loseData();
  await waitFor('the cache to be empty', () => seen.cache.size === 0, { timeoutMs: 120_000 });
  expect(seen.deletions()).toBeGreaterThanOrEqual(held);
  await makeNamespace('lost');
  await user.create(CONFIG_MAPS, { metadata: { namespace: 'lost', name: 'new' } }, call);
  await seen.caughtUp();
  expect(seen.cache.get('lost/new')).toBeDefined();
  await seen.stop();
}, 240_000);
