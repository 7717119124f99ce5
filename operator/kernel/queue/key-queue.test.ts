import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { ManualClock } from '../testing/manual-clock.ts';
import { KeyQueue } from './key-queue.ts';
import { PRIORITY } from './priority.ts';

const makeQueue = () => {
  const clock = new ManualClock();
  const queue = new KeyQueue(clock);
  return { clock, queue, takeAll: () => Array.from({ length: queue.readySize }, () => queue.take()?.key) };
};

test('higher priorities first, and first in, first out within one', () => {
  const { queue, takeAll } = makeQueue();
  queue.add('resync-1', { priority: PRIORITY.resync });
  queue.add('fresh-1');
  queue.add('resync-2', { priority: PRIORITY.resync });
  queue.add('urgent', { priority: PRIORITY.urgent });
  queue.add('fresh-2');
  expect(takeAll()).toEqual(['urgent', 'fresh-1', 'fresh-2', 'resync-1', 'resync-2']);
});

test('adding what waits merges: the higher priority and the shorter delay win', async () => {
  const { queue, clock, takeAll } = makeQueue();
  queue.add('a', { priority: PRIORITY.resync });
  queue.add('b');
  queue.add('a', { priority: PRIORITY.urgent, afterMs: 5_000 });
  expect(takeAll()).toEqual(['a', 'b']);
  queue.add('c', { afterMs: 10_000 });
  queue.add('c', { afterMs: 1_000, priority: PRIORITY.resync });
  queue.add('c', { afterMs: 60_000 });
  await clock.advance(1_000);
  expect(queue.take()).toMatchObject({ key: 'c', priority: PRIORITY.fresh });
});

test('a key that is being worked on waits for done, and comes once', () => {
  const { queue } = makeQueue();
  queue.add('a');
  expect(queue.take()?.key).toBe('a');
  queue.add('a');
  queue.add('a');
  expect(queue.take()).toBeUndefined();
  queue.done('a');
  expect(queue.take()?.key).toBe('a');
  queue.done('a');
  expect(queue.take()).toBeUndefined();
  expect(queue.size).toBe(0);
});

test('a delay asked for while a key is being worked on counts from the asking', async () => {
  const { queue, clock } = makeQueue();
  queue.add('a');
  queue.take();
  queue.add('a', { afterMs: 1_000 });
  await clock.advance(600);
  queue.done('a');
  await clock.advance(399);
  expect(queue.take()).toBeUndefined();
  await clock.advance(1);
  expect(queue.take()?.key).toBe('a');
});

test('the listener is told when a delayed key becomes ready, and one timer serves all delays', async () => {
  const { queue, clock } = makeQueue();
  let told = 0;
  queue.onReady(() => (told += 1));
  for (let at = 100; at > 0; at -= 1) queue.add(`k${at}`, { afterMs: at });
  expect(clock.timers).toBe(1);
  await clock.advance(100);
  expect(told).toBe(100);
  expect(queue.readySize).toBe(100);
});

test('dropping forgets what waits, and what would come after the present pass', async () => {
  const { queue, clock } = makeQueue();
  queue.add('delayed', { afterMs: 10 });
  queue.add('active');
  queue.take();
  queue.add('active');
  queue.drop('delayed');
  queue.drop('active');
  queue.done('active');
  await clock.advance(20);
  expect(queue.take()).toBeUndefined();
});

test('a closed queue gives out nothing and has no timer', async () => {
  const { queue, clock } = makeQueue();
  queue.add('a');
  queue.add('b', { afterMs: 10 });
  queue.close();
  queue.add('c');
  await clock.advance(20);
  expect(queue.take()).toBeUndefined();
  expect(clock.timers).toBe(0);
});

type Step =
  | { readonly do: 'add'; readonly key: string; readonly priority: number; readonly afterMs: number }
  | { readonly do: 'take' | 'done' | 'wait'; readonly pick: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant('add' as const),
    key: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    priority: fc.constantFrom(-100, 0, 100),
    afterMs: fc.constantFrom(0, 0, 5, 20, 50),
  }),
  fc.record({ do: fc.constantFrom('take' as const, 'done' as const, 'wait' as const), pick: fc.nat(30) }),
);

/** The same rules, said as simply as possible: what each key waits for. */
interface ModelEntry {
  dueAt: number;
  priority: number;
}

test('property: as a plain model says; never twice at once, no key lost, none invented', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      let now = 0;
      const queue = new KeyQueue({ now: () => now, monotonic: () => now, after: () => ({ cancel: () => undefined }) });
      const waiting = new Map<string, ModelEntry>();
      const active = new Set<string>();
      const take = (): void => {
        const taken = queue.take();
        const due = [...waiting].filter(([key, { dueAt }]) => dueAt <= now && !active.has(key));
        if (taken === undefined) {
          expect(due).toEqual([]);
          return;
        }
        expect(active.has(taken.key)).toBe(false);
        expect(taken.priority).toBe(waiting.get(taken.key)?.priority);
        expect(taken.priority).toBe(Math.max(...due.map(([, { priority }]) => priority)));
        waiting.delete(taken.key);
        active.add(taken.key);
      };
      for (const action of steps) {
        switch (action.do) {
          case 'add': {
            const { key, priority, afterMs } = action;
            const entry = waiting.get(key);
            waiting.set(key, {
              dueAt: Math.min(entry?.dueAt ?? Infinity, now + afterMs),
              priority: Math.max(entry?.priority ?? -Infinity, priority),
            });
            queue.add(key, { priority, afterMs });
            break;
          }
          case 'take':
            take();
            break;
          case 'done': {
            const key = [...active][action.pick % Math.max(active.size, 1)];
            if (key === undefined) break;
            active.delete(key);
            queue.done(key);
            break;
          }
          case 'wait':
            now += action.pick;
        }
        expect(queue.size).toBe([...waiting.keys()].filter((key) => !active.has(key)).length);
      }
      for (const key of active) queue.done(key);
      active.clear();
      now += 1_000;
      while (waiting.size > 0) take();
      expect(queue.take()).toBeUndefined();
    }),
    { numRuns: 500 },
  );
});
