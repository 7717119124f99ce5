import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { InvalidArgumentError, ProtocolError } from '../errors.ts';
import { array, optional, struct, type Codec } from './codec.ts';
import { chars, exactUnsignedHyper, fixedChars, flags, hyper, int, opaque, uint, unsignedHyper, uuid } from './primitives.ts';
import { XdrReader } from './reader.ts';
import { XdrWriter } from './writer.ts';
import { string } from '../types/strings.ts';

const TEN = { name: 'TEN', max: 10 };

function encode<T>(codec: Codec<T>, value: T): Buffer {
  const writer = new XdrWriter();
  codec.write(writer, value);
  return writer.take();
}

function decode<T>(codec: Codec<T>, bytes: Buffer): T {
  const reader = new XdrReader(bytes);
  const value = codec.read(reader);
  reader.finish();
  return value;
}

const safe = fc.maxSafeInteger();
const text = fc.string({ unit: 'grapheme' }).filter((value) => !value.includes('\0'));

describe('what is written is read again', () => {
  test.each<[string, Codec<never>, fc.Arbitrary<unknown>]>([
    ['int', int as Codec<never>, fc.integer()],
    ['uint', uint as Codec<never>, fc.nat(0xffff_ffff)],
    ['hyper', hyper as Codec<never>, safe.map((value) => value + 0)],
    ['unsigned hyper', unsignedHyper as Codec<never>, fc.nat(Number.MAX_SAFE_INTEGER)],
    ['exact unsigned hyper', exactUnsignedHyper as Codec<never>, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })],
    ['string', string as Codec<never>, text],
    ['uuid', uuid as Codec<never>, fc.uuid()],
    [
      'array of structures',
      array(struct('s', { a: int, b: optional('o', string) }), TEN) as Codec<never>,
      fc.array(fc.record({ a: fc.integer(), b: fc.option(text, { nil: undefined }) }), { maxLength: 10 }),
    ],
    ['opaque', opaque(TEN) as Codec<never>, fc.uint8Array({ maxLength: 10 }).map((bytes) => Buffer.from(bytes))],
    ['chars', chars(TEN) as Codec<never>, fc.uint8Array({ maxLength: 10 })],
    ['fixed chars', fixedChars(32) as Codec<never>, fc.stringMatching(/^[a-z0-9_]{0,31}$/)],
  ])('%s', (_name, codec, values) => {
    fc.assert(
      fc.property(values, (value) => {
        const bytes = encode(codec, value as never);
        expect(bytes.length % 4).toBe(0);
        expect(decode(codec, bytes)).toEqual(value);
      }),
    );
  });

  test('in one slab after another', () => {
    const writer = new XdrWriter();
    fc.assert(
      fc.property(
        fc.array(
          fc.string({ maxLength: 40_000 }).filter((value) => !value.includes('\0')),
          { maxLength: 5 },
        ),
        (values) => {
          for (const value of values) string.write(writer, value);
          const reader = new XdrReader(writer.take());
          for (const value of values) expect(string.read(reader)).toBe(value);
          reader.finish();
        },
      ),
    );
  });
});

describe('bytes as RFC 4506 has them', () => {
  test.each([
    ['string', encode(string, 'abc'), '0000000361626300'],
    ['empty string', encode(string, ''), '00000000'],
    ['int', encode(int, -2), 'fffffffe'],
    ['hyper', encode(hyper, -2), 'fffffffffffffffe'],
    ['hyper', encode(hyper, -(2 ** 32) - 1), 'fffffffeffffffff'],
    ['flags', encode(flags, 1 | 0x8000_0000), '80000001'],
    ['missing', encode(optional('o', int), undefined), '00000000'],
    ['present', encode(optional('o', int), 5), '0000000100000005'],
    ['char array', encode(chars(TEN), Buffer.from('ab')), '000000020000006100000062'],
  ])('%s', (_name, bytes, hex) => {
    expect(bytes.toString('hex')).toBe(hex);
  });
});

describe('what cannot be sent is refused', () => {
  test.each<[string, () => unknown]>([
    ['a fraction', () => encode(int, 0.5)],
    ['a number that is not one', () => encode(uint, Number.NaN)],
    ['negative where it is unsigned', () => encode(uint, -1)],
    ['beyond 32 bits', () => encode(int, 2 ** 31)],
    ['beyond what a number holds exactly', () => encode(unsignedHyper, 2 ** 53)],
    ['beyond 64 bits', () => encode(exactUnsignedHyper, 2n ** 64n)],
    ['a string with an end inside', () => encode(string, 'a\0b')],
    ['a string beyond the maximum', () => encode(string, 'x'.repeat(4_194_305))],
    ['data beyond the maximum', () => encode(opaque(TEN), Buffer.alloc(11))],
    [
      'an array beyond the maximum',
      () =>
        encode(
          array(int, TEN),
          Array.from({ length: 11 }, () => 0),
        ),
    ],
    ['a UUID that is not one', () => encode(uuid, '6695eb01-f6a4-8304-79aa')],
    ['a long string in a short field', () => encode(fixedChars(4), 'abcd')],
  ])('%s', (_name, write) => {
    expect(write).toThrow(InvalidArgumentError);
  });
});

describe('what cannot be right is refused', () => {
  test.each<[string, Codec<unknown>, string]>([
    ['too short', int, '0000'],
    ['too long', int, '0000000000'],
    ['a string longer than the message', string, '000000ff6162'],
    ['a string beyond the maximum', string, '00400001'],
    ['a string without its padding', string, '0000000161'],
    ['an array beyond the maximum', array(int, TEN), '0000000b'],
    ['an array longer than the message', array(int, TEN), '0000000300000001'],
    ['an optional that is neither', optional('o', int), '0000000200000001'],
    ['a fixed string without an end', fixedChars(1), '00000061'],
  ])('%s', (_name, codec, hex) => {
    expect(() => decode(codec, Buffer.from(hex, 'hex'))).toThrow(ProtocolError);
  });
});

test('a message that fails half-way leaves nothing behind', () => {
  const writer = new XdrWriter();
  writer.uint(7);
  const before = writer.length;
  writer.uint(8);
  writer.truncate(before);
  expect(writer.take().toString('hex')).toBe('00000007');
});

test('bytes that were taken are not written over', () => {
  const writer = new XdrWriter();
  writer.uint(1);
  const first = writer.take();
  for (let index = 0; index < 100_000; index++) writer.uint(index);
  expect(first.toString('hex')).toBe('00000001');
  expect(writer.take()).toHaveLength(400_000);
});
