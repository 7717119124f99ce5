import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { ManualClock } from '../testing/manual-clock.ts';
import { connectionLost, MemoryApi } from '../testing/memory-api.ts';
import { type Widget, WIDGETS } from '../testing/widgets.ts';
import { ObjectCache } from '../watch/object-cache.ts';
import { PatchingWriter } from './object-writer.ts';
import { endPass, isCurrent } from './writer.ts';

const call = { signal: new AbortController().signal };
const ref = { namespace: 'a', name: 'x' };
const FINALIZER = 'kernel.test/cleanup';

async function makeWorld() {
  const api = new MemoryApi();
  const cache = new ObjectCache<Widget>({
    onFault: (error) => {
      throw error;
    },
  });
  const clock = new ManualClock();
  const writer = new PatchingWriter({ client: api, resource: WIDGETS, cache, clock, name: 'widgets', fieldManager: 'hostler/widgets' });
  const object = await api.create(WIDGETS, { metadata: ref, spec: { size: 1 } }, call);
  cache.beginList();
  const { resourceVersion } = object.metadata;
  cache.replace([object], resourceVersion);
  const follow = async (): Promise<void> => {
    void api.watch(WIDGETS, { resourceVersion, timeoutSeconds: 300 }, call, (event) => {
      if (event.kind === 'Deleted') cache.remove(event.object);
      else if (event.kind !== 'Bookmark') cache.observe(event.object);
    });
    await nextTurn();
  };
  return { api, cache, clock, writer, object, follow, writes: () => api.writes('hostler/widgets') };
}

test('a status that differs is written once, to the status alone, and is in the cache when the write is done', async () => {
  const { writer, object, cache, writes } = await makeWorld();
  const heard: (string | undefined)[] = [];
  cache.onChange((change) => heard.push(`${change.kind} by ${change.writer}`));
  const written = await writer.writeStatus(object, { size: 1 }, call);
  expect(written).toMatchObject({ kind: 'Written', object: { status: { size: 1 } } });
  expect(isCurrent(written) && cache.get('a/x')).toBe(isCurrent(written) && written.object);
  expect(heard).toEqual(['Added by undefined', 'Updated by widgets']);
  expect(writes()).toEqual([{ verb: 'patch', kind: 'Widget', key: 'a/x', subresource: 'status', fieldManager: 'hostler/widgets' }]);
});

test('an equal status costs no request', async () => {
  const { writer, object, writes } = await makeWorld();
  const first = await writer.writeStatus(object, { size: 1 }, call);
  if (!isCurrent(first)) throw new Error('not written');
  expect(await writer.writeStatus(first.object, { size: 1 }, call)).toEqual({ kind: 'Unchanged', object: first.object });
  expect(writes()).toHaveLength(1);
});

test('the next write to an object waits until the watch has shown the last one, but not for ever', async () => {
  const { api, clock, writer, object, follow, writes } = await makeWorld();
  await follow();
  api.hold();
  const first = await writer.writeStatus(object, { size: 1 }, call);
  if (!isCurrent(first)) throw new Error('not written');
  const second = writer.writeStatus(first.object, { size: 2 }, call);
  await clock.advance(500);
  expect(writes()).toHaveLength(1);
  api.release();
  const shown = await second;
  if (!isCurrent(shown)) throw new Error('not written');
  api.hold();
  const third = await writer.writeStatus(shown.object, { size: 3 }, call);
  if (!isCurrent(third)) throw new Error('not written');
  const fourth = writer.writeStatus(third.object, { size: 4 }, call);
  await clock.advance(10_000);
  expect(await fourth).toMatchObject({ kind: 'Written', object: { status: { size: 4 } } });
});

test('a pass that is aborted waits no longer', async () => {
  const { writer, object } = await makeWorld();
  const first = await writer.writeStatus(object, { size: 1 }, call);
  if (!isCurrent(first)) throw new Error('not written');
  const pass = new AbortController();
  const second = writer.writeStatus(first.object, { size: 2 }, { signal: pass.signal });
  pass.abort(new Error('the lease is lost'));
  await expect(second).rejects.toThrow('the lease is lost');
});

test('fields that the new status leaves out are removed', async () => {
  const { api, writer, object, follow } = await makeWorld();
  await follow();
  const first = await writer.writeStatus(object, { size: 1, note: 'old' }, call);
  if (!isCurrent(first)) throw new Error('not written');
  await writer.writeStatus(first.object, { size: 1 }, call);
  expect((await api.get(WIDGETS, ref, call)).status).toEqual({ size: 1 });
});

test('an object that changed meanwhile is a conflict, one that is gone is gone, and neither is written', async () => {
  const { api, writer, object, follow } = await makeWorld();
  await follow();
  const changed = await api.mergePatch(WIDGETS, ref, { spec: { size: 2 } }, call);
  const conflict = await writer.writeStatus(object, { size: 1 }, call);
  expect(conflict).toEqual({ kind: 'Conflict' });
  expect(endPass(conflict).requeueAfterMs).toBeGreaterThan(0);
  await api.delete(WIDGETS, ref, call);
  const gone = await writer.writeStatus(changed, { size: 2 }, call);
  expect(gone).toEqual({ kind: 'Gone' });
  expect(endPass(gone)).toEqual({});
});

test('the next object of the same name is a conflict, not a victim', async () => {
  const { api, writer, object } = await makeWorld();
  await api.delete(WIDGETS, ref, call);
  await api.create(WIDGETS, { metadata: ref, spec: { size: 9 } }, call);
  expect(await writer.writeStatus(object, { size: 1 }, call)).toEqual({ kind: 'Conflict' });
  expect((await api.get(WIDGETS, ref, call)).status).toBeUndefined();
});

test('finalizers: added once, not on a deleted object, removed together with a deleted one', async () => {
  const { api, cache, writer, object, follow, writes } = await makeWorld();
  await follow();
  const added = await writer.addFinalizer(object, FINALIZER, call);
  if (!isCurrent(added)) throw new Error('not written');
  expect(added.object.metadata.finalizers).toEqual([FINALIZER]);
  expect((await writer.addFinalizer(added.object, FINALIZER, call)).kind).toBe('Unchanged');
  await api.delete(WIDGETS, ref, call);
  const deleted = await api.get(WIDGETS, ref, call);
  expect((await writer.addFinalizer(deleted, 'other/finalizer', call)).kind).toBe('Unchanged');
  expect((await writer.removeFinalizer(deleted, 'other/finalizer', call)).kind).toBe('Unchanged');
  expect((await writer.removeFinalizer(deleted, FINALIZER, call)).kind).toBe('Written');
  expect(api.objects(WIDGETS)).toEqual([]);
  expect(cache.get('a/x')?.metadata.deletionTimestamp).toBeUndefined(); // the watch tells of the end, not the write
  expect(writes()).toHaveLength(2);
});

test('a write without an answer rejects: nobody knows what became of it', async () => {
  const { api, writer, object } = await makeWorld();
  api.after = () => Promise.reject(connectionLost());
  await expect(writer.writeStatus(object, { size: 1 }, call)).rejects.toMatchObject({ reason: 'ConnectionFailed', code: 0 });
});
