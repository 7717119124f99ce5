import { expect, test } from '@jest/globals';
import { plan } from '../plan.ts';
import { LOOKED, NOT_LOOKED, NOW, desired, host, made, present, shown, twin, untouched, world } from '../testing/world.ts';
import type { Desired, Recorded, SnapshotAction, World } from '../types.ts';
import type { RecordedLifecycle } from './types.ts';

const shelved = (offloadAfterMs = 0, over: Partial<Desired> = {}): Desired =>
  desired({ shelved: { offloadAfterMs, refused: undefined }, ...over });
const lifecycle = (over: Partial<RecordedLifecycle> = {}): RecordedLifecycle => ({
  softDeletedAt: undefined,
  reclaimed: false,
  shelvedAt: NOW - 30_000,
  offload: undefined,
  ...over,
});
const off = present({ power: 'Stopped', powerReason: 'GuestShutdown' });
const absent = (readings = 2) => ({ kind: 'Absent', readings }) as const;
const READY = { kind: 'Ready', snapshotName: 'demo-shelved-1' } as const;
const COPY: SnapshotAction = {
  uid: 'act-1',
  name: 'demo-shelved-1',
  action: 'Snapshot',
  cold: true,
  quiesce: 'Never',
  turn: 'Come',
  location: { hypervisorName: 'host-a', pool: 'main', volume: 'snapshot-act-1' },
};
const since = (over: Partial<RecordedLifecycle> = {}, record: Partial<Recorded> = {}): Recorded =>
  made({ lifecycle: lifecycle(over), ...record });
const elsewhere = (power: 'Running' | 'Stopped') => ({
  twins: [twin({ power })],
  confirmed: true,
  unheard: [],
  unobserved: [],
  silent: [],
  silentSharers: [],
});
const OFFLOAD = 'Offload: begin-offload, undefine, prove-gone, delete-disks, end-offload';
const REST = 'Offload: prove-gone, delete-disks, end-offload';
const offloaded: Recorded = { ...untouched().record, lifecycle: lifecycle({ offload: 'Done' }) };

