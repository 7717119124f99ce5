/** The InstanceAction controller: accepts, follows the Instance, reports, and deletes what has outlived its time. */
import type { InstanceAction, InstanceActionStatus } from '../../crds/instance-action.ts';
import { keyOf, type ObjectRef } from '../kernel/api/object.ts';
import type { Controller } from '../kernel/controller/controller.ts';
import type { ReconcileContext } from '../kernel/controller/reconcile.ts';
import { DONE, requeueAfter, type Result } from '../kernel/controller/result.ts';
import type { Lease } from '../kernel/lease/lease.ts';
import type { Manager } from '../kernel/manager/types.ts';
import { endPass, isCurrent } from '../kernel/status/writer.ts';
import { isStatusOnly } from '../kernel/watch/cache.ts';
import { isNotFound } from '../kernel/api/errors.ts';
import { transitionEvents } from '../reporting/transitions.ts';
import { INSTANCE_ACTIONS, INSTANCES } from '../resources.ts';
import { statusOfOutcome } from './outcome.ts';
import { type ActionOutcome, expiresAt, planAction } from './plan.ts';

export function addActionController(manager: Manager, lease: Lease): Controller {
  const actions = manager.cache(INSTANCE_ACTIONS);
  const instances = manager.cache(INSTANCES);
  const byInstance = actions.index((action) => [instanceKey(action)]);
  const writer = manager.writer(INSTANCE_ACTIONS, 'actions');
  const events = manager.events('actions');
  const controller = manager.controller({ name: 'actions', gate: lease, reconcile });
  controller.watches(actions, { when: (change) => !isStatusOnly(change) });
  controller.watches(instances, { toKeys: ({ current, previous }) => byInstance.keys(keyOf(current ?? previous)) });
  return controller;

  async function reconcile(key: string, context: ReconcileContext): Promise<Result> {
    const action = actions.get(key);
    if (action === undefined || action.metadata.deletionTimestamp !== undefined) return DONE;
    const outcome = planAction(action, instances.get(instanceKey(action)));
    return outcome === undefined ? expire(action, context) : report(action, outcome, context);
  }

  async function report(action: InstanceAction, outcome: ActionOutcome, context: ReconcileContext): Promise<Result> {
    const status = statusOf(action, outcome, manager.clock.now());
    const written = await writer.writeStatus(action, status, context);
    if (!isCurrent(written)) return endPass(written);
    if (written.kind === 'Unchanged') return DONE;
    for (const event of transitionEvents(action.status?.conditions, status.conditions, action.spec.action))
      events.record(written.object, event);
    return expire(written.object, context);
  }

  async function expire(action: InstanceAction, context: ReconcileContext): Promise<Result> {
    const at = expiresAt(action);
    if (at === undefined) return DONE;
    const left = at - manager.clock.now();
    if (left > 0) return requeueAfter(left);
    try {
      await manager.client.delete(INSTANCE_ACTIONS, refOf(action), context, { uid: action.metadata.uid });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    return DONE;
  }
}

export function statusOf({ metadata, status }: InstanceAction, outcome: ActionOutcome, now: number): InstanceActionStatus {
  const { runId, encryptedPassword } = outcome;
  return {
    ...statusOfOutcome(outcome, status, metadata.generation, now),
    ...(runId === undefined ? {} : { runId }),
    ...(encryptedPassword === undefined ? {} : { encryptedPassword }),
  };
}

const instanceKey = ({ metadata, spec }: InstanceAction): string => `${metadata.namespace}/${spec.instanceName}`;
const refOf = ({ metadata }: InstanceAction): ObjectRef => ({ namespace: metadata.namespace, name: metadata.name });
