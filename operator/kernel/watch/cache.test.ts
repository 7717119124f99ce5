import { expect, test } from '@jest/globals';
import { widget, type Widget } from '../testing/widgets.ts';
import { type Change, isStatusOnly } from './cache.ts';

const before = widget('x', 1);
const updated = (over: Partial<Widget['metadata']>, rest: Partial<Widget> = {}): Change<Widget> => ({
  kind: 'Updated',
  previous: before,
  current: { ...before, ...rest, metadata: { ...before.metadata, resourceVersion: '2', ...over } },
  writer: undefined,
});

test.each`
  what                            | change                                                                                       | expected
  ${'a status write'}             | ${updated({}, { status: { size: 1 } })}                                                      | ${true}
  ${'a spec change'}              | ${updated({ generation: 2 })}                                                                | ${false}
  ${'a finalizer'}                | ${updated({ finalizers: ['a/b'] })}                                                          | ${false}
  ${'a label'}                    | ${updated({ labels: { a: 'b' } })}                                                           | ${false}
  ${'an annotation'}              | ${updated({ annotations: { a: 'b' } })}                                                      | ${false}
  ${'deletion'}                   | ${updated({ deletionTimestamp: '2026-01-01T00:00:00Z' })}                                    | ${false}
  ${'another object of the name'} | ${updated({ uid: 'other' })}                                                                 | ${false}
  ${'an addition'}                | ${{ kind: 'Added', previous: undefined, current: before, initial: true, writer: undefined }} | ${false}
  ${'the end of it'}              | ${{ kind: 'Deleted', previous: before, current: undefined, writer: undefined }}              | ${false}
`('$what: status only is $expected', ({ change, expected }) => {
  expect(isStatusOnly(change as Change<Widget>)).toBe(expected);
});

test('an object without a generation (ConfigMap and the like) never looks like a mere status write', () => {
  const { generation: _, ...metadata } = before.metadata;
  const plain = { ...before, metadata };
  expect(isStatusOnly({ kind: 'Updated', previous: plain, current: { ...plain, spec: { size: 2 } }, writer: undefined })).toBe(false);
});
