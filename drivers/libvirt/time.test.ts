import { expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { Turns, eachOf, isOver, ownTime, timeOf } from './time.ts';

test('the time of a verb runs out once for all its calls', async () => {
  const left = ownTime(30);
  expect(left().timeoutMs).toBeGreaterThan(0);
  await sleep(40);
  expect(left().timeoutMs).toBe(0);
  expect(isOver(left)).toBe(true);
});

test('so many at a time, results in order', async () => {
  let running = 0;
  let most = 0;
  const results = await eachOf([5, 4, 3, 2, 1], 2, async (ms) => {
    most = Math.max(most, (running += 1));
    await sleep(ms);
    running -= 1;
    return ms * 10;
  });
  expect([results, most]).toEqual([[50, 40, 30, 20, 10], 2]);
});

test('turns are given in order, and handed on after a failure', async () => {
  const turns = new Turns(1);
  const order: number[] = [];
  const take = (number: number) =>
    turns.take(ownTime(1000), async () => {
      await sleep(1);
      order.push(number);
      if (number === 1) throw new Error('failed');
    });
  const outcomes = await Promise.allSettled([take(1), take(2), take(3)]);
  expect([order, outcomes.map(({ status }) => status)]).toEqual([
    [1, 2, 3],
    ['rejected', 'fulfilled', 'fulfilled'],
  ]);
});

test('who has no time left or is aborted leaves the queue, and nobody waits behind him', async () => {
  const turns = new Turns(1);
  const first = turns.take(ownTime(1000), () => sleep(50));
  const abort = new AbortController();
  const given = [
    turns.take(ownTime(5), () => Promise.resolve('too late')),
    turns.take(timeOf({ signal: abort.signal, timeoutMs: 1000 }), () => Promise.resolve('aborted')),
    turns.take(ownTime(1000), () => Promise.resolve('served')),
  ];
  abort.abort();
  expect((await Promise.allSettled(given)).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
  await first;
  expect(await turns.take(ownTime(5), () => Promise.resolve('free'))).toBe('free');
});
