import { expect, test } from '@jest/globals';
import { plan } from './plan.ts';
import { LOOKED, NOT_LOOKED, NOW, begun, desired, made, present, reboot, shown, world } from './testing/world.ts';
import type { Failure, RecordedRescue, World } from './types.ts';

const asked = { imageName: 'r1', timeoutMs: undefined };
const rescue = desired({ rescue: asked });
const known = (over: Partial<RecordedRescue> = {}): RecordedRescue => ({
  imageName: 'r1',
  startedAt: undefined,
  ended: undefined,
  ...over,
});
const underWay = made({ rescue: known() });
const running = made({ rescue: known({ startedAt: NOW - 60_000 }) });
const rescued = present({ role: 'rescue' });
const failed = (over: Partial<Failure> = {}): Failure => ({
  operation: 'Rescue',
  label: 'Transient',
  reason: 'Broke',
  message: 'x',
  at: NOW - 999_999,
  attempts: 1,
  failedOn: [],
  ...over,
});
const ENTER = 'Rescue: create-rescue-disk, enter-rescue, start-paused, apply-filters, unpause';
const LEAVE = 'Unrescue: leave-rescue, delete-rescue-disks, end-rescue';
const END = 'EndRescue: delete-rescue-disks, end-rescue';
const off = { power: 'Stopped', powerReason: 'Destroyed' } as const;
const notReady = { ...LOOKED, rescue: { kind: 'NotReady', reason: 'ImageNotFound', until: 'x' } } as const;

