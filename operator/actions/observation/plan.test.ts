import { expect, test } from '@jest/globals';
import type { Instance, InstanceSpec, InstanceStatus } from '../../../crds/instance.ts';
import type { InstanceAction, InstanceActionStatus } from '../../../crds/instance-action.ts';
import type { ObservationName } from '../../../crds/vocabulary.ts';
import type { MachineState } from '../../../drivers/contract.ts';
import { DriverError, type Label } from '../../../drivers/labels.ts';
import { expiresAt } from '../plan.ts';
import { afterFailure, planObservation, refusalOf } from './plan.ts';

const meta = (name: string, uid: string) => ({
  name,
  namespace: 'a',
  uid,
  resourceVersion: '1',
  generation: 1,
  creationTimestamp: '2026-01-01T00:00:00Z',
});

function action(status?: InstanceActionStatus, ttlAfterFinished?: string): InstanceAction {
  return {
    apiVersion: 'hostler.dev/v1alpha1',
    kind: 'InstanceAction',
    metadata: meta('look', 'action-uid'),
    spec: { instanceName: 'x', action: 'Diagnostics', ...(ttlAfterFinished === undefined ? {} : { ttlAfterFinished }) },
    ...(status === undefined ? {} : { status }),
  };
}

const PLACED: InstanceStatus = { hypervisorName: 'host-a', machineId: 'm-1' };
function instance(spec: Partial<InstanceSpec> = {}, status: InstanceStatus = PLACED, deleting = false): Instance {
  return {
    apiVersion: 'hostler.dev/v1alpha1',
    kind: 'Instance',
    metadata: { ...meta('x', 'instance-uid'), ...(deleting ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}) },
    spec: { flavorName: 'tiny', imageName: 'demo', ...spec },
    status,
  };
}
const busy: InstanceStatus = {
  ...PLACED,
  action: { uid: 'other', name: 'r', action: 'Rebuild', phase: 'Running', reason: 'Begun', message: '', startedAt: '2026-01-01T00:00:00Z' },
};
const accepted: InstanceActionStatus = { phase: 'Pending', instanceUid: 'instance-uid' };

// What it names, the Instance, and what becomes of it.
test.each<[string, InstanceAction, Instance | undefined, string | undefined]>([
  ['nothing of that name', action(), undefined, 'Pending: InstanceNotFound'],
  ['an Instance', action(), instance(), 'Look'],
  ['an Instance that is locked', action(), instance({ lock: { reason: 'audit' } }), 'Look'],
  ['an Instance that is only watched', action(), instance({ reconcilePolicy: 'WatchOnly' }), 'Look'],
  ['an Instance that is not even watched', action(), instance({ reconcilePolicy: 'Disabled' }), 'Failed: BlockedByPolicy'],
  ['an Instance that carries another action out', action(), instance({}, busy), 'Look'],
  ['an Instance that is being deleted', action(), instance({}, PLACED, true), 'Look'],
  ['an Instance that is soft-deleted', action(), instance({ lifecycle: { state: 'SoftDeleted' } }), 'Look'],
  ['an Instance that is nowhere yet', action(), instance({}, {}), 'Pending: MachineNotMade'],
  ['an Instance that is being made', action(), instance({}, { hypervisorName: 'host-a' }), 'Pending: MachineNotMade'],
  ['an Instance that is off its host', action(), instance({ lifecycle: { state: 'Shelved' } }, {}), 'Failed: MachineNotFound'],
  ['an Instance that was never made and is being deleted', action(), instance({}, {}, true), 'Failed: MachineNotFound'],
  [
    'an Instance on a host that is silent',
    action(accepted),
    instance({}, { ...PLACED, hypervisorName: 'host-b' }),
    'Pending: HostUnreachable',
  ],
  ['nothing any more', action(accepted), undefined, 'Failed: InstanceGone'],
  ['another Instance of that name', action({ ...accepted, instanceUid: 'earlier' }), instance(), 'Failed: InstanceGone'],
  ['anything, when it has succeeded', action({ phase: 'Succeeded' }), instance(), undefined],
  ['anything, when it has failed', action({ phase: 'Failed' }), instance(), undefined],
])('an observation that names %s', (_, asked, named, expected) => {
  const decided = planObservation(asked, named, (name) => name === 'host-a');
  expect(decided?.kind === 'Tell' ? `${decided.outcome.phase}: ${decided.outcome.reason}` : decided?.kind).toBe(expected);
});

