import { expect, test } from '@jest/globals';
import { plan } from './plan.ts';
import {
  LOOKED,
  NOBODY_ELSEWHERE,
  NOT_LOOKED,
  NOW,
  desired,
  made,
  present,
  shown,
  START_ACTION,
  twin,
  untouched,
  world,
} from './testing/world.ts';
import type { Desired, Recorded, World } from './types.ts';

const NOT_SHELVED = { shelvedAt: undefined, offload: undefined } as const;
const away = (reclaimAfterMs?: number, over: Partial<Desired> = {}): Desired => desired({ softDeleted: { reclaimAfterMs }, ...over });
const since = (ago: number, over: Partial<Recorded> = {}): Recorded =>
  made({ lifecycle: { softDeletedAt: NOW - ago, reclaimed: false, ...NOT_SHELVED }, ...over });
const off = present({ power: 'Stopped', powerReason: 'Requested' });
const absent = (readings = 2) => ({ kind: 'Absent', readings }) as const;
const reclaimed = { ...untouched().record, lifecycle: { softDeletedAt: NOW - 60_000, reclaimed: true, ...NOT_SHELVED } };
const RECLAIM = 'Reclaim: undefine, prove-gone, delete-disks, end-reclaim';

test.each<[string, Partial<World>, string]>([
  // Put away.
  ['running', { desired: away() }, 'Stop: signal-shutdown'],
  ['running, hard at once', { desired: away(undefined, { shutdownTimeoutMs: 0 }) }, 'Stop: power-off'],
  ['asked to shut down', { desired: away(), record: since(0, { shutdown: { startedAt: NOW, signals: 1 } }) }, 'Wait: ShuttingDown'],
  ['off', { desired: away(), machine: off }, 'Settled: SoftDeleted'],
  ['crashed meanwhile', { desired: away(), machine: present({ power: 'Stopped', powerReason: 'Crashed' }) }, 'Settled: SoftDeleted'],
  ['saved: it goes on where it was', { desired: away(), machine: present({ power: 'Suspended' }) }, 'Settled: SoftDeleted'],
  [
    'saved, and a copy of it runs',
    { desired: away(), machine: present({ power: 'Suspended' }), elsewhere: { ...NOBODY_ELSEWHERE, confirmed: true, twins: [twin()] } },
    'Blocked: RunsTwice',
  ],
  ['paused by a person', { desired: away(), machine: present({ power: 'Paused' }) }, 'Stop: power-off'],
  ['paused for a job', { desired: away(), machine: present({ power: 'Paused', powerReason: 'Migration' }) }, 'Wait: PausedByHost'],
  ['of unknown power', { desired: away(), machine: present({ power: 'Unknown' }) }, 'Wait: PowerUnknown'],
  [
    'rescued',
    { desired: away(undefined, { rescue: { imageName: 'r1', timeoutMs: undefined } }), machine: present({ role: 'rescue' }) },
    'Stop: signal-shutdown',
  ],
  ['a start is asked for', { desired: away(), machine: off, action: START_ACTION }, 'Settled: SoftDeleted'],
  ['another flavor is asked for', { desired: away(undefined, { bootHash: 'new' }), machine: off }, 'Settled: SoftDeleted'],
  ['locked', { desired: away(undefined, { lock: 'x' }) }, 'Wait: Locked'],
  ['only watched', { desired: away(undefined, { reconcilePolicy: 'WatchOnly' }) }, 'Wait: WatchOnly'],
  ['its machine is lost', { desired: away(), machine: absent() }, 'Redefine: define'],
  ['never made', { ...untouched(), desired: away() }, 'Settled: SoftDeleted'],
  [
    'never made, as far as is known',
    { ...untouched(), desired: away(), elsewhere: { ...NOBODY_ELSEWHERE, unheard: ['host-b'] } },
    'Wait: Observing',
  ],
  [
    'its status was lost',
    { ...untouched(), desired: away(), elsewhere: { ...NOBODY_ELSEWHERE, twins: [twin()] } },
    'Follow: add-finalizer, follow',
  ],
  [
    'active again',
    { machine: off, record: since(60_000, { powerOff: { reason: 'Requested', observedAt: NOW, runId: 'run-1' } }) },
    'Start: write-config-drive, define, start-paused, apply-filters, unpause',
  ],
  // Its time.
  ['a moment before its time is over', { desired: away(60_000), record: since(59_999), machine: off }, 'Settled: SoftDeleted'],
  ['its time is over', { desired: away(60_000), record: since(60_000), machine: off }, RECLAIM],
  [
    'its time is over, not asked afresh',
    { desired: away(60_000), record: since(60_000), machine: off, looked: NOT_LOOKED },
    'Look: look-for-twins',
  ],
  ['its time is over, and it was started by somebody', { desired: away(60_000), record: since(60_000) }, 'Stop: signal-shutdown'],
  ['its time has not begun to count', { desired: away(0), machine: off }, 'Settled: SoftDeleted'],
  ['its time is over, saved', { desired: away(60_000), record: since(60_000), machine: present({ power: 'Suspended' }) }, RECLAIM],
  [
    'its time is over, busy',
    { desired: away(60_000), record: since(60_000), machine: present({ power: 'Stopped', busy: true }) },
    'Wait: MachineBusy',
  ],
  ['its time is over, locked', { desired: away(60_000, { lock: 'x' }), record: since(60_000), machine: off }, 'Wait: Locked'],
  [
    'its time is over, protected',
    { desired: away(60_000, { deletionProtection: true }), record: since(60_000), machine: off },
    'Wait: DeletionProtected',
  ],
  [
    'its time is over, to be retained',
    { desired: away(60_000, { deletionPolicy: 'Retain' }), record: since(60_000), machine: off },
    'Blocked: ReclaimNotAllowed',
  ],
  [
    'its time is over, and a copy lives elsewhere',
    { desired: away(60_000), record: since(60_000), machine: off, elsewhere: { ...NOBODY_ELSEWHERE, twins: [twin()] } },
    'Follow: add-finalizer, follow',
  ],
  [
    'its time is over, and a copy that is off is elsewhere',
    { desired: away(60_000), record: since(60_000), machine: off, elsewhere: { ...NOBODY_ELSEWHERE, twins: [twin({ power: 'Stopped' })] } },
    'Reclaim: undefine, prove-gone, delete-disks, follow',
  ],
  [
    'killed before its disks were gone',
    { desired: away(60_000), record: since(60_000), machine: absent() },
    'Reclaim: prove-gone, delete-disks, end-reclaim',
  ],
  ['missed once', { desired: away(60_000), record: since(60_000), machine: absent(1) }, 'Wait: MachineMissing'],
  [
    'killed, and kept without end since',
    { desired: away(), record: since(60_000), machine: absent(), looked: { ...LOOKED, disks: { rootExists: false } } },
    'Blocked: DisksLost',
  ],
  // Gone.
  ['nothing is left', { ...untouched(), record: reclaimed, desired: away(60_000) }, 'Settled: Reclaimed'],
  ['nothing is left, and it is to be active', { ...untouched(), record: reclaimed }, 'Blocked: DisksLost'],
  [
    'nothing is left, deleted',
    { ...untouched(), record: reclaimed, desired: away(60_000), finalizer: true, deleting: true },
    'Delete: remove-finalizer',
  ],
  [
    'deleted before its time is over',
    { desired: away(60_000), record: since(0), machine: off, deleting: true },
    'Delete: undefine, prove-gone, delete-disks, remove-finalizer',
  ],
])('%s', (_, over, expected) => {
  expect(shown(plan(world(over)).plan)).toBe(expected);
});

test('it says when it goes', () => {
  const { plan: kept } = plan(world({ desired: away(60_000), record: since(20_000), machine: off }));
  expect(kept).toMatchObject({
    kind: 'Settled',
    until: NOW + 40_000,
    message: expect.stringContaining(new Date(NOW + 40_000).toISOString()),
  });
});

test('a guest that ends while it is put away ends as asked: it is started when it is active again', () => {
  const machine = present({ power: 'Stopped', powerReason: 'GuestShutdown' });
  expect(plan(world({ desired: away(), machine })).powerOff).toMatchObject({ reason: 'Requested' });
});

test('where its time begins to count in this pass it is come back for, whether anything wakes it or not', () => {
  const { plan: decided } = plan({ ...world(), desired: away(60_000), machine: off });
  expect(decided).toMatchObject({ kind: 'Settled', until: NOW + 60_000 });
});
