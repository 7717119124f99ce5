import { expect, test } from '@jest/globals';
import { ReachabilityRecord, type RecordedReachability } from './reachability.ts';

const GRACE = 5_000;

type Move = readonly ['answered' | 'silent' | 'refused', number];

function play(recorded: RecordedReachability | undefined, moves: readonly Move[]): string {
  const record = new ReachabilityRecord(recorded, GRACE, 1_500);
  for (const [move, now] of moves) {
    if (move === 'answered') record.answered(now);
    if (move === 'silent') record.silent(now, 'no answer');
    if (move === 'refused') record.refused(now, 'too old');
  }
  return `${record.current.status} since ${record.current.since}`;
}

test.each<[string, RecordedReachability | undefined, readonly Move[], string]>([
  ['a new host is not known yet', undefined, [], 'Unknown since 1500'],
  ['it answers', undefined, [['answered', 2_100]], 'True since 2100'],
  [
    'it goes on answering',
    undefined,
    [
      ['answered', 2_100],
      ['answered', 9_999],
    ],
    'True since 2100',
  ],
  ['it never answered: one failure is enough', undefined, [['silent', 2_000]], 'False since 2000'],
  [
    'a hiccup is not silence',
    undefined,
    [
      ['answered', 2_000],
      ['silent', 10_000],
      ['silent', 14_999],
    ],
    'True since 2000',
  ],
  [
    'silence is, from when it began',
    undefined,
    [
      ['answered', 2_000],
      ['silent', 10_000],
      ['silent', 15_000],
    ],
    'False since 10000',
  ],
  [
    'rounded up to the second',
    undefined,
    [
      ['answered', 2_000],
      ['silent', 10_001],
      ['silent', 16_000],
    ],
    'False since 11000',
  ],
  [
    'silence goes on',
    undefined,
    [
      ['answered', 2_000],
      ['silent', 10_000],
      ['silent', 15_000],
      ['silent', 90_000],
    ],
    'False since 10000',
  ],
  [
    'a hiccup is forgotten',
    undefined,
    [
      ['answered', 2_000],
      ['silent', 10_000],
      ['answered', 11_000],
      ['silent', 15_001],
    ],
    'True since 2000',
  ],
  [
    'it comes back',
    undefined,
    [
      ['silent', 2_000],
      ['answered', 7_000],
    ],
    'True since 7000',
  ],
  [
    'it answers, but cannot be used',
    undefined,
    [
      ['silent', 2_000],
      ['refused', 7_000],
    ],
    'Unknown since 7000',
  ],
  ['restarted, before any contact', { status: 'False', since: 500 }, [], 'Unknown since 1500'],
  ['restarted, and still silent', { status: 'False', since: 500 }, [['silent', 2_000]], 'False since 500'],
  ['restarted, and still there', { status: 'True', since: 500 }, [['answered', 2_000]], 'True since 500'],
  ['restarted, and back', { status: 'False', since: 500 }, [['answered', 2_000]], 'True since 2000'],
  [
    'restarted, back and gone again',
    { status: 'False', since: 500 },
    [
      ['answered', 2_000],
      ['silent', 3_000],
      ['silent', 8_000],
    ],
    'False since 3000',
  ],
  ['restarted, and gone meanwhile', { status: 'True', since: 500 }, [['silent', 2_000]], 'False since 2000'],
])('%s', (_, recorded, moves, expected) => {
  expect(play(recorded, moves)).toBe(expected);
});

test.each<[string, readonly Move[], RecordedReachability, string]>([
  [
    'the same silence',
    [
      ['answered', 2_000],
      ['silent', 10_000],
      ['silent', 15_000],
    ],
    { status: 'False', since: 7_000 },
    'False since 7000',
  ],
  [
    'an older silence than our last contact',
    [
      ['answered', 8_000],
      ['silent', 10_000],
      ['silent', 15_000],
    ],
    { status: 'False', since: 7_000 },
    'False since 10000',
  ],
  ['a silence that we do not hear', [['answered', 2_000]], { status: 'False', since: 7_000 }, 'True since 2000'],
  ['the same answer', [['answered', 2_000]], { status: 'True', since: 1_000 }, 'True since 1000'],
  ['anything, before our first contact', [], { status: 'False', since: 1_000 }, 'Unknown since 1500'],
])('another process recorded %s', (_, moves, recorded, expected) => {
  const record = new ReachabilityRecord(undefined, GRACE, 1_500);
  for (const [move, now] of moves) {
    if (move === 'answered') record.answered(now);
    else record.silent(now, 'no answer');
  }
  record.adopt(recorded);
  expect(`${record.current.status} since ${record.current.since}`).toBe(expected);
});