test.each<[string, Partial<World>, string]>([
  // Switched off.
  ['running', { desired: shelved() }, 'Stop: signal-shutdown'],
  ['running, hard at once', { desired: shelved(0, { shutdownTimeoutMs: 0 }) }, 'Stop: power-off'],
  ['shutting down', { desired: shelved(), record: made({ shutdown: { startedAt: NOW - 5_000, signals: 1 } }) }, 'Wait: ShuttingDown'],
  ['saved by somebody', { desired: shelved(), machine: present({ power: 'Suspended' }) }, 'Stop: discard-saved-state'],
  ['nobody knows whether it runs', { desired: shelved(), machine: present({ power: 'Unknown' }) }, 'Wait: PowerUnknown'],
  ['started by somebody after it was copied', { desired: shelved(), shelf: READY }, 'Stop: signal-shutdown'],
  // Not to be shelved.
  [
    'what would be lost',
    { desired: desired({ shelved: { offloadAfterMs: 0, refused: { reason: 'ShelveNotPossible', message: 'x' } } }) },
    'Blocked: ShelveNotPossible',
  ],
  ['adopted', { desired: shelved(), record: made({ origin: 'Adopted' }) }, 'Blocked: ShelveNotPossible'],
  ['locked', { desired: shelved(0, { lock: 'audit' }) }, 'Wait: Locked'],
  // Copied.
  ['off, and nobody copies yet', { desired: shelved(), machine: off }, 'Wait: Shelving'],
  ['off, and its disks are not known', { desired: shelved(), machine: off, looked: NOT_LOOKED }, 'Look: look-for-twins'],
  ['off, the copy is to be begun', { desired: shelved(), machine: off, action: COPY }, 'BeginAction: begin-action'],
  [
    'off, the copy is begun',
    {
      desired: shelved(),
      machine: off,
      action: COPY,
      shelf: { kind: 'Taking' },
      record: made({ action: { ...COPY, phase: 'Running' } }),
    },
    'Snapshot: capture, end-action',
  ],
  [
    'off, the copy failed',
    { desired: shelved(), machine: off, shelf: { kind: 'Failed', reason: 'CaptureEnded', message: 'x' } },
    'Blocked: ShelveFailed',
  ],
  // Kept on the host, and removed.
  ['copied, its time runs', { desired: shelved(60_000), record: since(), machine: off, shelf: READY }, 'Settled: Shelved'],
  ['copied, its time has not begun to count', { desired: shelved(60_000), machine: off, shelf: READY }, 'Settled: Shelved'],
  ['copied, at once', { desired: shelved(), machine: off, shelf: READY }, OFFLOAD],
  ['copied, its time is over', { desired: shelved(30_000), record: since(), machine: off, shelf: READY }, OFFLOAD],
  ['the host is asked first', { desired: shelved(), machine: off, shelf: READY, looked: NOT_LOOKED }, 'Look: look-for-twins'],
  ['a job runs', { desired: shelved(), machine: present({ power: 'Stopped', busy: true }), shelf: READY }, 'Wait: MachineBusy'],
  ['only watched', { desired: shelved(0, { reconcilePolicy: 'WatchOnly' }), machine: off, shelf: READY }, 'Wait: WatchOnly'],
  [
    'a copy of the machine elsewhere',
    { desired: shelved(), machine: off, shelf: READY, elsewhere: elsewhere('Stopped') },
    'Blocked: MachineCopied',
  ],
  [
    'it lives elsewhere',
    { desired: shelved(), machine: off, shelf: READY, elsewhere: elsewhere('Running') },
    'Follow: add-finalizer, follow',
  ],
  ['the host is silent', { desired: shelved(), machine: off, shelf: READY, host: host({ contact: 'Silent' }) }, 'Wait: HostUnreachable'],
  // Cut off in between.
  ['begun, and there still', { desired: shelved(), record: since({ offload: 'Begun' }), machine: off, shelf: READY }, OFFLOAD],
  [
    'begun, there still, and active',
    { record: since({ offload: 'Begun' }, { powerOff: { reason: 'Requested', observedAt: NOW - 1_000, runId: 'run-1' } }), machine: off },
    'Start: write-config-drive, define, start-paused, apply-filters, unpause',
  ],
  ['begun, missed once', { desired: shelved(), record: since({ offload: 'Begun' }), machine: absent(1) }, 'Wait: MachineMissing'],
  ['begun, and gone', { desired: shelved(), record: since({ offload: 'Begun' }), machine: absent() }, REST],
  ['begun, gone, and active', { record: since({ offload: 'Begun' }), machine: absent() }, REST],
  [
    'begun, gone, and put away for good',
    { desired: desired({ softDeleted: { reclaimAfterMs: undefined } }), record: since({ offload: 'Begun' }), machine: absent() },
    REST,
  ],
  [
    'not begun, and gone',
    { desired: shelved(), record: since(), machine: absent(), looked: { ...LOOKED, disks: { rootExists: false } } },
    'Blocked: DisksLost',
  ],
  [
    'begun, and deleted',
    { record: since({ offload: 'Begun' }), machine: absent(), deleting: true },
    'Delete: prove-gone, delete-disks, remove-finalizer',
  ],
  // Off its host.
  ['offloaded', { ...untouched(), record: offloaded, desired: shelved() }, 'Settled: Offloaded'],
  ['never made', { ...untouched(), desired: shelved() }, 'Settled: Shelved'],
  ['offloaded, and active', { ...untouched(), record: offloaded }, 'Spawn: add-finalizer, claim'],
  ['offloaded, and deleted', { ...untouched(), record: offloaded, finalizer: true, deleting: true }, 'Delete: remove-finalizer'],
  [
    'offloaded, active, and the copy is gone',
    { ...untouched(), record: offloaded, missing: [{ kind: 'Image', reason: 'ShelvedCopyLost', until: 'x' }] },
    'Wait: ShelvedCopyLost',
  ],
  [
    'offloaded, and put away for good in the end',
    {
      ...untouched(),
      record: { ...offloaded, lifecycle: lifecycle({ offload: 'Done', softDeletedAt: NOW - 60_000 }) },
      desired: desired({ softDeleted: { reclaimAfterMs: 60_000 } }),
    },
    'Reclaim: end-reclaim',
  ],
  [
    'a copy that status knows nothing of',
    { ...untouched(), shelf: { kind: 'Unclaimed', snapshotName: 'x' } },
    'Blocked: ShelvedCopyUnclaimed',
  ],
  [
    'the same, of a machine that is there after all',
    { ...untouched(), shelf: { kind: 'Unclaimed', snapshotName: 'x' }, elsewhere: elsewhere('Running') },
    'Follow: add-finalizer, follow',
  ],
])('%s', (_, over, expected) => {
  expect(shown(plan(world(over)).plan)).toBe(expected);
});

test('says when it goes, so that it is looked at then', () => {
  const kept = plan(world({ desired: shelved(60_000), record: since(), machine: off, shelf: READY })).plan;
  expect(kept).toMatchObject({ kind: 'Settled', until: NOW + 30_000 });
});
