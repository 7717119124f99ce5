import { describe, expect, test } from '@jest/globals';
import type { BackupSchedule, BackupScheduleSpec, BackupScheduleStatus } from '../../crds/backup-schedule.ts';
import type { InstanceSnapshot } from '../../crds/instance-snapshot.ts';
import { backupName, GENERATION_LABEL, planBackups, type Presence } from './plan.ts';

const NOW = '2026-03-10T03:00:20Z';
const at = (text: string): number => Date.parse(text);

function schedule(
  spec: Partial<BackupScheduleSpec> = {},
  status: BackupScheduleStatus = {},
  createdAt = '2026-03-01T00:00:00Z',
): BackupSchedule {
  return {
    apiVersion: 'hostler.dev/v1alpha1',
    kind: 'BackupSchedule',
    metadata: { name: 'nightly', namespace: 'a', uid: 'u', resourceVersion: '1', generation: 2, creationTimestamp: createdAt },
    spec: { instanceName: 'x', schedule: '0 3 * * *', ...spec },
    status,
  };
}

/** `+3`: succeeded on the third of the month; `-3`: failed; `?3`: under way; `~3`: being deleted; `g1-3`: failed, of generation 1. */
function snapshot(text: string): InstanceSnapshot {
  const [, generation = '2', kind = '', day = ''] = /^(?:g(\d))?([-+?~])(\d+)$/.exec(text) ?? [];
  const time = `2026-03-${day.padStart(2, '0')}T03:00:00Z`;
  const phase = kind === '-' ? 'Failed' : kind === '?' ? 'Running' : 'Succeeded';
  return {
    apiVersion: 'hostler.dev/v1alpha1',
    kind: 'InstanceSnapshot',
    metadata: {
      name: text,
      namespace: 'a',
      uid: text,
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: time,
      labels: { [GENERATION_LABEL]: generation },
      ...(kind === '~' ? { deletionTimestamp: time } : {}),
    },
    spec: { instanceName: 'x' },
    status: { phase, ...(phase === 'Running' ? {} : { finishedAt: time }) },
  };
}

const plan = (
  spec: Partial<BackupScheduleSpec>,
  there: string,
  status: BackupScheduleStatus = {},
  presence: Presence = 'There',
  now = NOW,
) => planBackups(schedule(spec, status), there.split(' ').filter(Boolean).map(snapshot), presence, at(now));

const shown = ({ readiness, take }: ReturnType<typeof plan>): string =>
  `${readiness.kind} ${readiness.reason}${take === undefined ? '' : `, takes ${new Date(take).toISOString().slice(5, 16)}`}`;

const yesterday = { lastScheduledAt: '2026-03-09T03:00:00Z' };

