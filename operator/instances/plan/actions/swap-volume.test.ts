import { expect, test } from '@jest/globals';
import { plan } from '../plan.ts';
import { NOW, begun, desired, made, present, shown, world } from '../testing/world.ts';
import type { AskedAction, Failure, SwapState, SwapVolumeAction, World } from '../types.ts';

const action = (
  state: SwapState = { kind: 'Ready', volumeUid: 'v-2', onlyOff: undefined },
  turn: SwapVolumeAction['turn'] = 'Come',
): SwapVolumeAction => ({
  uid: 'act-1',
  name: 's',
  action: 'SwapVolume',
  volume: 'data',
  to: 'other',
  state,
  turn,
});
const SWAP = action();
const UNFIT = action({ kind: 'Unfit', reason: 'VolumeInUse', message: 'name another one' });
const LARGER = action({ kind: 'Ready', volumeUid: 'v-2', onlyOff: 'Larger' });
const ROOT = action({ kind: 'Ready', volumeUid: 'v-2', onlyOff: 'Root' });
const QUEUED = action(SWAP.state, 'Awaited');
const SWAPPED = action({ kind: 'Swapped' });
const GO_ON = 'SwapVolume: swap-volume, end-action';
const failed = (over: Partial<Failure> = {}): Failure => ({
  operation: 'SwapVolume',
  label: 'Transient',
  reason: 'SwapEnded',
  message: 'ended by the host',
  at: NOW - 5_000,
  attempts: 1,
  failedOn: [],
  ...over,
});
const busy = { machine: present({ busy: true }) };
const saved = { machine: present({ power: 'Suspended', powerReason: 'Saved' }), desired: desired({ powerState: 'Suspended' }) };
const off = { machine: present({ power: 'Stopped', powerReason: 'GuestShutdown' }) };

/** The plan on one line; of an action that ends, what is done for it, and what came of it. */
function told(over: Partial<World>): string {
  const decided = plan(world(over)).plan;
  if (decided.kind !== 'Steps' || decided.operation !== 'EndAction') return shown(decided);
  return `${decided.outcome?.phase} ${decided.outcome?.reason}: ${decided.steps.join(', ')}`;
}
const ended = (reason: string): string => `Failed ${reason}: end-swap, end-action`;

test.each<[string, Partial<World>, string]>([
  ['running', { action: SWAP }, 'BeginAction: begin-action'],
  [
    'paused',
    { action: SWAP, machine: present({ power: 'Paused' }), desired: desired({ powerState: 'Paused' }) },
    'BeginAction: begin-action',
  ],
  ['its definition is not read', { action: action({ kind: 'Unread' }) }, 'Wait: Observing'],
  ['it has the other one already', { action: SWAPPED }, 'Succeeded VolumeSwapped: end-action'],
  ['the other one cannot be had', { action: UNFIT }, 'Failed VolumeInUse: end-action'],
  ['off', { action: SWAP, ...off }, 'BeginAction: begin-action'],
  ['suspended', { action: SWAP, ...saved }, 'Failed NotRunning: end-action'],
  ['to a larger one', { action: LARGER }, 'Failed VolumeSizeDiffers: end-action'],
  ['of the root disk', { action: ROOT }, 'Failed NotStopped: end-action'],
  ['of the root disk, off', { action: ROOT, ...off }, 'BeginAction: begin-action'],
  ['to a larger one, off', { action: LARGER, ...off }, 'BeginAction: begin-action'],
  ['it waits for its turn', { action: QUEUED }, 'Settled: Running'],
  ['the same, and the guest is to be off', { action: QUEUED, desired: desired({ powerState: 'Stopped' }) }, 'Stop: signal-shutdown'],
  [
    'the same, and the guest crashed',
    { action: QUEUED, machine: present({ power: 'Stopped', powerReason: 'Crashed' }) },
    shown(plan(world({ machine: present({ power: 'Stopped', powerReason: 'Crashed' }) })).plan),
  ],
  ['the same, and the other one cannot be had', { action: action(UNFIT.state, 'Awaited') }, 'Failed VolumeInUse: end-action'],
  ['the same, and locked', { action: QUEUED, desired: desired({ lock: 'audit' }) }, 'Settled: Running'],
  ['the same, and deleted', { action: QUEUED, deleting: true }, 'Delete: signal-shutdown'],
  ['in a rescue', { action: SWAP, machine: present({ role: 'rescue' }) }, 'Unrescue: signal-shutdown'],
  ['a job of somebody else runs', { action: SWAP, ...busy }, 'Wait: MachineBusy'],
  ['locked', { action: SWAP, desired: desired({ lock: 'audit' }) }, 'Wait: Locked'],
  ['begun', begun(SWAP), GO_ON],
  ['begun, and it is copied', { ...begun(SWAP), ...busy }, GO_ON],
  ['begun, to be stopped meanwhile', { ...begun(SWAP), desired: desired({ powerState: 'Stopped' }) }, GO_ON],
  ['begun, and through', begun(SWAPPED), 'Succeeded VolumeSwapped: end-action'],
  ['begun, and the other one is gone', begun(UNFIT), ended('VolumeInUse')],
  ['begun, and the guest ended', { ...begun(SWAP), ...off }, GO_ON],
  ['begun, off, and to run meanwhile', { ...begun(LARGER), ...off, desired: desired({ powerState: 'Running' }) }, GO_ON],
  ['begun, off, and started by somebody', begun(LARGER), ended('VolumeSizeDiffers')],
  ['begun, and saved by somebody', { ...begun(SWAP), ...saved }, ended('NotRunning')],
  ['failed once, a moment ago', begun(SWAP, { failure: failed({ at: NOW - 1_000 }) }), 'Wait: SwapEnded'],
  ['failed once, the pause is over', begun(SWAP, { failure: failed() }), GO_ON],
  ['failed three times', begun(SWAP, { failure: failed({ attempts: 3 }) }), ended('SwapEnded')],
  ['the host cannot', begun(SWAP, { failure: failed({ label: 'Unsupported', reason: 'Unsupported' }) }), ended('Unsupported')],
  ['withdrawn', { record: begun(SWAP).record }, ended('Withdrawn')],
  ['withdrawn, and it is copied', { record: begun(SWAP).record, ...busy }, ended('Withdrawn')],
  ['deleted meanwhile', { ...begun(SWAP), deleting: true, ...busy }, ended('InstanceDeleting')],
  ['finished', { record: made({ action: { ...(SWAP as AskedAction), phase: 'Succeeded' } }) }, 'Settled: Running'],
])('%s', (_, over, expected) => {
  expect(told(over)).toBe(expected);
});

test.each<[string, Partial<World>, string | undefined]>([
  ['is wanted when it could be begun', { action: QUEUED }, 'BeginAction: begin-action'],
  ['but not while a job of somebody else runs', { action: QUEUED, ...busy }, 'Wait: MachineBusy'],
  ['nor once it has come', { action: SWAP }, undefined],
])('a turn on the host %s', (_, over, expected) => {
  const { inTurn } = plan(world(over));
  expect(inTurn && shown(inTurn)).toBe(expected);
});
