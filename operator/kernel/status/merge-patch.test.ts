import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { isEqualJson, isRecord, type JsonRecord } from './equal.ts';
import { mergePatchOf } from './merge-patch.ts';

test.each`
  what                            | from                     | to                                 | expected
  ${'nothing differs'}            | ${{ a: 1, b: { c: 2 } }} | ${{ b: { c: 2 }, a: 1 }}           | ${undefined}
  ${'a value changes'}            | ${{ a: 1, b: 2 }}        | ${{ a: 1, b: 3 }}                  | ${{ b: 3 }}
  ${'a key goes'}                 | ${{ a: 1, b: 2 }}        | ${{ a: 1 }}                        | ${{ b: null }}
  ${'a key becomes undefined'}    | ${{ a: 1 }}              | ${{ a: undefined }}                | ${{ a: null }}
  ${'undefined where none was'}   | ${{}}                    | ${{ a: undefined }}                | ${undefined}
  ${'something inside changes'}   | ${{ a: { b: 1, c: 2 } }} | ${{ a: { b: 1, c: 3 } }}           | ${{ a: { c: 3 } }}
  ${'lists are replaced whole'}   | ${{ a: [1, 2] }}         | ${{ a: [1, 2, 3] }}                | ${{ a: [1, 2, 3] }}
  ${'a list becomes empty'}       | ${{ a: [1] }}            | ${{ a: [] }}                       | ${{ a: [] }}
  ${'a record replaces a scalar'} | ${{ a: 1 }}              | ${{ a: { b: 1 } }}                 | ${{ a: { b: 1 } }}
  ${'equal lists of records'}     | ${{ a: [{ b: 1 }] }}     | ${{ a: [{ b: 1, c: undefined }] }} | ${undefined}
`('$what', ({ from, to, expected }) => {
  expect(mergePatchOf(from as JsonRecord, to as JsonRecord)).toEqual(expected);
});

/** What a server makes of it. */
function patched(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const result: Record<string, unknown> = isRecord(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = patched(result[key], value);
  }
  return result;
}

const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small' },
    fc.nat(3),
    fc.string({ maxLength: 2 }),
    fc.boolean(),
    fc.array(fc.nat(3), { maxLength: 3 }),
    tie('record'),
  ),
  record: fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), tie('tree'), { maxKeys: 4 }),
}));
const record = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), tree, { maxKeys: 4 });

test('property: patching the one gives the other, and there is a patch exactly when they differ', () => {
  fc.assert(
    fc.property(record, record, (from, to) => {
      const patch = mergePatchOf(from, to);
      expect(patch === undefined).toBe(isEqualJson(from, to));
      expect(patched(from, patch ?? {})).toEqual(to);
    }),
    { numRuns: 500 },
  );
});
