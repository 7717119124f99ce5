import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { type Claim, nextMove } from './fairness.ts';

const STATES: Readonly<Record<string, Claim['state']>> = { w: 'Waiting', h: 'Holding', l: 'Leaving' };

const WORK: Readonly<Record<string, Claim['work']>> = { c: 'Copy', s: 'Send' };

/** `ah bwc` is: namespace a holds, then came b and waits with a copy. */
const claims = (text: string): readonly Claim[] =>
  text
    .split(' ')
    .filter((each) => each !== '')
    .map((each, order) => ({
      namespace: each.slice(0, 1),
      order,
      work: WORK[each.slice(2)] ?? 'Image',
      state: STATES[each.slice(1, 2)] ?? 'Waiting',
    }));

test.each([
  ['nobody', '', 'nothing'],
  ['all have theirs', 'ah bh', 'nothing'],
  ['the first to come', 'aw bw', 'Grant 0'],
  ['a second slot, where nobody else waits', 'ah aw', 'Grant 1'],
  ['one that has none before one that has', 'ah aw bw', 'Grant 2'],
  ['those that have none in their order', 'ah aw cw bw', 'Grant 2'],
  ['no slot is free', 'ah bh aw bw cw', 'nothing'],
  ['one that has two gives one back, the younger, to one that has none', 'ah ah bw', 'Revoke 1'],
  ['not to one of its own', 'ah ah aw', 'nothing'],
  ['once is enough', 'ah al bw', 'nothing'],
  ['what was told to leave is still there', 'al bh cw', 'nothing'],
  ['an image before the third copy of a night, though it came last', 'ahc awc awc aw', 'Grant 3'],
  ['a copy before the images that came first', 'ah bw cw dwc', 'Grant 3'],
  ['the kinds that have none in their order', 'ah bw cwc dws', 'Grant 2'],
  ['a namespace that has none before the work that has none', 'ah awc bw', 'Grant 2'],
  ['a copy that runs gives no slot back', 'ahc ahc bw', 'nothing'],
  ['but an image beside it does', 'ah ahc bw', 'Revoke 0'],
  ['and so does what goes to a store', 'ahc ahs bwc', 'Revoke 1'],
])('two slots: %s', (_, text, expected) => {
  const move = nextMove(claims(text), 2);
  expect(move === undefined ? 'nothing' : `${move.kind} ${move.claim.order}`).toBe(expected);
});

test.each([
  ['the fewest first', 'ah ah bh aw bw', 4, 'Grant 4'],
  ['of the one that has most', 'ah ah bh bh bh cw', 5, 'Revoke 4'],
  ['as many as there are without', 'ah ah ah ah bw cw', 4, 'Revoke 3'],
  ['and then another', 'ah ah ah al bw cw', 4, 'Revoke 2'],
  ['but no more', 'ah ah al al bw cw bw', 4, 'nothing'],
  ['one slot is one after the other', 'ah aw bw', 1, 'nothing'],
])('more or fewer slots: %s', (_, text, limit, expected) => {
  const move = nextMove(claims(text), limit);
  expect(move === undefined ? 'nothing' : `${move.kind} ${move.claim.order}`).toBe(expected);
});

test('it comes to rest with as many at work as may be, and nobody without while another has two', () => {
  const claim = fc.record({
    namespace: fc.constantFrom('a', 'b', 'c', 'd'),
    work: fc.constantFrom('Image' as const, 'Send' as const),
    state: fc.constantFrom('Waiting' as const, 'Holding' as const),
  });
  fc.assert(
    fc.property(fc.array(claim, { maxLength: 12 }), fc.integer({ min: 1, max: 4 }), (given, limit) => {
      const all: Claim[] = given.map((each, order) => ({ ...each, order }));
      const holders = (): Claim[] => all.filter(({ state }) => state === 'Holding');
      for (const { order } of holders().slice(limit)) all[order] = { ...all[order], state: 'Waiting' } as Claim;
      for (let moves = 0; ; moves += 1) {
        expect(moves).toBeLessThan(100);
        const move = nextMove(all, limit);
        if (move === undefined) break;
        all[move.claim.order] = { ...move.claim, state: move.kind === 'Grant' ? 'Holding' : 'Waiting' };
      }
      expect(holders()).toHaveLength(Math.min(all.length, limit));
      const counts = Map.groupBy(holders(), ({ namespace }) => namespace);
      const without = all.some(({ namespace }) => !counts.has(namespace));
      if (without) for (const each of counts.values()) expect(each).toHaveLength(1);
    }),
  );
});
