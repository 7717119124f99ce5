import { describe, expect, test } from '@jest/globals';
import { isMadeFrom, nextDiskName, stemOf, topmostFirst } from './disk-names.ts';

test.each([
  ['a.1', 'a', true],
  ['a.2', 'a', true],
  ['a.2', 'a.1', true],
  ['a.10', 'a.9', true],
  ['a.1.1', 'a.1', true],
  ['a.1.1', 'a', true],
  ['a.1.2', 'a.1.1', true],
  ['a.2', 'a.1.1', true],
  ['a.1.1', 'a.2', false],
  ['a', 'a', false],
  ['a.1', 'a.1', false],
  ['a', 'a.1', false],
  ['a.9', 'a.10', false],
  ['ab.1', 'a', false],
  ['a-2.1', 'a-1', false],
  ['a.qcow2', 'a', false],
])('%s is made from %s: %s', (name, origin, expected) => {
  expect(isMadeFrom(name, origin)).toBe(expected);
});

describe('the next name', () => {
  test.each([
    ['a', 'a.1'],
    ['a.1', 'a.2'],
    ['a.9', 'a.10'],
    ['a.1.1', 'a.1.2'],
    ['uid-root-1', 'uid-root-1.1'],
  ])('after %s is %s', (origin, next) => {
    expect([nextDiskName(origin), isMadeFrom(next, origin), stemOf(next)]).toEqual([next, true, stemOf(origin)]);
  });

  test('hardly grows', () => {
    const names = Array.from({ length: 1000 }).reduce<string>((name) => nextDiskName(name), 'a');
    expect(names).toBe('a.1000');
  });
});

test('what stands on another goes first', () => {
  const names = ['a.1', 'a', 'a.10', 'a.2', 'a.1.1'].map((name) => ({ name }));
  expect(topmostFirst(names).map(({ name }) => name)).toEqual(['a.10', 'a.2', 'a.1.1', 'a.1', 'a']);
});
