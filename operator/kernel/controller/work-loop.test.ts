import { describe, expect, test } from '@jest/globals';
import { Metrics } from '../http/metrics.ts';
import type { Gate } from '../lease/lease.ts';
import { PRIORITY } from '../queue/priority.ts';
import { ManualClock, settled } from '../testing/manual-clock.ts';
import { MemoryApi } from '../testing/memory-api.ts';
import { MemoryLogger } from '../testing/memory-logger.ts';
import { widget, type Widget } from '../testing/widgets.ts';
import { ObjectCache } from '../watch/object-cache.ts';
import type { ControllerOptions } from './controller.ts';
import type { ReconcileContext } from './reconcile.ts';
import { DONE, requeueAfter } from './result.ts';
import { PassEnded, WorkLoop } from './work-loop.ts';
import { outside } from './working-pass.ts';

class TestGate implements Gate {
  open: boolean;
  private listener: (open: boolean) => void = () => undefined;
  constructor(open: boolean) {
    this.open = open;
  }
  onChange(listener: (open: boolean) => void): () => void {
    this.listener = listener;
    return () => (this.listener = () => undefined);
  }
  set(open: boolean): void {
    this.open = open;
    this.listener(open);
  }
}

function makeLoop(options: Omit<ControllerOptions, 'name'>) {
  const clock = new ManualClock();
  const log = new MemoryLogger();
  const loop = new WorkLoop({ name: 'test', ...options }, { client: new MemoryApi(), clock, log, metrics: new Metrics(), random: () => 0 });
  return { clock, log, loop };
}

test('as many passes at once as there are workers, and never two over one key', async () => {
  const running = new Map<string, () => void>();
  let most = 0;
  const { loop } = makeLoop({
    workers: 3,
    reconcile: (key) => {
      expect(running.has(key)).toBe(false);
      return new Promise((resolve) => {
        running.set(key, () => resolve(DONE));
        most = Math.max(most, running.size);
      });
    },
  });
  const started: string[] = [];
  loop.start();
  for (let round = 0; round < 20; round += 1) {
    for (const key of ['a', 'b', 'c', 'd', 'e']) loop.enqueue(key);
    await settled();
    const [first] = running;
    if (first === undefined) continue;
    const [key, finish] = first;
    running.delete(key);
    started.push(key);
    finish();
  }
  expect(most).toBe(3);
  expect(new Set(started)).toEqual(new Set(['a', 'b', 'c', 'd', 'e']));
});

describe('passes that hang', () => {
  const hung = Array.from({ length: 40 }, (_, index) => `hung-${index}`);
  let seen: string[];
  const loopWith = (workers: number) => {
    seen = [];
    return makeLoop({
      workers,
      reconcile: (key) => {
        seen.push(key);
        return key.startsWith('hung') ? new Promise(() => undefined) : Promise.resolve(DONE);
      },
    });
  };

  test('hold no worker for longer than a moment: others are looked at', async () => {
    const { loop, clock } = loopWith(3);
    loop.start();
    for (const key of hung.slice(0, 5)) loop.enqueue(key);
    loop.enqueue('well');
    await clock.advance(4_999);
    expect(seen).toEqual(hung.slice(0, 3));
    await clock.advance(1);
    expect(seen).toEqual([...hung.slice(0, 5), 'well']);
    loop.enqueue('well');
    await settled();
    expect(seen).toHaveLength(7);
    expect(clock.timers).toBe(0);
  });

  test('outside hold one for a second; who answers in between begins anew', async () => {
    const seen: string[] = [];
    const answer: (() => void)[] = [];
    const { loop, clock } = makeLoop({
      workers: 1,
      reconcile: async (key, { signal }) => {
        seen.push(key);
        if (key === 'hung')
          for (let times = 0; times < 3; times += 1)
            await outside(signal, () =>
              Promise.all([outside(signal, () => Promise.resolve()), new Promise<void>((resolve) => answer.push(resolve))]),
            );
        return DONE;
      },
    });
    loop.start();
    loop.enqueue('hung');
    await settled();
    loop.enqueue('well');
    for (let times = 0; times < 2; times += 1) {
      await clock.advance(900);
      expect(seen).toEqual(['hung']);
      answer[times]?.();
      await settled();
    }
    await clock.advance(999);
    expect(seen).toEqual(['hung']);
    await clock.advance(1);
    expect(seen).toEqual(['hung', 'well']);
  });

  test('are never more than a bound', async () => {
    const { loop, clock } = loopWith(2);
    loop.start();
    for (const key of hung) loop.enqueue(key);
    await clock.advance(120_000);
    expect(seen).toEqual(hung.slice(0, 32));
  });

  test('leave nothing that rings when the time to stop is over', async () => {
    const { loop, clock } = loopWith(1);
    loop.start();
    for (const key of hung.slice(0, 2)) loop.enqueue(key);
    await settled();
    expect(clock.timers).toBe(1);
    void loop.stop();
    expect(clock.timers).toBe(0);
  });
});

test('every line of a pass carries controller, object and the same reconcile id; every pass has its own', async () => {
  const { loop, log } = makeLoop({
    reconcile: (_, { log }) => {
      log.info('one');
      log.info('two');
      return Promise.resolve(DONE);
    },
  });
  loop.start();
  loop.enqueue('a/x');
  await settled();
  loop.enqueue('a/x');
  await settled();
  const ids = log.lines.map(({ fields }) => fields['reconcileId']);
  expect(log.lines[0]?.fields).toMatchObject({ controller: 'test', object: 'a/x' });
  expect(ids[0]).toBe(ids[1]);
  expect(ids[2]).toBe(ids[3]);
  expect(ids[0]).not.toBe(ids[2]);
});

