import { expect, test } from '@jest/globals';
import { keyOf } from '../api/object.ts';
import { DONE, type Result, requeueAfter, TerminalError } from '../controller/result.ts';
import type { ReconcileContext } from '../controller/reconcile.ts';
import { replaceConditions } from '../status/conditions.ts';
import { endPass, isCurrent } from '../status/writer.ts';
import { testManager, type TestManager } from '../testing/test-manager.ts';
import { PARTS, WIDGETS } from '../testing/widgets.ts';
import { isStatusOnly, objectOf } from '../watch/cache.ts';

const FINALIZER = 'kernel.test/cleanup';
const ref = (name: string) => ({ namespace: 'a', name });

/** A small controller of the ordinary kind: finalizer, a missing reference, a status, clean-up. */
function addWidgets(world: TestManager, onPass: (key: string) => void = () => undefined) {
  const widgets = world.cache(WIDGETS);
  const parts = world.cache(PARTS);
  const byPart = widgets.index(({ metadata, spec }) => (spec.partName === undefined ? [] : [`${metadata.namespace}/${spec.partName}`]));
  const writer = world.writer(WIDGETS, 'widgets');
  const events = world.events('widgets');
  const controller = world.controller({ name: 'widgets', gate: world.openLease(), reconcile });
  controller.watches(widgets, { when: (change) => !isStatusOnly(change) });
  controller.watches(parts, { toKeys: (change) => byPart.keys(keyOf(objectOf(change))) });
  return controller;

  async function reconcile(key: string, context: ReconcileContext): Promise<Result> {
    onPass(key);
    const widget = widgets.get(key);
    if (widget === undefined) return DONE;
    if (widget.metadata.deletionTimestamp !== undefined) return endPass(await writer.removeFinalizer(widget, FINALIZER, context));
    const claimed = await writer.addFinalizer(widget, FINALIZER, context);
    if (!isCurrent(claimed)) return endPass(claimed);
    const { partName } = widget.spec;
    const ready = partName === undefined || parts.get(`a/${partName}`) !== undefined;
    const conditions = replaceConditions(
      widget.status?.conditions ?? [],
      [{ type: 'Ready', status: ready ? 'True' : 'False', reason: ready ? 'Made' : 'PartNotFound' }],
      { now: world.clock.now(), generation: widget.metadata.generation ?? 0 },
    );
    const written = await writer.writeStatus(claimed.object, { ...widget.status, size: widget.spec.size, conditions }, context);
    if (written.kind === 'Written' && ready)
      events.record(widget, { type: 'Normal', reason: 'Made', action: 'Make', note: 'The widget is made.' });
    return isCurrent(written) ? DONE : endPass(written);
  }
}

test('a controller takes an object from creation to Ready with two writes, and rests', async () => {
  const world = testManager();
  const passes: string[] = [];
  addWidgets(world, (key) => passes.push(key));
  await world.start();
  await world.api.create(WIDGETS, { metadata: ref('x'), spec: { size: 3 } }, world.call);
  await world.settle();
  const made = await world.api.get(WIDGETS, ref('x'), world.call);
  expect(made.status).toMatchObject({ size: 3, conditions: [{ type: 'Ready', status: 'True', observedGeneration: 1 }] });
  expect(world.api.writes('hostler/widgets')).toHaveLength(2);
  expect(world.api.requests.filter(({ kind }) => kind === 'Event')).toHaveLength(1);
  await world.clock.advance(600_000);
  expect(world.api.writes('hostler/widgets')).toHaveLength(2);
  expect(passes.length).toBeLessThanOrEqual(2); // the object, and once more at most: its own finalizer
  await world.stop();
});

test('what was there before the start is found, and a missing reference brings it back when it arrives', async () => {
  const world = testManager();
  addWidgets(world);
  await world.api.create(WIDGETS, { metadata: ref('x'), spec: { size: 1, partName: 'p' } }, world.call);
  await world.start();
  await world.settle();
  expect((await world.api.get(WIDGETS, ref('x'), world.call)).status?.conditions).toMatchObject([
    { status: 'False', reason: 'PartNotFound' },
  ]);
  await world.api.create(PARTS, { metadata: ref('p'), spec: { weight: 1 } }, world.call);
  await world.settle();
  expect((await world.api.get(WIDGETS, ref('x'), world.call)).status?.conditions).toMatchObject([{ status: 'True', reason: 'Made' }]);
  await world.stop();
});

