import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { ApiError } from '../api/errors.ts';
import { keyOf } from '../api/object.ts';
import { ManualClock, settled } from '../testing/manual-clock.ts';
import { MemoryApi } from '../testing/memory-api.ts';
import { MemoryLogger } from '../testing/memory-logger.ts';
import { PARTS, type Widget, WIDGETS } from '../testing/widgets.ts';
import { ObjectCache } from './object-cache.ts';
import { Reflector } from './reflector.ts';
import { compareVersions } from './version.ts';

const call = { signal: new AbortController().signal };
const ref = (name: string) => ({ namespace: 'a', name });

function makeWorld(pageSize = 2) {
  const clock = new ManualClock();
  const api = new MemoryApi(() => clock.now());
  const log = new MemoryLogger();
  const cache = new ObjectCache<Widget>({
    onFault: (error) => {
      throw error;
    },
  });
  const reflector = new Reflector({ client: api, resource: WIDGETS, cache, clock, log, random: () => 0, pageSize });
  const stopping = new AbortController();
  const running = reflector.run(stopping.signal);
  return {
    clock,
    api,
    cache,
    log,
    versions: () => Object.fromEntries([...cache.values()].map((object) => [keyOf(object), object.metadata.resourceVersion])),
    stop: async () => {
      stopping.abort(new Error('over'));
      api.release();
      await settled();
      await clock.advance(60_000);
      await running;
    },
  };
}

const onServer = (api: MemoryApi) =>
  Object.fromEntries(api.objects(WIDGETS).map((object) => [keyOf(object), object.metadata.resourceVersion]));

test('lists in pages, then follows', async () => {
  const { api, cache, stop, versions } = makeWorld();
  for (const name of ['a', 'b', 'c', 'd', 'e']) await api.create(WIDGETS, { metadata: ref(name), spec: { size: 1 } }, call);
  await settled(20);
  expect(cache.synced()).toBe(true);
  expect(versions()).toEqual(onServer(api));
  await api.delete(WIDGETS, ref('b'), call);
  await api.create(WIDGETS, { metadata: ref('f'), spec: { size: 1 } }, call);
  await settled();
  expect(versions()).toEqual(onServer(api));
  await stop();
});

test('a watch that breaks is taken up where it stopped: no list, nothing told twice', async () => {
  const { api, clock, stop, cache } = makeWorld();
  await settled(10);
  const heard: string[] = [];
  cache.onChange(({ kind }) => heard.push(kind));
  await api.create(WIDGETS, { metadata: ref('a'), spec: { size: 1 } }, call);
  api.hold();
  await api.mergePatch(WIDGETS, ref('a'), { spec: { size: 2 } }, call);
  api.breakWatches();
  api.release();
  await clock.advance(1_000);
  expect(heard).toEqual(['Added', 'Updated']);
  expect(api.requests.filter(({ verb }) => verb === 'list')).toHaveLength(2); // the first, and the look at the server's age
  await stop();
});

test('a watch that the server ends after it has told something goes on at once, one that has told nothing after a pause', async () => {
  const { api, clock, stop } = makeWorld();
  const watches = () => api.requests.filter(({ verb }) => verb === 'watch').length;
  await settled(10);
  await api.create(WIDGETS, { metadata: ref('a'), spec: { size: 1 } }, call);
  api.endWatches();
  await settled(10);
  expect(watches()).toBe(2);
  api.endWatches();
  await settled(10);
  expect(watches()).toBe(2);
  await clock.advance(1_000);
  expect(watches()).toBe(3);
  await stop();
});

test('after 410 it lists again and tells what was missed, deletions too', async () => {
  const { api, clock, stop, cache, versions } = makeWorld();
  await api.create(WIDGETS, { metadata: ref('a'), spec: { size: 1 } }, call);
  await settled(10);
  const heard: string[] = [];
  cache.onChange((change) => heard.push(`${change.kind}${change.kind === 'Added' && change.initial ? ' initial' : ''}`));
  heard.length = 0;
  api.hold();
  await api.delete(WIDGETS, ref('a'), call);
  await api.create(WIDGETS, { metadata: ref('b'), spec: { size: 1 } }, call);
  api.compact();
  api.breakWatches();
  api.release();
  await clock.advance(1_000);
  expect(heard).toEqual(['Deleted', 'Added']);
  expect(versions()).toEqual(onServer(api));
  await stop();
});

test('a watch without a sign of life is given up, one with bookmarks only is not, and moves on', async () => {
  const { api, clock, stop, log } = makeWorld();
  const watches = () => api.requests.filter(({ verb }) => verb === 'watch').length;
  await settled(10);
  for (let minute = 0; minute < 10; minute += 1) {
    await clock.advance(60_000);
    await api.create(PARTS, { metadata: ref(`part-${minute}`), spec: { weight: 1 } }, call); // others change, we only hear how far it went
    api.bookmark();
    await settled();
  }
  expect(watches()).toBe(1);
  await clock.advance(125_000);
  expect(watches()).toBe(2);
  api.compact(); // the bookmarks had brought it up to date: this does not hurt
  await clock.advance(125_000);
  expect(watches()).toBe(3);
  expect(log.messages('info')).toEqual([]); // no list
  await stop();
});

