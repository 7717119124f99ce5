import { expect, test } from '@jest/globals';
import { compareVersions } from './version.ts';

test.each`
  a                         | b                         | expected
  ${'5'}                    | ${'5'}                    | ${0}
  ${'9'}                    | ${'10'}                   | ${-1}
  ${'10'}                   | ${'9'}                    | ${1}
  ${'99999999999999999998'} | ${'99999999999999999999'} | ${-1}
  ${'abc'}                  | ${'abc'}                  | ${0}
  ${'abc'}                  | ${'5'}                    | ${undefined}
  ${'05'}                   | ${'5'}                    | ${undefined}
  ${''}                     | ${'5'}                    | ${undefined}
`('$a against $b: $expected', ({ a, b, expected }) => {
  const order = compareVersions(a as string, b as string);
  expect(order === undefined ? undefined : Math.sign(order)).toBe(expected);
});
