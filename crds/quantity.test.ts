import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { formatQuantity, parseQuantity, QUANTITY_MAX_LENGTH, QUANTITY_PATTERN, type Quantity } from './quantity.ts';

test.each<[Quantity, number]>([
  ['0', 0],
  [0, 0],
  [4, 4],
  ['4', 4],
  ['16Mi', 16 * 1024 * 1024],
  ['1.5Gi', 1.5 * 1024 ** 3],
  ['0.1Ki', 103],
  ['2G', 2e9],
  ['1k', 1000],
  ['0.001k', 1],
  ['1Pi', 1024 ** 5],
  ['007Ki', 7168],
  ['9007199254740993', Number.MAX_SAFE_INTEGER],
  ['9999999999999999Pi', Number.MAX_SAFE_INTEGER],
  [2 ** 60, Number.MAX_SAFE_INTEGER],
  ['0.5', 1],
  ['0.401Pi', 451_485_862_643_893],
  ['8Pi', Number.MAX_SAFE_INTEGER],
])('%s is %d', (text, bytes) => {
  expect(parseQuantity(text)).toBe(bytes);
});

test.each([
  '',
  ' ',
  '-1',
  '1 Gi',
  '1gi',
  '1K',
  '1e3',
  '100m',
  '1.5.5Gi',
  '1.2345Gi',
  '.5Gi',
  '5.',
  'Gi',
  '1Gi\n',
  '0x10',
  '8Pi1',
  '12345678901234567',
])('%j is refused', (text) => {
  expect(() => parseQuantity(text)).toThrow(RangeError);
});

test.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('the number %d is refused', (value) => {
  expect(() => parseQuantity(value)).toThrow(RangeError);
});

test.each([
  [0, '0'],
  [1, '1'],
  [1023, '1023'],
  [1024, '1Ki'],
  [16 * 1024 ** 2, '16Mi'],
  [1536 * 1024 ** 2, '1536Mi'],
  [1024 ** 3, '1Gi'],
])('%d is written %s', (bytes, text) => {
  expect(formatQuantity(bytes)).toBe(text);
});

test('what is written is read back', () => {
  fc.assert(fc.property(fc.maxSafeNat(), (bytes) => expect(parseQuantity(formatQuantity(bytes))).toBe(bytes)));
});

test('a unit multiplies, and a fraction is rounded up', () => {
  const unit = fc.constantFrom(['k', 1000], ['M', 1e6], ['G', 1e9], ['Ki', 1024], ['Mi', 1024 ** 2], ['Gi', 1024 ** 3]) as fc.Arbitrary<
    [string, number]
  >;
  fc.assert(
    fc.property(fc.nat(100_000), fc.nat(999), unit, (whole, thousandths, [suffix, factor]) => {
      const exact = (BigInt(whole * 1000 + thousandths) * BigInt(factor) + 999n) / 1000n;
      expect(parseQuantity(`${whole}.${String(thousandths).padStart(3, '0')}${suffix}`)).toBe(Number(exact));
    }),
  );
});

test('whatever the API server accepts is understood', () => {
  const accepted = fc.stringMatching(new RegExp(QUANTITY_PATTERN)).filter((text) => text.length <= QUANTITY_MAX_LENGTH);
  fc.assert(fc.property(accepted, (text) => expect(Number.isSafeInteger(parseQuantity(text))).toBe(true)));
});

test('no text makes anything but a whole number or a RangeError', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9.]{0,18}[kKMGTPimn]{0,3}$/)), (text) => {
      try {
        expect(Number.isSafeInteger(parseQuantity(text))).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }),
  );
});
