import { expect, test } from '@jest/globals';
import { nextSignal, shutdownProgress } from './shutdown.ts';

// Seconds since the first signal, signals sent since, and the time-out, against how far it has come.
test.each<{ readonly after: number; readonly signals: number; readonly timeout: number; readonly expected: string }>`
  after  | signals | timeout | expected
  ${0}   | ${1}    | ${60}   | ${'Waiting until 10'}
  ${9.9} | ${1}    | ${60}   | ${'Waiting until 10'}
  ${10}  | ${1}    | ${60}   | ${'SignalDue'}
  ${10}  | ${2}    | ${60}   | ${'Waiting until 20'}
  ${25}  | ${2}    | ${60}   | ${'SignalDue'}
  ${55}  | ${6}    | ${60}   | ${'Waiting until 60'}
  ${60}  | ${6}    | ${60}   | ${'Expired'}
  ${1}   | ${1}    | ${5}    | ${'Waiting until 5'}
  ${5}   | ${1}    | ${5}    | ${'Expired'}
  ${0}   | ${0}    | ${0}    | ${'Expired'}
`('$after s after the first of $signals signals, time-out $timeout s -> $expected', ({ after, signals, timeout, expected }) => {
  const progress = shutdownProgress({ startedAt: 0, signals }, timeout * 1_000, after * 1_000);
  expect(progress.kind === 'Waiting' ? `Waiting until ${progress.until / 1_000}` : progress.kind).toBe(expected);
});

test('no signal was sent yet', () => {
  expect(shutdownProgress(undefined, 60_000, 0).kind).toBe('NotAsked');
});

test('a stop that was withdrawn, and is asked for again, begins anew', () => {
  expect(shutdownProgress({ startedAt: 0, signals: 0 }, 60_000, 50_000).kind).toBe('NotAsked');
});

// Milliseconds since the first signal, and signals sent, against the number that the next one has.
test.each([
  [10_000, 1, 2],
  [35_000, 1, 4],
  [10_000, 2, 3],
])('after %d ms and %d signals the next is number %d', (now, signals, expected) => {
  expect(nextSignal({ startedAt: 0, signals }, now)).toEqual({ startedAt: 0, signals: expected });
});

test('the first signal after a stop was withdrawn begins anew', () => {
  expect(nextSignal({ startedAt: 0, signals: 0 }, 50_000)).toEqual({ startedAt: 50_000, signals: 1 });
  expect(nextSignal(undefined, 50_000)).toEqual({ startedAt: 50_000, signals: 1 });
});
