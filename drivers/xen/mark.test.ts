import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { OwnerMark } from '../owner.ts';
import { markChange, markEntry, markOf } from './mark.ts';
import type { MapChange, StringMap } from './numbered.ts';

const MARK: OwnerMark = { clusterId: 'c', namespace: 'default', name: 'web-1', uid: 'u-1', role: 'main', runId: 'r-1', bootHash: 'h' };

/** As XAPI does it, with each step looked at. */
function* applied(config: StringMap, { add, remove }: MapChange): Generator<StringMap> {
  let now = config;
  for (const entry of add) {
    if (entry[0] in now) throw new Error(`MAP_DUPLICATE_KEY ${entry[0]}`);
    yield (now = Object.fromEntries([...Object.entries(now), entry]));
  }
  for (const key of remove) yield (now = Object.fromEntries(Object.entries(now).filter(([name]) => name !== key)));
}

const marks: fc.Arbitrary<OwnerMark> = fc.record(
  {
    clusterId: fc.string(),
    namespace: fc.string(),
    name: fc.string({ unit: 'binary' }),
    uid: fc.string(),
    role: fc.constantFrom('main' as const, 'rescue' as const, 'orig' as const, 'retained' as const),
    origin: fc.constant('Adopted' as const),
    operation: fc.string(),
    runId: fc.string(),
    bootHash: fc.string(),
  },
  { requiredKeys: ['clusterId', 'namespace', 'name', 'uid', 'role'] },
);

test('what is written is read', () => {
  fc.assert(fc.property(marks, (mark) => expect(markOf(markEntry(mark))).toEqual(mark)));
});

test('cut off anywhere, a change leaves the old mark or the new one; in the end there is one entry', () => {
  fc.assert(
    fc.property(fc.array(marks, { minLength: 2, maxLength: 6 }), ([first, ...rest]) => {
      let config: StringMap = { theirs: 'kept', ...(first && markEntry(first)) };
      for (const next of rest) {
        const before = markOf(config);
        for (const step of applied(config, markChange(config, next))) {
          expect([before, next]).toContainEqual(markOf(step));
          config = step;
        }
        expect(markOf(config)).toEqual(next);
        expect(Object.keys(config)).toHaveLength(2);
      }
      expect(config['theirs']).toBe('kept');
    }),
  );
});

test('what a change that was cut off left is removed by the next', () => {
  const config = { ...markEntry(MARK), 'hostler.dev/owner.2': JSON.stringify({ ...MARK, runId: 'r-2' }) };
  expect(markOf(config)?.runId).toBe('r-2');
  expect(markChange(config, MARK)).toMatchObject({
    add: [['hostler.dev/owner.3', expect.anything()]],
    remove: ['hostler.dev/owner.1', 'hostler.dev/owner.2'],
  });
});

test('numbers are compared as numbers', () => {
  const config = { 'hostler.dev/owner.9': JSON.stringify({ ...MARK, runId: 'old' }), 'hostler.dev/owner.10': JSON.stringify(MARK) };
  expect(markOf(config)).toEqual(MARK);
});

test.each([
  ['nothing', {}],
  ['text', { 'hostler.dev/owner.1': 'yes' }],
  ['a list', { 'hostler.dev/owner.1': '[]' }],
  ['null', { 'hostler.dev/owner.1': 'null' }],
  ['no uid', { 'hostler.dev/owner.1': JSON.stringify({ ...MARK, uid: undefined }) }],
  ['a role of tomorrow', { 'hostler.dev/owner.1': JSON.stringify({ ...MARK, role: 'king' }) }],
  ['a number where text belongs', { 'hostler.dev/owner.1': JSON.stringify({ ...MARK, uid: 7 }) }],
  ['another key', { 'hostler.dev/owner.x': JSON.stringify(MARK) }],
])('%s is no mark', (_what, config) => {
  expect(markOf(config)).toBeUndefined();
});

test('an entry that nobody can read does not hide the one before', () => {
  expect(markOf({ ...markEntry(MARK), 'hostler.dev/owner.2': '{"clusterId"' })).toEqual(MARK);
});
