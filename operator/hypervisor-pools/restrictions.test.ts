import { expect, test } from '@jest/globals';
import { restrictionsOf } from './restrictions.ts';

test('flags that matter here are told by what they withhold, once and in order; others are not', () => {
  expect(restrictionsOf(['restrict_wlb', 'restrict_xen_motion', 'restrict_vif_locking', 'restrict_xen_motion'])).toEqual([
    'AddressLocking',
    'LiveMigration',
  ]);
  expect(restrictionsOf([])).toEqual([]);
});
