import { describe, expect, test } from '@jest/globals';
import type { Instance, InstanceSpec, InstanceStatus } from '../../crds/instance.ts';
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

const off: InstanceStatus = { powerState: 'Stopped' };
const stalled = (reason: string): InstanceStatus => ({
  ...off,
  conditions: [{ type: 'Stalled', status: 'True', reason, message: 'why', lastTransitionTime: '2026-01-01T00:00:00Z' }],
});
const startedFor = (id: string): InstanceStatus => ({ run: { id, startedAt: '2026-01-01T00:00:00Z', bootHash: 'h' } });
const accepted: InstanceActionStatus = { phase: 'Running', instanceUid: 'instance-uid' };

// The action as it is, the Instance it names, and what becomes of the action.
test.each([
  ['nothing of that name', action(), undefined, 'Pending: InstanceNotFound'],
  ['a guest that is off', action(), instance(off), 'Running: Starting'],
  ['a guest that crashed and may not restart by itself', action(), instance(stalled('Crashed')), 'Running: Starting'],
  ['the same, accepted', action(accepted), instance(stalled('Crashed')), 'Running: Starting'],
  ['a guest that runs', action(), instance({ powerState: 'Running' }), 'Succeeded: AlreadyRunning'],
  ['a run that was begun for it', action(accepted), instance(startedFor('action-uid')), 'Succeeded: Started'],
  ['a run that was begun for it before the acceptance was written', action(), instance(startedFor('action-uid')), 'Succeeded: Started'],
  ['another run, which may end before ours begins', action(accepted), instance({ ...off, ...startedFor('other') }), 'Running: Starting'],
  [
    'a guest that somebody started past us after the acceptance',
    action(accepted),
    instance({ powerState: 'Running', ...startedFor('other') }),
    'Succeeded: AlreadyRunning',
  ],
  ['an Instance that cannot go on', action(accepted), instance(stalled('DisksLost')), 'Failed: DisksLost'],
  ['an Instance that should be off', action(), instance(off, { powerState: 'Stopped' }), 'Failed: NotAskedToRun'],
  ['an Instance that is only watched', action(), instance(off, { reconcilePolicy: 'WatchOnly' }), 'Failed: BlockedByPolicy'],
  ['an Instance that is being deleted', action(), instance(off, {}, true), 'Failed: InstanceDeleting'],
  ['nothing any more', action(accepted), undefined, 'Failed: InstanceGone'],
  ['another Instance of that name', action({ phase: 'Running', instanceUid: 'earlier' }), instance(off), 'Failed: InstanceGone'],
  ['anything, when it has succeeded', action({ phase: 'Succeeded' }), instance(off), undefined],
  ['anything, when it has failed', action({ phase: 'Failed' }), instance(off), undefined],
])('a start that names %s', (_, asked, named, expected) => {
  const outcome = planAction(asked, named);
  expect(outcome === undefined ? undefined : `${outcome.phase}: ${outcome.reason}`).toBe(expected);
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
