import { expect, test } from '@jest/globals';
import { Promises } from './promises.ts';

const shown = (promises: Promises, host: string, readAt: number | undefined) => Object.fromEntries(promises.on(host, readAt));

test('what was promised counts by host and pool until the pool is read', () => {
  const promises = new Promises();
  promises.add('a', 'fast', 10, 1);
  promises.add('a', 'fast', 5, 2);
  promises.add('a', 'slow', 7, 3);
  promises.add('b', 'fast', 1, 3);
  expect([shown(promises, 'a', undefined), shown(promises, 'b', 0), shown(promises, 'c', 0)]).toEqual([
    { fast: 15, slow: 7 },
    { fast: 1 },
    {},
  ]);
  expect(shown(promises, 'a', 2)).toEqual({ fast: 5, slow: 7 });
  expect(shown(promises, 'a', 0)).toEqual({ fast: 5, slow: 7 });
  expect([shown(promises, 'a', 4), shown(promises, 'b', 0)]).toEqual([{}, { fast: 1 }]);
});

test('a machine without disks of its own is promised no room, and a host that is gone none', () => {
  const promises = new Promises();
  promises.add('a', 'fast', 0, 1);
  promises.add('b', 'fast', 1, 1);
  promises.forget('b');
  expect([shown(promises, 'a', undefined), shown(promises, 'b', undefined)]).toEqual([{}, {}]);
});
