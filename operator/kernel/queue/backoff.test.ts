import { expect, test } from '@jest/globals';
import { backoffMs } from './backoff.ts';

test.each`
  failures | random | expected
  ${1}     | ${0}   | ${200}
  ${2}     | ${0}   | ${400}
  ${3}     | ${0}   | ${800}
  ${10}    | ${0}   | ${102_400}
  ${11}    | ${0}   | ${120_000}
  ${5_000} | ${0}   | ${120_000}
  ${1}     | ${1}   | ${150}
  ${11}    | ${0.5} | ${105_000}
`('after $failures failures, with $random of the jitter: $expected ms', ({ failures, random, expected }) => {
  expect(backoffMs({ initialMs: 200, maxMs: 120_000 }, failures as number, () => random as number)).toBe(expected);
});
