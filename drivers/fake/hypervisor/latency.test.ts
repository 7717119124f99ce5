import { expect, test } from '@jest/globals';
import { sampleLatency, type Latency } from './latency.ts';
import { seededRandom } from './random.ts';

const samples = (latency: Latency): readonly number[] => {
  const random = seededRandom(1);
  return Array.from({ length: 10_000 }, () => sampleLatency(latency, random)).toSorted((one, other) => one - other);
};

test('a number is always that', () => {
  expect(new Set(samples(7))).toEqual(new Set([7]));
});

test('bounds are kept and used', () => {
  const all = samples({ minMs: 10, maxMs: 20 });
  expect(all[0]).toBeGreaterThanOrEqual(10);
  expect(all[0]).toBeLessThan(10.1);
  expect(all.at(-1)).toBeLessThanOrEqual(20);
  expect(all.at(-1)).toBeGreaterThan(19.9);
});

test('the long tail has the median and the 99th percentile that were asked', () => {
  const all = samples({ medianMs: 100, p99Ms: 1_000 });
  expect(all[5_000]).toBeGreaterThan(93);
  expect(all[5_000]).toBeLessThan(107);
  expect(all[9_900]).toBeGreaterThan(800);
  expect(all[9_900]).toBeLessThan(1_250);
});

test('the same seed gives the same times', () => {
  expect(samples({ minMs: 0, maxMs: 1 })).toEqual(samples({ minMs: 0, maxMs: 1 }));
});
