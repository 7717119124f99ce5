import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { ManualClock } from '../../kernel/testing/manual-clock.ts';
import { Pace, Reconnects } from './patience.ts';

const url = new URL('http://images.test/image.qcow2?token=secret');
const RATE = 1_000;
const STALL_MS = 30_000;

/** Waits for each in turn, as long as it takes and never longer than a silence may last; how long it was in all. */
async function waits(steps: readonly { readonly ms: number; readonly bytes: number }[]): Promise<{ ms: number; outcome: string }> {
  const clock = new ManualClock();
  const pace = new Pace(url, clock, RATE);
  for (const { ms, bytes } of steps) {
    await pace.timed(clock.advance(ms));
    try {
      pace.check(bytes);
    } catch (error) {
      return { ms: clock.monotonic(), outcome: (error as Error).message };
    }
  }
  return { ms: clock.monotonic(), outcome: 'Done' };
}

test.each([
  ['a minute in which enough came', [30, 30].map((s) => ({ ms: s * 1_000, bytes: 500 })), 'Done'],
  [
    'one in which less came',
    [30, 30].map((s) => ({ ms: s * 1_000, bytes: 499 })),
    'http://images.test/image.qcow2 is too slow: 998 bytes in a minute',
  ],
  ['less, in less than a minute', [{ ms: 59_000, bytes: 1 }], 'Done'],
  ['a good minute, then a bad one', [60, 60].map((s, index) => ({ ms: s * 1_000, bytes: index === 0 ? 9_000 : 1 })), /too slow: 1 bytes/],
])('%s', async (_, steps, expected) => {
  expect((await waits(steps)).outcome).toEqual(typeof expected === 'string' ? expected : expect.stringMatching(expected));
});

test('whatever a source does, it is waited for no longer than its size allows', async () => {
  const step = fc.record({ ms: fc.integer({ min: 0, max: STALL_MS }), bytes: fc.integer({ min: 0, max: 3 * RATE }) });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 60 }), async (steps) => {
      const { ms } = await waits(steps);
      const size = steps.reduce((sum, { bytes }) => sum + bytes, 0);
      expect(ms).toBeLessThanOrEqual((size / RATE + 1) * (60_000 + STALL_MS));
    }),
    { numRuns: 40 },
  );
});

test.each([
  ['nothing, again and again', [0, 0, 0, 0], [2_000, 4_000, 8_000, undefined]],
  ['less than it should, again and again', [99, 99, 99, 99], [2_000, 4_000, 8_000, undefined]],
  ['enough each time', [100, 5_000, 100, 100, 100], [1_000, 1_000, 1_000, 1_000, 1_000]],
  ['enough now and then', [0, 0, 100, 0, 0], [2_000, 4_000, 1_000, 2_000, 4_000]],
])('connections that brought %s', (_, brought, pauses) => {
  const reconnects = new Reconnects(1_000, 3, 100);
  expect(brought.map((bytes) => reconnects.broke(bytes))).toEqual(pauses);
});

test('a pause ends some time', () => {
  const reconnects = new Reconnects(1_000, 20, 100);
  expect(Math.max(...Array.from({ length: 20 }, () => reconnects.broke(0) ?? 0))).toBe(10_000);
});
