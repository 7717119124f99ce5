import { expect, test } from '@jest/globals';
import { Slots } from './slots.ts';

test('each kind is limited apart from the others, and a slot comes back once', () => {
  const slots = new Slots({ Build: 1, Power: 2, Transfer: 0, Read: 1 });
  const release = slots.take('Build');
  expect(release).toBeDefined();
  expect(slots.take('Build')).toBeUndefined();
  expect(slots.take('Power')).toBeDefined();
  expect(slots.take('Power')).toBeDefined();
  expect(slots.take('Transfer')).toBeUndefined();
  release?.();
  release?.();
  expect(slots.taken()).toEqual({ Build: 0, Power: 2, Transfer: 0, Read: 0 });
  expect(slots.take('Build')).toBeDefined();
  expect(slots.take('Build')).toBeUndefined();
});
