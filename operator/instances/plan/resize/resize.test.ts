import { expect, test } from '@jest/globals';
import { plan } from '../plan.ts';
import { NOT_LOOKED, NOW, desired, made, present, shown, world } from '../testing/world.ts';
import type { Failure, Recorded, World } from '../types.ts';
import type { DesiredResize, RecordedResize, ResizeAction } from './types.ts';

const MANUAL: DesiredResize = { confirm: 'Manual', confirmAfterMs: 0, hindrance: undefined };
const AFTER_A_MINUTE: DesiredResize = { confirm: 'Automatic', confirmAfterMs: 60_000, hindrance: undefined };
const REFUSED: DesiredResize = { ...MANUAL, hindrance: { kind: 'Blocked', reason: 'ResizeRefused', message: 'too small' } };
const wants = (flavorName: string, over: Partial<World['desired']> = {}) => desired({ flavorName, resize: MANUAL, ...over });

const resize = (phase: RecordedResize['phase'], over: Partial<RecordedResize> = {}): RecordedResize => ({
  phase,
  from: 'tiny',
  to: 'big',
  runId: 'run-2',
  fromRoot: 'root-1',
  resizedAt: phase === 'AwaitingConfirmation' ? NOW - 30_000 : undefined,
  why: undefined,
  ...over,
});
const at = (phase: RecordedResize['phase'], over: Partial<RecordedResize> = {}, record: Partial<Recorded> = {}): Recorded =>
  made({ flavorName: phase === 'AwaitingConfirmation' ? 'big' : 'tiny', resize: resize(phase, over), ...record });

const off = (runId = 'run-1') => present({ power: 'Stopped', powerReason: 'GuestShutdown', runId });
const runs = (runId: string, root = 'root-1.1') => present({ runId, root });
const cutOff = present({ power: 'Paused', powerReason: 'User', runId: 'run-2' });
const failure = (attempts: number, label = 'Transient'): Failure => ({
  operation: 'Resize',
  label,
  reason: 'Broke',
  message: 'it broke',
  at: NOW - 600_000,
  attempts,
  failedOn: [],
});
const CONFIRM = { uid: 'act-1', name: 'yes', action: 'ConfirmResize' } as const;
const REVERT = { uid: 'act-1', name: 'no', action: 'RevertResize' } as const;

/** The action is under way. */
const acting = (action: ResizeAction, record: Recorded): Pick<World, 'action' | 'record'> => ({
  action,
  record: { ...record, action: { ...action, phase: 'Running' } },
});

/** It runs a rescue system. */
const inRescue = (over: Partial<World> & Pick<World, 'record'>): Partial<World> => ({
  ...over,
  desired: wants('big', { rescue: { imageName: 'rescue', timeoutMs: undefined } }),
  machine: present({ role: 'rescue' }),
  record: { ...over.record, rescue: { imageName: 'rescue', startedAt: NOW, ended: undefined } },
});

const START = 'start-paused, apply-filters, unpause';
const GROW = 'create-resized-disks, write-config-drive, define';
const BACK = 'take-old-disks, write-config-drive, define, remove-resized-disks';

function told(over: Partial<World>): string {
  const decided = plan(world({ desired: wants('big'), record: made({ flavorName: 'tiny' }), ...over })).plan;
  const outcome = decided.kind === 'Steps' ? decided.outcome : undefined;
  return outcome === undefined ? shown(decided) : `${outcome.phase}: ${outcome.reason}`;
}

