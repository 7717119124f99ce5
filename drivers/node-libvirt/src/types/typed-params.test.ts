import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { ProtocolError } from '../errors.ts';
import { XdrReader } from '../xdr/reader.ts';
import { XdrWriter } from '../xdr/writer.ts';
import { type TypedInput, typedInputs, typedParams } from './typed-params.ts';

const LIMIT = { name: 'LIMIT', max: 20 };

const text = fc.string().filter((value) => !value.includes('\0'));
const input: fc.Arbitrary<TypedInput> = fc.oneof(
  fc.record({ type: fc.constant('int' as const), value: fc.integer() }),
  fc.record({ type: fc.constant('uint' as const), value: fc.nat(0xffff_ffff) }),
  fc.record({ type: fc.constant('double' as const), value: fc.double({ noNaN: true }) }),
  fc.record({
    type: fc.constant('llong' as const),
    value: fc.oneof(fc.maxSafeInteger(), fc.bigInt({ min: -(2n ** 63n), max: -(2n ** 53n) })),
  }),
  fc.record({ type: fc.constant('ullong' as const), value: fc.oneof(fc.maxSafeNat(), fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n })) }),
  fc.record({ type: fc.constant('boolean' as const), value: fc.boolean() }),
  fc.record({ type: fc.constant('string' as const), value: text }),
);

function read(hexOrBytes: Buffer): unknown {
  const reader = new XdrReader(hexOrBytes);
  const params = typedParams(LIMIT).read(reader);
  reader.finish();
  return params;
}

test('every value comes back as it was, whatever its type and size', () => {
  fc.assert(
    fc.property(fc.dictionary(text, input, { maxKeys: 20 }), (inputs) => {
      const writer = new XdrWriter();
      typedInputs(LIMIT).write(writer, inputs);
      const got = new Map(Object.entries(read(writer.take()) as object));
      expect(got).toEqual(new Map(Object.entries(inputs).map(([name, { value }]) => [name, value])));
    }),
  );
});

test('a name from outside is only a name', () => {
  const writer = new XdrWriter();
  const hostile = Object.fromEntries([['__proto__', { type: 'int', value: 1 } as const]]);
  typedInputs(LIMIT).write(writer, hostile);
  const params = read(writer.take()) as Record<string, unknown>;
  expect(Object.getPrototypeOf(params)).toBeNull();
  expect(Object.keys(params)).toEqual(['__proto__']);
});

describe('refused', () => {
  test.each([
    ['a type that does not exist', '00000001 00000001 61000000 00000008 00000000'],
    ['more than the maximum', '00000015'],
    ['a value that is cut off', '00000001 00000001 61000000 00000003 00000000'],
  ])('%s', (_name, hex) => {
    expect(() => read(Buffer.from(hex.replaceAll(' ', ''), 'hex'))).toThrow(ProtocolError);
  });
});