describe('when one is taken', () => {
  test.each<[string, Partial<BackupScheduleSpec>, string, BackupScheduleStatus, string]>([
    ['its time has come', {}, '+9', yesterday, 'Settled Scheduled, takes 03-10T03:00'],
    ['it was begun already', {}, '+9', { lastScheduledAt: '2026-03-10T03:00:00Z' }, 'Settled Scheduled'],
    [
      'several were missed: the last alone',
      { startingDeadline: '24h' },
      '',
      { lastScheduledAt: '2026-03-02T03:00:00Z' },
      'Settled Scheduled, takes 03-10T03:00',
    ],
    ['its time is long over', { schedule: '0 1 * * *' }, '', yesterday, 'Settled Scheduled'],
    ['the last is not done yet', {}, '+8 ?9', yesterday, 'Waiting BackupRunning'],
    ['the last is being deleted', {}, '~9', yesterday, 'Settled Scheduled, takes 03-10T03:00'],
    ['suspended', { suspend: true }, '', yesterday, 'Stuck Suspended'],
    ['no such time', { schedule: '99 * * * *' }, '', {}, 'Stuck InvalidSchedule'],
    ['a time that never comes', { schedule: '0 0 30 2 *' }, '', {}, 'Stuck InvalidSchedule'],
    ['no such zone', { timeZone: 'Europe/Atlantis' }, '', {}, 'Stuck InvalidSchedule'],
    ['failed twice', {}, '+6 -7 -8', yesterday, 'Settled Scheduled, takes 03-10T03:00'],
    ['failed three times', {}, '+6 -7 -8 -9', yesterday, 'Stuck TooManyFailures'],
    ['failed three times, and once succeeded since', {}, '-6 -7 -8 +9', yesterday, 'Settled Scheduled, takes 03-10T03:00'],
    ['failed three times, before the spec was changed', {}, 'g1-7 g1-8 g1-9', yesterday, 'Settled Scheduled, takes 03-10T03:00'],
    ['may fail for ever', { suspendAfterFailures: 0 }, '-6 -7 -8 -9', yesterday, 'Settled Scheduled, takes 03-10T03:00'],
    ['may fail once', { suspendAfterFailures: 1 }, '-9', yesterday, 'Stuck TooManyFailures'],
  ])('%s', (_, spec, there, status, expected) => {
    expect(shown(plan(spec, there, status))).toBe(expected);
  });

  test('of an Instance that is not there none is', () => {
    expect(shown(plan({}, '', yesterday, 'Missing'))).toBe('Waiting InstanceNotFound');
    const away = plan({}, '', yesterday, 'PutAway');
    expect([shown(away), away.scheduledAt]).toEqual(['Settled InstancePutAway', at('2026-03-10T03:00:00Z')]);
    expect(plan({}, '', { lastScheduledAt: '2026-03-10T03:00:00Z' }, 'PutAway').scheduledAt).toBeUndefined();
  });

  test('one that is left out is not thought of again', () => {
    const late = plan({ schedule: '0 1 * * *', startingDeadline: '30m' }, '', yesterday);
    expect([late.scheduledAt, late.readiness.message]).toEqual([at('2026-03-10T01:00:00Z'), expect.stringContaining('left out')]);
  });

  test('a new schedule begins with its next time', () => {
    const fresh = planBackups(schedule({}, {}, '2026-03-10T03:00:10Z'), [], 'There', at(NOW));
    expect([fresh.take, fresh.nextAt]).toEqual([undefined, at('2026-03-11T03:00:00Z')]);
  });
});

describe('which are deleted', () => {
  test.each<[string, BackupScheduleSpec['keep'], string, string]>([
    ['all but the newest seven', undefined, '+1 +2 +3 +4 +5 +6 +7 +8 +9', '+1 +2'],
    ['all but the newest two', { count: 2 }, '+1 +2 +3', '+1'],
    ['those that are too old', { maxAge: '72h' }, '+1 +2 +8 +9', '+1 +2'],
    ['too many, or too old', { count: 2, maxAge: '72h' }, '+2 +7 +8 +9', '+2 +7'],
    ['never the last that is good, however old', { count: 1, maxAge: '1h' }, '+1', ''],
    ['nor because later ones failed', { count: 1, maxAge: '1h' }, '+1 -2 -3 -4', ''],
    ['nor while another is under way', { count: 1 }, '+1 ?9', ''],
    ['one that is being deleted counts for nothing', { count: 1 }, '+1 ~9', ''],
    ['failed ones before the last good one', undefined, '-1 -2 +3 -4', '-1 -2'],
  ])('%s', (_, keep, there, expected) => {
    const removed = plan(keep === undefined ? {} : { keep }, there, { lastScheduledAt: '2026-03-10T03:00:00Z' }).remove;
    expect(removed.map(({ metadata }) => metadata.name).toSorted()).toEqual(expected.split(' ').filter(Boolean));
  });
});

test('backups are named by schedule and time', () => {
  expect(backupName('nightly', at('2026-03-10T03:00:00Z'))).toBe('nightly-202603100300');
  expect(backupName(`${'a'.repeat(199)}-b`, at('2026-03-10T03:00:00Z'))).toBe(`${'a'.repeat(199)}-202603100300`);
});