test.each<[string, Partial<World>, string]>([
  // Into it.
  ['asked for', { desired: rescue }, 'Rescue: begin-rescue, look-for-rescue'],
  ['asked for, not looked', { desired: rescue, record: underWay, looked: { ...NOT_LOOKED } }, 'Rescue: look-for-rescue'],
  ['its image is missing, the guest runs', { desired: rescue, record: underWay, looked: notReady }, 'Wait: ImageNotFound'],
  [
    'its image is missing, the guest was destroyed',
    { desired: rescue, record: underWay, looked: notReady, machine: present(off) },
    'Start: write-config-drive, define, start-paused, apply-filters, unpause',
  ],
  [
    'its image is missing, the guest shut itself down',
    { desired: rescue, record: underWay, looked: notReady, machine: present({ power: 'Stopped', powerReason: 'GuestShutdown' }) },
    'Wait: ImageNotFound',
  ],
  ['all is there', { desired: rescue, record: underWay }, 'Rescue: create-rescue-disk, signal-shutdown'],
  [
    'all is there, hard at once',
    { desired: desired({ rescue: asked, shutdownTimeoutMs: 0 }), record: underWay },
    'Rescue: create-rescue-disk, power-off',
  ],
  [
    'the guest was asked',
    { desired: rescue, record: made({ rescue: known(), shutdown: { startedAt: NOW - 5_000, signals: 1 } }) },
    'Wait: Rescuing',
  ],
  [
    'the guest was asked, and its time is over',
    { desired: rescue, record: made({ rescue: known(), shutdown: { startedAt: NOW - 60_000, signals: 6 } }) },
    'Rescue: power-off',
  ],
  ['the guest is off', { desired: rescue, record: underWay, machine: present(off) }, ENTER],
  [
    'of a guest that should be off',
    { desired: desired({ rescue: asked, powerState: 'Stopped' }), record: underWay, machine: present(off) },
    ENTER,
  ],
  [
    'paused by a person',
    { desired: rescue, record: underWay, machine: present({ power: 'Paused' }) },
    'Rescue: create-rescue-disk, power-off',
  ],
  [
    'paused for a job',
    { desired: rescue, record: underWay, machine: present({ power: 'Paused', powerReason: 'Migration' }) },
    'Wait: PausedByHost',
  ],
  [
    'saved, and to be running',
    { desired: rescue, record: underWay, machine: present({ power: 'Suspended' }) },
    'Resume: restore-from-disk',
  ],
  [
    'saved, and to be so',
    { desired: desired({ rescue: asked, powerState: 'Suspended' }), record: underWay, machine: present({ power: 'Suspended' }) },
    END,
  ],
  ['of unknown power', { desired: rescue, record: underWay, machine: present({ power: 'Unknown' }) }, 'Wait: PowerUnknown'],
  ['busy', { desired: rescue, record: underWay, machine: present({ busy: true }) }, 'Wait: MachineBusy'],
  ['locked', { desired: desired({ rescue: asked, lock: 'x' }) }, 'Wait: Locked'],
  ['only watched', { desired: desired({ rescue: asked, reconcilePolicy: 'WatchOnly' }) }, 'Wait: WatchOnly'],
  ['ensured to exist', { desired: desired({ rescue: asked, reconcilePolicy: 'EnsureExists' }) }, 'Settled: LeftAlone'],
  [
    'a reboot is asked for beside it: first things first',
    { desired: rescue, ...begun(reboot({ type: 'Hard' }), { rescue: known() }) },
    'Rescue: create-rescue-disk, signal-shutdown',
  ],
  // In it.
  ['it runs', { desired: rescue, record: running, machine: rescued }, 'Settled: Rescued'],
  ['it runs, and status was lost', { desired: rescue, machine: rescued }, 'Settled: Rescued'],
  [
    'it runs, though the guest should be off',
    { desired: desired({ rescue: asked, powerState: 'Stopped' }), record: running, machine: rescued },
    'Settled: Rescued',
  ],
  [
    'it runs, and the image was changed',
    { desired: desired({ rescue: asked, imageName: 'other' }), record: running, machine: rescued },
    'Settled: Rescued',
  ],
  [
    'it runs, and the flavor was changed',
    { desired: desired({ rescue: asked, bootHash: 'new' }), record: running, machine: rescued },
    'Settled: Rescued',
  ],
  [
    'it runs, and a network was changed',
    { desired: rescue, record: running, machine: present({ role: 'rescue', liveDrift: ['interfaces[eth0].source'] }) },
    'Update: update-live',
  ],
  [
    'killed before its first start',
    { desired: rescue, record: underWay, machine: present({ ...off, role: 'rescue', runId: undefined }) },
    'Rescue: write-config-drive, define, start-paused, apply-filters, unpause',
  ],
  [
    'its first start is tried again after a pause',
    {
      desired: rescue,
      record: made({ rescue: known(), failure: failed({ at: NOW - 1 }) }),
      machine: present({ ...off, role: 'rescue', runId: undefined }),
    },
    'Wait: Broke',
  ],
  [
    'it crashed',
    { desired: rescue, record: running, machine: present({ role: 'rescue', power: 'Stopped', powerReason: 'Crashed' }) },
    'Start: write-config-drive, define, start-paused, apply-filters, unpause',
  ],
  [
    'it shut itself down',
    { desired: rescue, record: running, machine: present({ role: 'rescue', power: 'Stopped', powerReason: 'GuestShutdown' }) },
    'Settled: GuestShutdown',
  ],
  [
    'a reboot is asked for',
    { desired: rescue, ...begun(reboot({ type: 'Hard' }), { rescue: known({ startedAt: NOW }) }), machine: rescued },
    'Reboot: power-off, write-config-drive, define, start-paused, apply-filters, unpause',
  ],
  // Out of it.
  ['no longer asked for', { record: running, machine: rescued }, 'Unrescue: signal-shutdown'],
  ['no longer asked for, off', { record: running, machine: present({ ...off, role: 'rescue' }) }, LEAVE],
  [
    'no longer asked for, saved by somebody',
    { record: running, machine: present({ power: 'Suspended', role: 'rescue' }) },
    'Unrescue: discard-saved-state',
  ],
  ['no longer asked for, status lost', { machine: present({ ...off, role: 'rescue' }) }, LEAVE],
  ['itself again, killed before the disks were gone', { record: running }, END],
  [
    'no longer asked for, and the guest is off, whoever asked it',
    { record: underWay, machine: present({ power: 'Stopped', powerReason: 'GuestShutdown' }) },
    'Start: write-config-drive, define, start-paused, apply-filters, unpause',
  ],
  [
    'no longer asked for, and the guest should be off',
    { desired: desired({ powerState: 'Stopped' }), record: underWay, machine: present({ power: 'Stopped', powerReason: 'GuestShutdown' }) },
    END,
  ],
  ['no longer asked for before the guest was off', { record: made({ rescue: known(), shutdown: { startedAt: NOW, signals: 1 } }) }, END],
  [
    'its time is over',
    { desired: desired({ rescue: { ...asked, timeoutMs: 60_000 } }), record: running, machine: rescued },
    'Unrescue: signal-shutdown',
  ],
  [
    'its time is not over',
    { desired: desired({ rescue: { ...asked, timeoutMs: 60_001 } }), record: running, machine: rescued },
    'Settled: Rescued',
  ],
  [
    'its time was over, and it is itself again',
    { desired: rescue, record: made({ rescue: known({ ended: { reason: 'TimedOut', message: 'x' } }) }) },
    'Settled: Running',
  ],
  [
    'another image is asked for',
    { desired: desired({ rescue: { ...asked, imageName: 'r2' } }), record: running, machine: rescued },
    'Unrescue: signal-shutdown',
  ],
  [
    'another image is asked for, and it is itself again',
    { desired: desired({ rescue: { ...asked, imageName: 'r2' } }), record: running },
    END,
  ],
  // Given up.
  [
    'it failed twice',
    { desired: rescue, record: made({ rescue: known(), failure: failed({ attempts: 2 }) }), machine: present(off) },
    ENTER,
  ],
  ['it failed three times', { desired: rescue, record: made({ rescue: known(), failure: failed({ attempts: 3 }) }) }, END],
  [
    'it failed three times as a rescue machine',
    { desired: rescue, record: made({ rescue: known(), failure: failed({ attempts: 3 }) }), machine: present({ ...off, role: 'rescue' }) },
    LEAVE,
  ],
  [
    'it cannot be done on this host',
    { desired: rescue, record: made({ rescue: known(), failure: failed({ label: 'Unsupported' }) }) },
    END,
  ],
  ['it was given up', { desired: rescue, record: made({ rescue: known({ ended: { reason: 'Broke', message: 'x' } }) }) }, 'Blocked: Broke'],
  [
    'it was given up, and the guest crashed',
    {
      desired: rescue,
      record: made({ rescue: known({ ended: { reason: 'Broke', message: 'x' } }) }),
      machine: present({ power: 'Stopped', powerReason: 'Crashed' }),
    },
    'Start: write-config-drive, define, start-paused, apply-filters, unpause',
  ],
  // Pre-empted.
  [
    'deleted',
    { desired: rescue, record: running, machine: present({ ...off, role: 'rescue' }), deleting: true },
    'Delete: undefine, prove-gone, delete-disks, remove-finalizer',
  ],
])('%s', (_, over, expected) => {
  expect(shown(plan(world(over)).plan)).toBe(expected);
});

test('it says when it ends by itself, and why it ended', () => {
  const timed = desired({ rescue: { ...asked, timeoutMs: 100_000 } });
  expect(plan(world({ desired: timed, record: running, machine: rescued })).plan).toMatchObject({ reason: 'Rescued', until: NOW + 40_000 });
  const late = plan(world({ desired: timed, record: made({ rescue: known({ startedAt: NOW - 100_000 }) }) })).plan;
  expect(late).toMatchObject({ operation: 'EndRescue', rescueEnd: { reason: 'TimedOut' } });
  const broken = plan(world({ desired: rescue, record: made({ rescue: known(), failure: failed({ attempts: 3 }) }) })).plan;
  expect(broken).toMatchObject({ rescueEnd: { reason: 'Broke', message: 'x' } });
});

test('a guest that should be off and is rescued ended as a rescue system does, not as asked', () => {
  const record = made({ rescue: known({ startedAt: NOW }) });
  const machine = present({ role: 'rescue', power: 'Stopped', powerReason: 'Crashed' });
  expect(plan(world({ desired: desired({ rescue: asked, powerState: 'Stopped' }), record, machine })).powerOff).toMatchObject({
    reason: 'Crashed',
  });
});