test('a server that is down is asked again after growing pauses, not in a storm', async () => {
  const { api, clock, stop, cache } = makeWorld();
  await settled(10);
  let asked = 0;
  api.before = () => {
    asked += 1;
    throw new ApiError('refused', { code: 0, reason: 'ConnectionFailed' });
  };
  api.breakWatches();
  await clock.advance(60_000);
  expect(asked).toBeGreaterThan(4);
  expect(asked).toBeLessThan(25);
  api.before = () => undefined;
  await clock.advance(60_000);
  await api.create(WIDGETS, { metadata: ref('a'), spec: { size: 1 } }, call);
  await settled();
  expect(cache.get('a/a')).toBeDefined();
  await stop();
});

test('a kind that is not served any more keeps what is known of it: nothing is said to be deleted', async () => {
  const { api, clock, stop, cache } = makeWorld();
  await api.create(WIDGETS, { metadata: ref('a'), spec: { size: 1 } }, call);
  await settled(10);
  api.before = () => {
    throw new ApiError('404 page not found', { code: 404, reason: 'KindNotServed' });
  };
  api.breakWatches();
  await clock.advance(120_000);
  expect(cache.get('a/a')).toBeDefined();
  await stop();
});

type Step =
  | { readonly do: 'create' | 'update' | 'delete' | 'write'; readonly name: string }
  | { readonly do: 'hold' | 'release' | 'break' | 'end' | 'compact' | 'bookmark' | 'fail' | 'answer' }
  | { readonly do: 'deliver' | 'wait'; readonly count: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('create', 'update', 'delete', 'write'), name: fc.constantFrom('a', 'b', 'c') }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom('hold', 'release', 'break', 'end', 'compact', 'bookmark', 'fail', 'answer', 'answer') }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('deliver', 'wait'), count: fc.integer({ min: 1, max: 3 }) }) },
) as fc.Arbitrary<Step>;

test('property: whatever happens to the watch, listeners hear a consistent story that ends where the server is', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const { api, clock, cache, stop, versions } = makeWorld();
      const story = new Map<string, Widget>();
      const deletedUids = new Set<string>();
      const serverUids = () => new Set(api.objects(WIDGETS).map(({ metadata }) => metadata.uid));
      cache.onChange(({ kind, previous, current }) => {
        const key = keyOf(current ?? previous);
        expect(story.get(key)).toBe(previous); // nothing left out, nothing told twice
        if (current === undefined) {
          expect(serverUids().has(previous?.metadata.uid ?? '')).toBe(false); // no deletion is invented
          deletedUids.add(previous?.metadata.uid ?? '');
          story.delete(key);
          return;
        }
        expect(deletedUids.has(current.metadata.uid)).toBe(false); // nothing comes back from the dead
        if (kind === 'Updated') {
          expect(previous.metadata.uid).toBe(current.metadata.uid);
          expect(compareVersions(previous.metadata.resourceVersion, current.metadata.resourceVersion)).toBeLessThan(0);
        }
        story.set(key, current);
      });
      const answers: Widget[] = [];
      for (const action of steps) await perform(action, api, clock, cache, answers);
      api.before = () => undefined;
      api.release();
      await clock.advance(300_000);
      await settled(10);
      expect(versions()).toEqual(onServer(api));
      expect(new Map([...cache.values()].map((object) => [keyOf(object), object]))).toEqual(story);
      await stop();
    }),
    { numRuns: 300 },
  );
}, 60_000);

const quietly = (work: Promise<unknown>): Promise<unknown> => work.catch(() => undefined);

/** `answers`: what writes of a controller returned, that has not arrived yet. */
async function perform(action: Step, api: MemoryApi, clock: ManualClock, cache: ObjectCache<Widget>, answers: Widget[]): Promise<void> {
  switch (action.do) {
    case 'create':
      await quietly(api.create(WIDGETS, { metadata: ref(action.name), spec: { size: 1 } }, call));
      return;
    case 'update':
      await quietly(
        api.mergePatch(WIDGETS, ref(action.name), { spec: { size: Math.round(clock.monotonic()) + api.requests.length } }, call),
      );
      return;
    case 'delete':
      await quietly(api.delete(WIDGETS, ref(action.name), call));
      return;
    case 'write':
      await quietly(
        api
          .mergePatch(WIDGETS, ref(action.name), { status: { size: api.requests.length } }, call, { subresource: 'status' })
          .then((object) => answers.push(object)),
      );
      return;
    case 'answer': {
      const object = answers.shift();
      if (object !== undefined) cache.put(object, 'me');
      return;
    }
    case 'hold':
      api.hold();
      return;
    case 'release':
      api.release();
      return;
    case 'break':
      api.breakWatches();
      return;
    case 'end':
      api.endWatches();
      return;
    case 'compact':
      api.compact();
      api.breakWatches();
      // Not waited for: what comes next may meet the list half-way.
      void clock.advance(1_000);
      return;
    case 'bookmark':
      api.bookmark();
      return;
    case 'fail': {
      let left = 2;
      api.before = ({ verb }) => {
        if ((verb !== 'list' && verb !== 'watch') || left === 0) return;
        left -= 1;
        throw new ApiError('refused', { code: 0, reason: 'ConnectionFailed' });
      };
      return;
    }
    case 'deliver':
      api.deliver(action.count);
      return;
    case 'wait':
      await clock.advance(action.count * 500);
  }
}
