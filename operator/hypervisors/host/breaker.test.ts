import { expect, test } from '@jest/globals';
import { CircuitBreaker } from './breaker.ts';

const options = { threshold: 2, openMs: 100, maxOpenMs: 300 };

/** Plays a script of `admits`, `answered`, `failed`, `unanswered` at given times; says what `admits` answered. */
function play(script: string): string {
  const breaker = new CircuitBreaker(options);
  return script
    .split(' ')
    .map((move) => {
      const [what = '', time = '0'] = move.split('@');
      const now = Number(time);
      if (what === 'ask') return breaker.admits(now) ? 'yes' : 'no';
      if (what === 'ok') breaker.answered();
      if (what === 'fail') breaker.failed(now);
      if (what === 'abort') breaker.unanswered(now);
      return breaker.state;
    })
    .join(' ');
}

test.each([
  ['answers keep it closed', 'fail@0 ok fail@1 ask@1', 'Closed Closed Closed yes'],
  ['failures in a row open it', 'fail@0 fail@1 ask@1 ask@100', 'Closed Open no no'],
  ['one call tries when the time is over', 'fail@0 fail@1 ask@101 ask@101 ask@999', 'Closed Open yes no no'],
  ['a try that comes back closes it', 'fail@0 fail@1 ask@101 ok ask@102', 'Closed Open yes Closed yes'],
  ['a failed try doubles the time', 'fail@0 fail@1 ask@101 fail@102 ask@301 ask@302', 'Closed Open yes Open no yes'],
  [
    'the time does not grow for ever',
    'fail@0 fail@0 ask@100 fail@100 ask@300 fail@300 ask@599 ask@600',
    'Closed Open yes Open yes Open no yes',
  ],
  ['late failures of older calls add nothing', 'fail@0 fail@0 fail@90 fail@99 ask@100', 'Closed Open Open Open yes'],
  ['an aborted try lets another one try', 'fail@0 fail@0 ask@100 abort@101 ask@101 ask@101', 'Closed Open yes Open yes no'],
  ['an abort of a closed one means nothing', 'fail@0 abort@0 fail@0', 'Closed Closed Open'],
])('%s', (_, script, expected) => {
  expect(play(script)).toBe(expected);
});