test('a deleted object is cleaned up and goes', async () => {
  const world = testManager();
  addWidgets(world);
  await world.start();
  await world.api.create(WIDGETS, { metadata: ref('x'), spec: { size: 1 } }, world.call);
  await world.settle();
  await world.api.delete(WIDGETS, ref('x'), world.call);
  await world.settle();
  expect(world.api.objects(WIDGETS)).toEqual([]);
  expect(world.cache(WIDGETS).size).toBe(0);
  await world.stop();
});

test('a conflict ends the pass, and the next one sees what the other wrote', async () => {
  const world = testManager();
  addWidgets(world);
  await world.start();
  await world.api.create(WIDGETS, { metadata: ref('x'), spec: { size: 1 } }, world.call);
  await world.settle();
  world.api.hold(); // the cache does not hear of the change in time
  await world.api.mergePatch(WIDGETS, ref('x'), { status: { note: 'foreign' } }, world.call, { subresource: 'status' });
  await world.api.mergePatch(WIDGETS, ref('x'), { spec: { size: 2 } }, world.call);
  world.api.deliver(1);
  world.api.release();
  await world.settle();
  await world.clock.advance(1_000);
  expect((await world.api.get(WIDGETS, ref('x'), world.call)).status).toMatchObject({ size: 2, note: 'foreign' });
  await world.stop();
});

test('failures come back after growing pauses, terminal ones do not, and neither stops anything else', async () => {
  const world = testManager();
  const tried: Record<string, number> = {};
  const controller = world.controller({
    name: 'faulty',
    reconcile: (key) => {
      tried[key] = (tried[key] ?? 0) + 1;
      if (key === 'terminal') throw new TerminalError('never');
      if (key === 'failing' && tried[key] < 4) throw new Error('not yet');
      return Promise.resolve(DONE);
    },
  });
  for (const key of ['terminal', 'failing', 'fine']) controller.enqueue(key);
  await world.start();
  expect(tried).toEqual({ terminal: 1, failing: 1, fine: 1 });
  await world.clock.advance(199);
  expect(tried['failing']).toBe(1);
  await world.clock.advance(1 + 400 + 800 + 10_000);
  expect(tried).toEqual({ terminal: 1, failing: 4, fine: 1 });
  const metrics = await world.metrics.registry.metrics();
  expect(metrics).toContain('controller_runtime_reconcile_total{controller="faulty",result="error"} 4');
  expect(metrics).toContain('controller_runtime_reconcile_total{controller="faulty",result="success"} 2');
  expect(metrics).toContain('controller_runtime_terminal_reconcile_errors_total{controller="faulty"} 1');
  expect(metrics).toContain('workqueue_retries_total{name="faulty",controller="faulty"} 3');
  await world.stop();
});

test('requeueAfter looks again, a change before that does not double it', async () => {
  const world = testManager();
  let passes = 0;
  const controller = world.controller({ name: 'poller', reconcile: () => Promise.resolve(((passes += 1), requeueAfter(10_000))) });
  controller.enqueue('x');
  await world.start();
  await world.clock.advance(5_000);
  controller.enqueue('x');
  await world.settle();
  expect(passes).toBe(2);
  await world.clock.advance(9_999);
  expect(passes).toBe(2);
  await world.clock.advance(1);
  expect(passes).toBe(3);
  await world.stop();
});

test('at shutdown passes under way may finish, and are aborted when the grace is over', async () => {
  const world = testManager();
  const ended: string[] = [];
  const controller = world.controller({
    name: 'slow',
    reconcile: async (key, { signal }) => {
      await new Promise<void>((resolve, reject) => {
        if (key === 'quick') world.clock.after(5_000, resolve);
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      }).then(
        () => ended.push(`${key} done`),
        () => ended.push(`${key} aborted`),
      );
      return DONE;
    },
  });
  controller.enqueue('quick');
  controller.enqueue('stuck');
  await world.start();
  await world.stop();
  expect(ended).toEqual(['quick done', 'stuck aborted']);
});

test('a runnable that fails ends the program with its error', async () => {
  const world = testManager();
  world.add({ name: 'broken', run: () => Promise.reject(new Error('cannot listen')) });
  const run = world.run(new AbortController().signal).catch((error: unknown) => error);
  await world.settle();
  await world.clock.advance(60_000);
  expect(await run).toMatchObject({ message: 'cannot listen' });
});
