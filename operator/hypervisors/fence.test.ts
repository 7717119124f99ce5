import { expect, test } from '@jest/globals';
import { judgeFence } from './fence.ts';
import type { Reachability } from './host.ts';

const minute = (count: number) => Date.parse('2026-01-31T12:00:00Z') + count * 60_000;
const at = (count: number) => new Date(minute(count)).toISOString();

type Row = readonly [
  reachable: Reachability['status'],
  since: number,
  fencedAt: number | 'never' | 'yesterday',
  now: number,
  expected: string,
];

// The world on the left (minutes of one day), what is believed on the right.
test.each<Row>([
  ['False', 10, 12, 15, 'True: Fenced'],
  ['False', 10, 10, 10, 'True: Fenced'],
  ['False', 10, 15, 15, 'True: Fenced'],
  ['False', 13, 12, 15, 'False: HostAnswered'],
  ['False', 10, 16, 15, 'False: FenceInFuture'],
  ['True', 14, 12, 15, 'False: HostAnswered'],
  ['True', 1, 12, 15, 'False: HostAnswered'],
  ['Unknown', 10, 12, 15, 'Unknown: NotContacted'],
  ['False', 10, 'yesterday', 15, 'False: FenceUnreadable'],
  ['False', 10, 'never', 15, 'no fence'],
])('reachable %s since %d, fenced at %s, now %d -> %s', (status, since, fencedAt, now, expected) => {
  const fence = fencedAt === 'never' ? undefined : { at: fencedAt === 'yesterday' ? fencedAt : at(fencedAt), by: 'ada' };
  const verdict = judgeFence(fence, { status, since: minute(since) }, minute(now));
  expect(verdict === undefined ? 'no fence' : `${verdict.status}: ${verdict.reason}`).toBe(expected);
});
