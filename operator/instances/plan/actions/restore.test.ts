import { expect, test } from '@jest/globals';
import { plan } from '../plan.ts';
import { NOW, begun, desired, made, present, shown, world } from '../testing/world.ts';
import type { Failure, ObservedMachine, Recorded, RestoreAction, World } from '../types.ts';

const MAKE = 'ensure-base, create-root-disk';
const START = 'write-config-drive, define, start-paused, apply-filters, unpause';
const RESTORE: RestoreAction = {
  uid: 'act-1',
  name: 'back',
  action: 'Restore',
  snapshotName: 'snap',
  from: { kind: 'Ready', makings: 'snapshot' },
};
const GONE: RestoreAction = { ...RESTORE, from: { kind: 'Unfit', reason: 'SnapshotContentGone', message: 'x' } };

const failure: Failure = {
  operation: 'Restore',
  label: 'Transient',
  reason: 'OutOfSpace',
  message: 'no space',
  at: NOW - 1_000,
  attempts: 3,
  failedOn: [],
};

/** Begun, with what the definition names as root disk. */
const restoring = (
  root: string,
  machine: Partial<ObservedMachine> = {},
  record: Partial<Recorded> = {},
  action: RestoreAction = RESTORE,
): Partial<World> => ({
  ...begun(action, {
    action: { uid: 'act-1', name: 'back', action: 'Restore', phase: 'Running', rebuild: { root: 'root-2', makings: 'snapshot' } },
    ...record,
  }),
  machine: present({ root, ...machine }),
});
const OFF = { power: 'Stopped', powerReason: 'Destroyed' } as const;

function told(over: Partial<World>): string {
  const { plan: decided } = plan(world(over));
  const outcome = decided.kind === 'Steps' && decided.operation === 'EndAction' ? decided.outcome : undefined;
  return outcome === undefined ? shown(decided) : `${outcome.phase}: ${outcome.reason}`;
}

test.each<[string, Partial<World>, string]>([
  ['running, not begun', { action: RESTORE }, 'Restore: begin-action'],
  ['off, not begun', { action: RESTORE, machine: present(OFF) }, 'Restore: begin-action'],
  ['another image is asked for, too', { action: RESTORE, desired: desired({ imageName: 'other' }) }, 'Restore: begin-action'],
  [
    'the image of the spec is missing: it is not needed',
    { action: RESTORE, missing: [{ kind: 'Image', reason: 'ImageNotFound', until: 'x' }] },
    'Restore: begin-action',
  ],
  [
    'a network is missing: the new run would need it',
    { action: RESTORE, missing: [{ kind: 'Network', reason: 'NetworkNotFound', until: 'x' }] },
    'Wait: NetworkNotFound',
  ],
  ['there is no such snapshot', { action: GONE }, 'Failed: SnapshotContentGone'],
  ['what was adopted', { action: RESTORE, record: made({ origin: 'Adopted' }) }, 'Failed: NotMadeHere'],
  [
    'in a rescue',
    { action: RESTORE, machine: present({ role: 'rescue' }), desired: desired({ rescue: { imageName: 'r', timeoutMs: undefined } }) },
    'Failed: Rescued',
  ],
  ['a job runs', { action: RESTORE, machine: present({ busy: true }) }, 'Wait: MachineBusy'],
  ['begun: the guest runs', restoring('root-1'), `Restore: ${MAKE}, signal-shutdown`],
  ['begun: extra disks stay', { ...restoring('root-1'), desired: desired({ extraDisks: true }) }, `Restore: ${MAKE}, signal-shutdown`],
  ['begun: the guest shuts down', restoring('root-1', {}, { shutdown: { startedAt: NOW - 5_000, signals: 1 } }), 'Wait: Restoring'],
  [
    'begun: the guest does not shut down',
    restoring('root-1', {}, { shutdown: { startedAt: NOW - 61_000, signals: 6 } }),
    `Restore: ${MAKE}, power-off`,
  ],
  ['begun: saved', restoring('root-1', { power: 'Suspended' }), `Restore: ${MAKE}, discard-saved-state`],
  ['begun: off', restoring('root-1', OFF), `Restore: ${MAKE}, write-config-drive, define`],
  ['begun: the snapshot went', restoring('root-1', OFF, {}, GONE), 'Failed: SnapshotContentGone'],
  [
    'begun: another flavor since',
    restoring('root-1', {}, {}, { ...RESTORE, from: { kind: 'Ready', makings: 'other' } }),
    'Restore: begin-action',
  ],
  ['begun: failed three times', restoring('root-1', {}, { failure }), 'Failed: OutOfSpace'],
  ['switched: to run', restoring('root-2', OFF), `Restore: ${START}`],
  ['switched: to run, and the snapshot went', restoring('root-2', OFF, {}, GONE), `Restore: ${START}`],
  ['switched: to be off', { ...restoring('root-2', OFF), desired: desired({ powerState: 'Stopped' }) }, 'Succeeded: RestoredOff'],
  ['switched: runs', restoring('root-2', { runId: 'act-1' }), 'Succeeded: Restored'],
  ['switched: cannot be started', restoring('root-2', OFF, { failure }), 'Failed: OutOfSpace'],
  ['deleted', { ...restoring('root-1'), deleting: true }, 'Delete: signal-shutdown'],
  ['withdrawn', { ...restoring('root-1'), action: undefined }, 'Failed: Withdrawn'],
  [
    'after it',
    { record: made({ action: { uid: 'act-0', name: 'x', action: 'Restore', phase: 'Failed', rebuild: { root: 'r', makings: 'm' } } }) },
    'Tidy: record-disks, remove-unused-disks',
  ],
])('%s', (_, over, expected) => {
  expect(told(over)).toBe(expected);
});
