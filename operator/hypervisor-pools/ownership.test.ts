/** The specification of who may say what in a Hypervisor that a pool made. */
import { expect, test } from '@jest/globals';
import { applyOf, creationOf, type Live, type ManagedFields } from './ownership.ts';
import type { Wanted } from './wanted.ts';

const MANAGER = 'hostler/hypervisor-pools';
const xen = { poolName: 'lab', hostUUID: 'u' };
const wanted: Wanted = {
  labels: { zone: 'north' },
  spec: { driver: 'Xen', xen, pools: { fast: { pool: 'SSD' }, slow: { pool: 'HDD', sharedId: 's' } } },
};
const OURS = {
  'f:metadata': { 'f:labels': { 'f:zone': {} } },
  'f:spec': {
    'f:driver': {},
    'f:xen': { 'f:poolName': {}, 'f:hostUUID': {} },
    'f:pools': { 'f:fast': { 'f:pool': {} }, 'f:slow': { '.': {}, 'f:pool': {}, 'f:sharedId': {} } },
  },
};
const ours = (fieldsV1: object = OURS): ManagedFields => ({ manager: MANAGER, operation: 'Apply', fieldsV1: { ...fieldsV1 } });
const theirs = (fieldsV1: object, over: ManagedFields = {}): ManagedFields => ({
  manager: 'kubectl-edit',
  operation: 'Update',
  fieldsV1: { ...fieldsV1 },
  ...over,
});
const live = (managedFields: readonly ManagedFields[], over: object = {}): Live => ({
  metadata: { name: 'h', uid: '1', labels: { zone: 'north' }, managedFields },
  spec: { ...wanted.spec, ...over },
});
const pools = (more: object) => ({ pools: { ...wanted.spec.pools, ...more } });

test('what is made says all that is wanted', () => {
  expect(creationOf(wanted, 'h')).toEqual({ metadata: { name: 'h', labels: { zone: 'north' } }, spec: wanted.spec });
});

test.each<[string, Live]>([
  ['it is as wanted, and ours', live([ours()])],
  [
    'others write status, finalizers and fields of their own',
    live([ours(), theirs({ 'f:status': {} }, { subresource: 'status' }), theirs({ 'f:metadata': { 'f:finalizers': {} } })], {
      schedulable: false,
    }),
  ],
  ['a subresource names one of our fields', live([ours(), theirs({ 'f:spec': { 'f:driver': {} } }, { subresource: 'scale' })])],
])('nothing is applied: %s', (_, found) => {
  expect(applyOf(wanted, found, MANAGER)).toBeUndefined();
});

test('a pool that somebody else wrote stands, as a whole, with what of it is ours; what else is wanted is applied', () => {
  const fast = { pool: 'SSD', sharedId: 'mine' };
  const edited = live(
    [ours(), theirs({ 'f:spec': { 'f:pools': { 'f:fast': { 'f:sharedId': {} } } } })],
    pools({ fast, slow: { pool: 'old' } }),
  );
  expect(
    applyOf({ ...wanted, spec: { ...wanted.spec, pools: { ...wanted.spec.pools, fast: { pool: 'NVMe' } } } }, edited, MANAGER),
  ).toEqual({
    metadata: { name: 'h', uid: '1', labels: { zone: 'north' } },
    spec: { driver: 'Xen', xen, pools: { fast: { pool: 'SSD' }, slow: wanted.spec.pools?.['slow'] } },
  });
});

test('nothing is applied for the sake of a pool that somebody else wrote, also when it is not wanted any more', () => {
  const edited = live(
    [ours(), theirs({ 'f:spec': { 'f:pools': { 'f:fast': { 'f:sharedId': {} } } } })],
    pools({ fast: { pool: 'SSD', sharedId: 'mine' } }),
  );
  const { slow } = wanted.spec.pools ?? {};
  expect(applyOf(wanted, edited, MANAGER)).toBeUndefined();
  expect(applyOf({ ...wanted, spec: { ...wanted.spec, pools: { slow: slow ?? { pool: '' } } } }, edited, MANAGER)).toBeUndefined();
});

test('what somebody else wrote, and is ours no more, asks for nothing', () => {
  const { 'f:spec': spec, ...rest } = OURS;
  const left = ours({ ...rest, 'f:spec': { ...spec, 'f:pools': { 'f:slow': spec['f:pools']['f:slow'] } } });
  const edited = live([left, theirs({ 'f:spec': { 'f:pools': { 'f:fast': { 'f:pool': {} } } } })], pools({ fast: { pool: 'NVMe' } }));
  expect(applyOf(wanted, edited, MANAGER)).toBeUndefined();
});

test('a label that somebody else wrote stands', () => {
  const found = live([ours(), theirs({ 'f:metadata': { 'f:labels': { 'f:zone': {} } } })]);
  expect(applyOf(wanted, { ...found, metadata: { ...found.metadata, labels: { zone: 'south' } } }, MANAGER)).toBeUndefined();
});

test('what is ours and not wanted any more is not applied again, which removes it', () => {
  const { fast } = wanted.spec.pools ?? {};
  const less: Wanted = { ...wanted, spec: { ...wanted.spec, pools: { fast: fast ?? { pool: '' } } } };
  expect(applyOf(less, live([ours()]), MANAGER)).toEqual({ metadata: { name: 'h', uid: '1', labels: { zone: 'north' } }, spec: less.spec });
});

test('what differs and is nobody else’s is put right', () => {
  expect(applyOf(wanted, live([ours()], pools({ fast: { pool: 'old' } })), MANAGER)).toMatchObject({ spec: wanted.spec });
});

test('a key that every object has is no entry', () => {
  const odd: Wanted = { ...wanted, spec: { ...wanted.spec, pools: { constructor: { pool: 'SSD' } } } };
  expect(applyOf(odd, live([ours()], { pools: {} }), MANAGER)).toMatchObject({ spec: { pools: { constructor: { pool: 'SSD' } } } });
});
