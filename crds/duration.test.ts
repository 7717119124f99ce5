import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { DURATION_MAX_LENGTH, DURATION_PATTERN, formatDuration, parseDuration } from './duration.ts';

test.each<[string, number]>([
  ['0', 0],
  ['0s', 0],
  ['30s', 30_000],
  ['10m', 600_000],
  ['1h30m', 5_400_000],
  ['1.5h', 5_400_000],
  ['250ms', 250],
  ['1m1ms', 60_001],
  ['1s1m', 61_000],
  ['0.4ms', 0],
])('%s is %d ms', (text, milliseconds) => {
  expect(parseDuration(text)).toBe(milliseconds);
});

test.each(['', '1', '10', '-1s', '+1s', '1d', '1 s', '1S', '.5s', '1.s', '1us', 's', '1s ', '1s\n', '1e3s', '9'.repeat(40)])(
  '%j is refused',
  (text) => {
    expect(() => parseDuration(text)).toThrow(RangeError);
  },
);

test.each([
  [0, '0s'],
  [90_000, '1m30s'],
  [3_600_000, '1h'],
  [86_400_000, '24h'],
  [1_001, '1s1ms'],
])('%d ms is written %s', (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text);
});

test.each([-1, 0.5, Number.NaN])('%d ms cannot be written', (milliseconds) => {
  expect(() => formatDuration(milliseconds)).toThrow(RangeError);
});

test('what is written is read back', () => {
  fc.assert(fc.property(fc.nat(1e15), (milliseconds) => expect(parseDuration(formatDuration(milliseconds))).toBe(milliseconds)));
});

test('whatever the API server accepts is understood', () => {
  const accepted = fc.stringMatching(new RegExp(DURATION_PATTERN)).filter((text) => text.length <= DURATION_MAX_LENGTH);
  fc.assert(fc.property(accepted, (text) => expect(Number.isSafeInteger(parseDuration(text))).toBe(true)));
});

test('no text makes anything but a whole number or a RangeError', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9.hms]{0,20}$/)), (text) => {
      try {
        expect(Number.isSafeInteger(parseDuration(text))).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }),
  );
});
