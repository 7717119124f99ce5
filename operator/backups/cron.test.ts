import { expect, test } from '@jest/globals';
import { parseSchedule } from './cron.ts';

const at = (text: string): number => Date.parse(text);
const shown = (time: number | undefined): string | undefined =>
  time === undefined ? undefined : new Date(time).toISOString().slice(0, 16);

function around(schedule: string, zone: string | undefined, now: string): readonly (string | undefined)[] {
  const parsed = parseSchedule(schedule, zone);
  if ('problem' in parsed) throw new Error(parsed.problem);
  return [shown(parsed.last(at(now))), shown(parsed.next(at(now)))];
}

test.each([
  ['every night', '0 3 * * *', undefined, '2026-03-10T12:00:00Z', ['2026-03-10T03:00', '2026-03-11T03:00']],
  ['at the very time', '0 3 * * *', undefined, '2026-03-10T03:00:00Z', ['2026-03-10T03:00', '2026-03-11T03:00']],
  ['on weekdays', '30 1 * * 1-5', undefined, '2026-03-08T12:00:00Z', ['2026-03-06T01:30', '2026-03-09T01:30']],
  ['in a zone of its own', '0 3 * * *', 'Asia/Tokyo', '2026-03-10T12:00:00Z', ['2026-03-09T18:00', '2026-03-10T18:00']],
  ['while clocks go forward', '30 3 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', ['2026-03-28T02:30', '2026-03-29T01:30']],
  [
    'while clocks go back',
    '30 2 * * *',
    'Europe/Berlin',
    '2026-10-25T12:00:00Z',
    [expect.stringMatching(/^2026-10-25T0[01]:30$/), '2026-10-26T01:30'],
  ],
  ['never', '0 0 30 2 *', undefined, '2026-03-10T12:00:00Z', [undefined, undefined]],
])('%s', (_, schedule, zone, now, expected) => {
  expect(around(schedule, zone, now)).toEqual(expected);
});

test.each([
  ['no time', '99 * * * *', undefined],
  ['seconds, too', '* * * * * *', undefined],
  ['words', 'every night at three o clock', undefined],
  ['a zone that there is not', '0 3 * * *', 'Europe/Atlantis'],
])('says what is wrong with %s', (_, schedule, zone) => {
  expect(parseSchedule(schedule, zone)).toEqual({ problem: expect.any(String) });
});
