import { expect, test } from '@jest/globals';
import { labelSelector, type LabelSelector } from './selector.ts';

const labels = { zone: 'a', disk: 'ssd' };

test.each<[LabelSelector, boolean]>([
  [{}, true],
  [{ matchLabels: { zone: 'a' } }, true],
  [{ matchLabels: { zone: 'a', disk: 'hdd' } }, false],
  [{ matchLabels: { rack: '1' } }, false],
  [{ matchExpressions: [{ key: 'zone', operator: 'In', values: ['a', 'b'] }] }, true],
  [{ matchExpressions: [{ key: 'zone', operator: 'In', values: ['b'] }] }, false],
  [{ matchExpressions: [{ key: 'zone', operator: 'NotIn', values: ['a'] }] }, false],
  [{ matchExpressions: [{ key: 'rack', operator: 'NotIn', values: ['a'] }] }, true],
  [{ matchExpressions: [{ key: 'zone', operator: 'Exists' }] }, true],
  [{ matchExpressions: [{ key: 'rack', operator: 'Exists' }] }, false],
  [{ matchExpressions: [{ key: 'rack', operator: 'DoesNotExist' }] }, true],
  [{ matchLabels: { zone: 'a' }, matchExpressions: [{ key: 'disk', operator: 'DoesNotExist' }] }, false],
])('%j of zone a, disk ssd: %s', (selector, expected) => {
  expect(labelSelector(selector)(labels)).toBe(expected);
});
