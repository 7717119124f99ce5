import { expect, test } from '@jest/globals';
import { TurnedAway } from './turned-away.ts';

function begin() {
  const woken: string[] = [];
  return { woken, away: new TurnedAway((key) => woken.push(key)) };
}

test('in the order of coming, each host for itself, and each once', () => {
  const { woken, away } = begin();
  for (const key of ['x', 'y', 'x']) away.add('a', key);
  away.add('b', 'z');
  for (const host of ['a', 'c', 'a', 'a', 'b']) away.next(host);
  expect([woken, away.size]).toEqual([['x', 'y', 'z'], 0]);
});

test('what is gone is forgotten, wherever it waited', () => {
  const { woken, away } = begin();
  away.add('a', 'x');
  away.add('b', 'x');
  away.add('b', 'y');
  away.forget('x');
  expect(away.size).toBe(1);
  away.next('a');
  away.next('b');
  expect(woken).toEqual(['y']);
});