test('what the first list brings waits behind what changes', async () => {
  const seen: string[] = [];
  const { loop } = makeLoop({ workers: 1, reconcile: (key) => Promise.resolve((seen.push(key), DONE)) });
  const cache = new ObjectCache<Widget>({ onFault: () => undefined });
  loop.watches(cache);
  cache.beginList();
  cache.replace([widget('old-1', 1), widget('old-2', 2)], '2');
  cache.observe(widget('new', 3));
  loop.enqueue('urgent', { priority: PRIORITY.urgent });
  loop.start();
  await settled();
  expect(seen).toEqual(['urgent', 'a/new', 'a/old-1', 'a/old-2']);
});

test('a closed gate holds keys back; when it closes passes are aborted, when it opens everything is looked at', async () => {
  const gate = new TestGate(false);
  const passes: string[] = [];
  const contexts = new Map<string, ReconcileContext>();
  const { loop, log } = makeLoop({
    gate,
    reconcile: async (key, context) => {
      passes.push(key);
      contexts.set(key, context);
      if (key === 'a/slow')
        await new Promise((_, reject) => context.signal.addEventListener('abort', () => reject(context.signal.reason as Error)));
      return DONE;
    },
  });
  const cache = new ObjectCache<Widget>({ onFault: () => undefined });
  cache.beginList();
  cache.replace([widget('slow', 1), widget('x', 2)], '2');
  loop.watches(cache);
  loop.start();
  loop.enqueue('other');
  await settled();
  expect(passes).toEqual([]);
  gate.set(true);
  await settled();
  expect(passes.splice(0).sort()).toEqual(['a/slow', 'a/x', 'other']);
  gate.set(false);
  await settled();
  expect(contexts.get('a/slow')?.signal.aborted).toBe(true);
  expect(log.messages('error')).toEqual([]); // losing the lease is no failure of the pass
  loop.enqueue('other');
  await settled();
  expect(passes).toEqual([]);
  gate.set(true);
  await settled();
  expect(passes.sort()).toEqual(['a/slow', 'a/x', 'other']);
});

test('a gate that is shut but has not said so yet lets nothing through, and one that is open neither', async () => {
  const gate = new TestGate(false);
  let passes = 0;
  const { loop } = makeLoop({ gate, reconcile: () => Promise.resolve(((passes += 1), DONE)) });
  loop.start();
  gate.open = true;
  loop.enqueue('x');
  await settled();
  expect(passes).toBe(0);
  gate.set(true);
  await settled();
  expect(passes).toBe(1);
  gate.open = false;
  loop.enqueue('x');
  await settled();
  expect(passes).toBe(1);
});

test('a pass that takes too long is aborted, and comes back as a failure', async () => {
  let failures = -1;
  const { loop, clock, log } = makeLoop({
    timeoutMs: 1_000,
    reconcile: async (_, context) => {
      failures = context.failures;
      await new Promise((_, reject) => context.signal.addEventListener('abort', () => reject(context.signal.reason as Error)));
      return DONE;
    },
  });
  loop.start();
  loop.enqueue('x');
  await clock.advance(1_000);
  expect(log.messages('error')).toEqual(['Reconcile failed']);
  await clock.advance(200);
  expect(failures).toBe(1);
});

test('a reconcile that throws before it waits for anything fails like any other', async () => {
  const { loop, log } = makeLoop({
    reconcile: () => {
      throw new Error('at once');
    },
  });
  loop.start();
  loop.enqueue('x');
  await settled();
  expect(log.messages('error')).toEqual(['Reconcile failed']);
});

test('a key that asks to come back at once for ever starves neither others nor the clock', async () => {
  let others = 0;
  const { loop } = makeLoop({
    workers: 1,
    reconcile: (key) => Promise.resolve(key === 'greedy' ? requeueAfter(0) : ((others += 1), DONE)),
  });
  loop.start();
  loop.enqueue('greedy');
  loop.enqueue('modest');
  await settled();
  expect(others).toBe(1);
  await loop.stop();
});

test('passes that go on when the time to stop is over are aborted, and are no failures', async () => {
  const reasons: unknown[] = [];
  const { loop } = makeLoop({
    reconcile: (_, { signal }) =>
      new Promise((_, reject) =>
        signal.addEventListener('abort', () => {
          reasons.push(signal.reason);
          reject(signal.reason as Error);
        }),
      ),
  });
  loop.start();
  loop.enqueue('a');
  await settled();
  const stopping = loop.stop();
  loop.abort();
  await stopping;
  expect(reasons).toEqual([expect.any(PassEnded)]);
});

test('stopping waits for passes under way and takes no more', async () => {
  const finish: (() => void)[] = [];
  const { loop } = makeLoop({ workers: 1, reconcile: () => new Promise((resolve) => finish.push(() => resolve(requeueAfter(0)))) });
  loop.start();
  loop.enqueue('a');
  loop.enqueue('b');
  await settled();
  let stopped = false;
  const stopping = loop.stop().then(() => (stopped = true));
  await settled();
  expect(stopped).toBe(false);
  finish[0]?.();
  await stopping;
  await settled();
  expect(finish).toHaveLength(1);
});