const OWNER = { clusterId: 'c', namespace: 'a', name: 'x', uid: 'instance-uid', role: 'main' } as const;
const machine = (over: Partial<MachineState> = {}): MachineState => ({
  machineId: 'm-1',
  name: 'a-x',
  power: 'Running',
  powerReason: 'Unknown',
  owner: OWNER,
  busy: false,
  persistent: true,
  ...over,
});
const { owner: _, ...unmarked } = machine();

test.each<[string, ObservationName, MachineState | undefined, string | undefined]>([
  ['that runs', 'Diagnostics', machine(), undefined],
  ['that a job runs on', 'Diagnostics', machine({ busy: true }), undefined],
  ['that is paused', 'Screenshot', machine({ power: 'Paused' }), undefined],
  ['that is rescued', 'Screenshot', machine({ owner: { ...OWNER, role: 'rescue' } }), undefined],
  ['that is off', 'Diagnostics', machine({ power: 'Stopped' }), 'Failed: NotRunning'],
  ['that is off', 'Screenshot', machine({ power: 'Stopped' }), 'Failed: NotRunning'],
  ['that is saved', 'Diagnostics', machine({ power: 'Suspended' }), 'Failed: NotRunning'],
  ['that is off', 'ConsoleLog', machine({ power: 'Stopped' }), undefined],
  ['that is gone', 'ConsoleLog', undefined, 'Failed: MachineNotFound'],
  ['of nobody', 'ConsoleLog', unmarked, 'Failed: NotOurs'],
  ['of another Instance', 'ConsoleLog', machine({ owner: { ...OWNER, uid: 'other' } }), 'Failed: NotOurs'],
  ['of another cluster', 'Diagnostics', machine({ owner: { ...OWNER, clusterId: 'other' } }), 'Failed: NotOurs'],
])('of a machine %s: %s', (_what, what, seen, expected) => {
  const refusal = refusalOf(what, seen, { clusterId: 'c', uid: 'instance-uid' });
  expect(refusal && `${refusal.phase}: ${refusal.reason}`).toBe(expected);
});

test.each<[Label, string, number, string]>([
  ['Transient', 'Odd', 1, 'Pending: Odd'],
  ['Transient', 'Odd', 3, 'Failed: Odd'],
  ['Unknown', 'Unknown', 2, 'Pending: Unknown'],
  ['HostUnreachable', 'HostUnreachable', 9, 'Pending: HostUnreachable'],
  ['HostUnreachable', 'CircuitOpen', 9, 'Pending: HostUnreachable'],
  // The host answers, and this call does not come back: a guest that hangs, perhaps.
  ['HostUnreachable', 'DeadlineExceeded', 2, 'Pending: DeadlineExceeded'],
  ['HostUnreachable', 'DeadlineExceeded', 3, 'Failed: DeadlineExceeded'],
  ['Unknown', 'DeadlineExceeded', 3, 'Failed: DeadlineExceeded'],
  ['Conflict', 'SlotsBusy', 9, 'Pending: SlotsBusy'],
  ['Conflict', 'NotHolder', 9, 'Pending: NotHolder'],
  ['Conflict', 'Busy', 1, 'Pending: Busy'],
  ['Conflict', 'IsStopped', 1, 'Failed: NotRunning'],
  ['NotFound', 'MachineNotFound', 1, 'Failed: MachineNotFound'],
  ['Unsupported', 'NoScreen', 1, 'Failed: NoScreen'],
])('%s, %s, in attempt %d: %s', (label, reason, attempt, expected) => {
  const told = afterFailure(new DriverError(label, 'why', { reason }), attempt, 'host-a');
  expect(`${told.phase}: ${told.reason}`).toBe(expected);
});

test('what is no failure of a host is nobody’s outcome', () => {
  expect(() => afterFailure(new TypeError('a mistake'), 1, 'host-a')).toThrow('a mistake');
});

test('what was seen is kept for an hour, unless it says how long', () => {
  const finished: InstanceActionStatus = { phase: 'Succeeded', finishedAt: '2026-01-01T00:00:00Z' };
  expect(expiresAt(action(finished))).toBe(Date.parse('2026-01-01T01:00:00Z'));
  expect(expiresAt(action(finished, '48h'))).toBe(Date.parse('2026-01-03T00:00:00Z'));
});