// The world, and what is done. By default the guest runs with flavor tiny, and big is asked for.
test.each<[string, Partial<World>, string]>([
  ['another flavor is asked for', {}, 'Resize: begin-resize'],
  ['the same', { desired: wants('tiny') }, 'Settled: Running'],
  ['another, for the next start', { desired: wants('big', { resize: undefined, bootHash: 'new' }) }, 'Settled: RestartRequired'],
  ['another, and it cannot be had', { desired: wants('big', { resize: REFUSED }) }, 'Blocked: ResizeRefused'],
  ['another, of a guest that is off', { desired: wants('big', { powerState: 'Stopped' }), machine: off() }, 'Resize: begin-resize'],
  [
    'another, of a guest that is paused as asked',
    { desired: wants('big', { powerState: 'Paused' }), machine: present({ power: 'Paused' }) },
    'Wait: ResizeHeld',
  ],
  ['another, and it is locked', { desired: wants('big', { lock: 'audit' }) }, 'Wait: Locked'],
  ['another, and it is only watched', { desired: wants('big', { reconcilePolicy: 'WatchOnly' }) }, 'Wait: WatchOnly'],

  ['begun', { record: at('Resizing') }, 'Resize: signal-shutdown'],
  ['begun, and not looked at by itself', { record: at('Resizing'), looked: NOT_LOOKED }, 'Look: look-for-twins'],
  ['begun, asked to shut down', { record: at('Resizing', {}, { shutdown: { startedAt: NOW - 1_000, signals: 1 } }) }, 'Wait: Resize'],
  ['begun, its time over', { record: at('Resizing', {}, { shutdown: { startedAt: NOW - 61_000, signals: 6 } }) }, 'Resize: power-off'],
  ['off', { record: at('Resizing'), machine: off() }, `Resize: ${GROW}, ${START}, finish-resize`],
  [
    'off, and to stay off',
    { record: at('Resizing'), machine: off(), desired: wants('big', { powerState: 'Stopped' }) },
    `Resize: ${GROW}, finish-resize`,
  ],
  ['its start was cut off', { record: at('Resizing'), machine: cutOff }, 'Resize: apply-filters, unpause, finish-resize'],
  ['it runs', { record: at('Resizing'), machine: runs('run-2') }, 'Resize: finish-resize'],
  ['it ran, and has ended', { record: at('Resizing'), machine: off('run-2') }, 'Resize: finish-resize'],
  ['the flavor is set back meanwhile', { record: at('Resizing'), desired: wants('tiny') }, 'RevertResize: begin-revert'],
  [
    'the policy is taken away meanwhile',
    { record: at('Resizing'), desired: wants('big', { resize: undefined }) },
    'Resize: signal-shutdown',
  ],
  ['deleted meanwhile', { record: at('Resizing'), deleting: true }, 'Delete: signal-shutdown'],
  ['failed twice', { record: at('Resizing', {}, { failure: failure(2) }), machine: off() }, `Resize: ${GROW}, ${START}, finish-resize`],
  ['failed three times', { record: at('Resizing', {}, { failure: failure(3) }), machine: off() }, 'RevertResize: begin-revert'],
  ['failed for good', { record: at('Resizing', {}, { failure: failure(1, 'Unsupported') }) }, 'RevertResize: begin-revert'],
  [
    'a reboot is asked for meanwhile',
    { record: at('Resizing'), action: { uid: 'a', name: 'a', action: 'Start' } },
    'Resize: signal-shutdown',
  ],

  ['awaiting', { record: at('AwaitingConfirmation') }, 'Settled: ResizePending'],
  [
    'awaiting, and off as asked',
    { record: at('AwaitingConfirmation'), machine: off(), desired: wants('big', { powerState: 'Stopped' }) },
    'Settled: ResizePending',
  ],
  [
    'awaiting, and the guest crashed',
    { record: at('AwaitingConfirmation'), machine: present({ power: 'Stopped', powerReason: 'Crashed' }) },
    `Start: write-config-drive, define, ${START}`,
  ],
  [
    'awaiting its time',
    { record: at('AwaitingConfirmation'), desired: wants('big', { resize: AFTER_A_MINUTE }) },
    'Settled: ResizePending',
  ],
  [
    'awaiting, its time over',
    { record: at('AwaitingConfirmation', { resizedAt: NOW - 60_000 }), desired: wants('big', { resize: AFTER_A_MINUTE }) },
    'ConfirmResize: confirm-resize',
  ],
  [
    'awaiting, its time over, and the guest crashed',
    {
      record: at('AwaitingConfirmation', { resizedAt: NOW - 60_000 }),
      desired: wants('big', { resize: AFTER_A_MINUTE }),
      machine: present({ power: 'Stopped', powerReason: 'Crashed' }),
    },
    `Start: write-config-drive, define, ${START}`,
  ],
  ['awaiting, and the flavor is set back', { record: at('AwaitingConfirmation'), desired: wants('tiny') }, 'RevertResize: begin-revert'],
  ['awaiting, and a third flavor', { record: at('AwaitingConfirmation'), desired: wants('huge') }, 'Wait: ResizePending'],
  [
    'awaiting, and the policy is gone',
    { record: at('AwaitingConfirmation'), desired: wants('big', { resize: undefined }) },
    'Settled: ResizePending',
  ],

  ['confirm: none is pending', { action: CONFIRM, desired: wants('tiny') }, 'Failed: NoResizePending'],
  ['confirm', { action: CONFIRM, record: at('AwaitingConfirmation') }, 'BeginAction: begin-action'],
  ['confirm, begun', acting(CONFIRM, at('AwaitingConfirmation')), 'ConfirmResize: confirm-resize'],
  ['confirm, done', acting(CONFIRM, made({ flavorName: 'big' })), 'Succeeded: Confirmed'],
  ['confirm, in a rescue', inRescue({ action: CONFIRM, record: at('AwaitingConfirmation') }), 'Failed: Rescued'],
  ['confirm, begun before a rescue', inRescue(acting(CONFIRM, at('AwaitingConfirmation'))), 'Failed: Rescued'],
  ['revert, begun before a rescue', inRescue(acting(REVERT, at('AwaitingConfirmation'))), 'Failed: Rescued'],
  ['confirm, done before a rescue', inRescue(acting(CONFIRM, made({ flavorName: 'big' }))), 'Succeeded: Confirmed'],
  ['revert: none is pending', { action: REVERT, desired: wants('tiny') }, 'Failed: NoResizePending'],
  ['revert, begun', acting(REVERT, at('AwaitingConfirmation')), 'RevertResize: begin-revert'],
  ['revert, done', acting(REVERT, at('Reverted')), 'Succeeded: Reverted'],

  ['reverting', { record: at('Reverting', { runId: 'run-3' }), machine: runs('run-2') }, 'RevertResize: signal-shutdown'],
  [
    'reverting, and it was not stopped yet',
    { record: at('Reverting', { runId: 'run-3' }), machine: runs('run-1', 'root-1') },
    'RevertResize: remove-resized-disks, finish-revert',
  ],
  [
    'reverting, off',
    { record: at('Reverting', { runId: 'run-3' }), machine: off('run-2') },
    `RevertResize: ${BACK}, ${START}, finish-revert`,
  ],
  [
    'reverting, off since the start',
    { record: at('Reverting', { runId: 'run-3' }), machine: off('run-1') },
    `RevertResize: ${BACK}, ${START}, finish-revert`,
  ],
  [
    'reverting, and to stay off',
    { record: at('Reverting', { runId: 'run-3' }), machine: off('run-2'), desired: wants('tiny', { powerState: 'Stopped' }) },
    `RevertResize: ${BACK}, finish-revert`,
  ],
  ['reverting, it runs', { record: at('Reverting', { runId: 'run-3' }), machine: runs('run-3') }, 'RevertResize: finish-revert'],

  ['reverted by an action', { record: at('Reverted', { why: { reason: 'RevertAsked', message: '' } }) }, 'Blocked: ResizeReverted'],
  ['reverted for a failure', { record: at('Reverted', { why: { reason: 'OutOfMemory', message: 'full' } }) }, 'Blocked: ResizeFailed'],
  [
    'reverted, and the guest crashed',
    { record: at('Reverted'), machine: present({ power: 'Stopped', powerReason: 'Crashed' }) },
    `Start: write-config-drive, define, ${START}`,
  ],
  ['reverted, and a third flavor', { record: at('Reverted'), desired: wants('huge') }, 'Resize: begin-resize'],
])('%s', (_, over, expected) => {
  expect(told(over)).toBe(expected);
});
