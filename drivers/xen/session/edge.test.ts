import { expect, test } from '@jest/globals';
import { normalise, normaliseRecord, refOf } from './edge.ts';

const NULL = 'OpaqueRef:NULL';

test.each([
  ['int', '4294967296', 4294967296],
  ['int', 4294967296, 4294967296],
  ['int', 'x', 0],
  ['int', undefined, 0],
  ['float', '0.5', 0.5],
  ['bool', true, true],
  ['bool', '1', true],
  ['bool', 'false', false],
  ['datetime', '20261122T01:02:03Z', '20261122T01:02:03Z'],
  ['datetime', new Date('2026-11-22T01:02:03.000Z'), '20261122T01:02:03Z'],
  ['datetime', '', '19700101T00:00:00Z'],
  ['datetime', new Date(Number.NaN), '19700101T00:00:00Z'],
  ['ref:VM', 'OpaqueRef:1', 'OpaqueRef:1'],
  ['ref:VM', NULL, NULL],
  ['ref:VDI', '', NULL],
  ['ref:VDI', 'Ref:*', NULL],
  ['ref:VM', undefined, NULL],
  ['set ref:VBD', ['OpaqueRef:1', ''], ['OpaqueRef:1', NULL]],
  ['set string', undefined, []],
  ['map string string', { a: 'b' }, { a: 'b' }],
  ['map string int', { a: '3' }, { a: 3 }],
  ['map string set:string', { a: ['b'] }, { a: ['b'] }],
  ['map string string', null, {}],
  ['string', null, ''],
])('%s %j is %j', (type, value, expected) => {
  expect(normalise(type, value)).toEqual(expected);
});

test('of a field that an older server has not, the record has what a new object has', () => {
  const record = normaliseRecord('VM', { uuid: 'u', VCPUs_max: '2', power_state: 'Running' });
  expect(record).toMatchObject({
    uuid: 'u',
    VCPUs_max: 2,
    power_state: 'Running',
    is_a_snapshot: false,
    VBDs: [],
    snapshot_of: NULL,
    version: 0,
  });
});

test('only what begins like a reference is one', () => {
  expect(refOf(7)).toBe(NULL);
});
