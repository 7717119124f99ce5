import { describe, expect, test } from '@jest/globals';
import type { ActionRecord, Instance, InstanceSpec, InstanceStatus } from '../../crds/instance.ts';
import type { InstanceAction, InstanceActionStatus } from '../../crds/instance-action.ts';
import { expiresAt, planAction } from './plan.ts';

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
    metadata: meta('start', 'action-uid'),
    spec: { instanceName: 'x', action: 'Start', ...(ttlAfterFinished === undefined ? {} : { ttlAfterFinished }) },
    ...(status === undefined ? {} : { status }),
  };
}

function instance(status: InstanceStatus = {}, spec: Partial<InstanceSpec> = {}, deleting = false): Instance {
  return {
    apiVersion: 'hostler.dev/v1alpha1',
    kind: 'Instance',
    metadata: { ...meta('x', 'instance-uid'), ...(deleting ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}) },
    spec: { flavorName: 'tiny', imageName: 'demo', ...spec },
    status,
  };
}

const recorded = (uid: string, phase: ActionRecord['phase'], reason: string): InstanceStatus => ({
  action: { uid, name: 'start', action: 'Start', phase, reason, message: 'why', startedAt: '2026-01-01T00:00:00Z' },
});
const accepted: InstanceActionStatus = { phase: 'Pending', instanceUid: 'instance-uid' };
const begun: InstanceActionStatus = { phase: 'Running', instanceUid: 'instance-uid' };
const underWay = recorded('action-uid', 'Running', 'Begun');

// The action as it is, the Instance it names, and what becomes of the action.
test.each([
  ['nothing of that name', action(), undefined, 'Pending: InstanceNotFound'],
  ['an Instance', action(), instance(), 'Pending: Accepted'],
  ['an Instance that carries another one out', action(accepted), instance(recorded('other', 'Running', 'Begun')), 'Pending: Queued'],
  [
    'an Instance that has carried another one out',
    action(accepted),
    instance(recorded('other', 'Succeeded', 'Started')),
    'Pending: Accepted',
  ],
  ['an Instance that carries it out', action(accepted), instance(underWay), 'Running: Begun'],
  ['an Instance that has carried it out', action(begun), instance(recorded('action-uid', 'Succeeded', 'Started')), 'Succeeded: Started'],
  ['the same, before the acceptance was written', action(), instance(recorded('action-uid', 'Succeeded', 'Started')), 'Succeeded: Started'],
  ['an Instance that refused it', action(accepted), instance(recorded('action-uid', 'Failed', 'NotRunning')), 'Failed: NotRunning'],
  ['an Instance that is only watched', action(), instance({}, { reconcilePolicy: 'WatchOnly' }), 'Failed: BlockedByPolicy'],
  [
    'an Instance that is only watched since',
    action(begun),
    instance(underWay, { reconcilePolicy: 'WatchOnly' }),
    'Failed: BlockedByPolicy',
  ],
  ['an Instance that is locked', action(), instance({}, { lock: { reason: 'audit' } }), 'Failed: Locked'],
  ['an Instance that is put away', action(), instance({}, { lifecycle: { state: 'SoftDeleted' } }), 'Failed: SoftDeleted'],
  ['an Instance that is locked since', action(begun), instance(underWay, { lock: { reason: 'audit' } }), 'Failed: Locked'],
  ['an Instance that is being deleted', action(), instance({}, {}, true), 'Failed: InstanceDeleting'],
  ['an Instance that is being deleted since', action(begun), instance(underWay, {}, true), 'Failed: InstanceDeleting'],
  [
    'an Instance that is being deleted since it was carried out',
    action(begun),
    instance(recorded('action-uid', 'Succeeded', 'Started'), {}, true),
    'Succeeded: Started',
  ],
  ['nothing any more', action(accepted), undefined, 'Failed: InstanceGone'],
  ['another Instance of that name', action({ ...begun, instanceUid: 'earlier' }), instance(), 'Failed: InstanceGone'],
  ['anything, when it has succeeded', action({ phase: 'Succeeded' }), instance(), undefined],
  ['anything, when it has failed', action({ phase: 'Failed' }), instance(), undefined],
])('an action that names %s', (_, asked, named, expected) => {
  const outcome = planAction(asked, named);
  expect(outcome === undefined ? undefined : `${outcome.phase}: ${outcome.reason}`).toBe(expected);
});

test('the progress of one that is carried out is that of its operation', () => {
  const task = { operation: 'Start', id: 't', step: 'define', progress: 40, startedAt: '2026-01-01T00:00:00Z' };
  expect(planAction(action(begun), instance({ ...underWay, task }))).toMatchObject({
    progress: 40,
    message: 'is being carried out: define',
  });
  expect(planAction(action(begun), instance({ ...underWay, task: { ...task, operation: 'Stop' } }))).not.toHaveProperty('progress');
});

describe('keeping a finished action', () => {
  const finished: InstanceActionStatus = { phase: 'Succeeded', finishedAt: '2026-01-01T00:00:00Z' };

  test('for as long as it says', () => {
    expect(expiresAt(action(finished, '1h'))).toBe(Date.parse('2026-01-01T01:00:00Z'));
  });

  test('for ever, where it says nothing, or is not finished', () => {
    expect(expiresAt(action(finished))).toBeUndefined();
    expect(expiresAt(action(accepted, '1h'))).toBeUndefined();
  });
});
