import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { planPruning } from './plan.ts';

const AFTER = 1000;
const plan = (keys: readonly string[], used: readonly string[], since: readonly (readonly [string, number])[], now: number) => {
  const { due, unusedSince } = planPruning(keys, (key) => used.includes(key), new Map(since), now, AFTER);
  return { due, since: Object.fromEntries(unusedSince) };
};
const both = [
  ['a', 0],
  ['b', 0],
] as const;

test.each<[string, ReturnType<typeof plan>, ReturnType<typeof plan>]>([
  ['nothing there', plan([], [], [], 5000), { due: [], since: {} }],
  ['seen for the first time', plan(['a'], [], [], 5000), { due: [], since: { a: 5000 } }],
  ['not for long enough', plan(['a'], [], [['a', 4001]], 5000), { due: [], since: { a: 4001 } }],
  ['for long enough', plan(['a'], [], [['a', 4000]], 5000), { due: ['a'], since: { a: 4000 } }],
  ['in use again: the wait is forgotten', plan(['a'], ['a'], [['a', 0]], 5000), { due: [], since: {} }],
  ['gone by other hands: nothing is kept of it', plan([], [], [['a', 0]], 5000), { due: [], since: {} }],
  ['the clock was set back: the wait begins anew', plan(['a'], [], [['a', 9000]], 5000), { due: [], since: { a: 5000 } }],
  ['each by itself', plan(['a', 'b', 'c'], ['b'], both, 5000), { due: ['a'], since: { a: 0, c: 5000 } }],
])('%s', (_, found, expected) => {
  expect(found).toEqual(expected);
});

test('however often it is looked, nothing that was used within the time goes', () => {
  const looks = fc.array(fc.record({ afterMs: fc.nat(800), used: fc.boolean() }), { maxLength: 30 });
  fc.assert(
    fc.property(looks, (steps) => {
      let [now, lastUsed] = [0, 0];
      let since: ReadonlyMap<string, number> = new Map();
      for (const { afterMs, used } of steps) {
        now += afterMs;
        if (used) lastUsed = now;
        const { due, unusedSince } = planPruning(['a'], () => used, since, now, AFTER);
        since = unusedSince;
        if (due.length > 0) expect(now - lastUsed).toBeGreaterThanOrEqual(AFTER);
      }
    }),
  );
});
