import { expect, test } from '@jest/globals';
import { decideRestart } from './restart-backoff.ts';

const S = 1_000;

type Row = {
  readonly count: number | undefined;
  readonly lastAt: number;
  readonly endedAt: number;
  readonly now: number;
  readonly dueAt: number;
  readonly next: number;
};

// When the guest crashed and what had been recorded, against when it is due and what is recorded next; times in seconds.
test.each<Row>`
  count        | lastAt | endedAt | now    | dueAt  | next
  ${undefined} | ${0}   | ${50}   | ${50}  | ${50}  | ${1}
  ${0}         | ${10}  | ${50}   | ${50}  | ${50}  | ${1}
  ${1}         | ${10}  | ${12}   | ${12}  | ${20}  | ${2}
  ${2}         | ${20}  | ${22}   | ${22}  | ${40}  | ${3}
  ${5}         | ${0}   | ${1}    | ${1}   | ${160} | ${6}
  ${6}         | ${0}   | ${1}    | ${1}   | ${300} | ${7}
  ${99}        | ${0}   | ${1}    | ${1}   | ${300} | ${100}
  ${99}        | ${0}   | ${599}  | ${650} | ${300} | ${100}
  ${99}        | ${0}   | ${600}  | ${650} | ${600} | ${1}
`(
  'after $count restarts, the last at $lastAt, an end at $endedAt -> due at $dueAt, count $next',
  ({ count, lastAt, endedAt, now, dueAt, next }) => {
    const recorded = count === undefined ? undefined : { count, lastAt: lastAt * S };
    expect(decideRestart(recorded, endedAt * S, now * S)).toEqual({ dueAt: dueAt * S, next: { count: next, lastAt: now * S } });
  },
);
