/** The InstanceAction controller: accepts, follows the Instance or looks at its machine, reports, and deletes what has outlived its time. */
import { isObservation } from '../../crds/vocabulary.ts';
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
import { type Observation, Observer, type ObserverOptions } from './observation/observer.ts';
import { type ActionOutcome, expiresAt, isFinished, planAction } from './plan.ts';

/** Under this value are those that look and have not seen anything yet. */
const LOOKING = 'looking';

export function addActionController(manager: Manager, lease: Lease, options: ObserverOptions): Controller {
  const actions = manager.cache(INSTANCE_ACTIONS);
  const instances = manager.cache(INSTANCES);
  const byInstance = actions.index((action) => [instanceKey(action)]);
  const writer = manager.writer(INSTANCE_ACTIONS, 'actions');
  const events = manager.events('actions');
  const observer = new Observer(options, manager.clock);
  const looking = actions.index((action) => (isObservation(action.spec.action) && !isFinished(action) ? [LOOKING] : []));
  const controller = manager.controller({ name: 'actions', gate: lease, reconcile });
  controller.watches(actions, { when: (change) => !isStatusOnly(change) });
  controller.watches(instances, { toKeys: ({ current, previous }) => byInstance.keys(keyOf(current ?? previous)) });
  // A host that answers again; a change of one machine changes the Instance.
  options.hosts.onChange((_, machineId) => {
    if (machineId === undefined) for (const key of looking.keys(LOOKING)) controller.enqueue(key);
  });
  return controller;

  async function reconcile(key: string, context: ReconcileContext): Promise<Result> {
    const action = actions.get(key);
    if (action === undefined || action.metadata.deletionTimestamp !== undefined) {
      observer.forget(key);
      return DONE;
    }
    const what = action.spec.action;
    const instance = instances.get(instanceKey(action));
    if (isObservation(what)) return look({ key, action, what, instance }, context);
    const outcome = planAction(action, instance);
    return outcome === undefined ? expire(action, context) : report(action, outcome, context);
  }

  async function look(asked: Observation, context: ReconcileContext): Promise<Result> {
    const seen = await observer.outcomeOf(asked, context.signal);
    if (seen === undefined) return expire(asked.action, context);
    const told = await report(asked.action, seen.outcome, context);
    return seen.againMs === undefined ? told : requeueAfter(seen.againMs);
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
  const { runId, encryptedPassword, observed } = outcome;
  return {
    ...statusOfOutcome(outcome, status, metadata.generation, now),
    ...(runId === undefined ? {} : { runId }),
    ...(encryptedPassword === undefined ? {} : { encryptedPassword }),
    ...observed,
  };
}

const instanceKey = ({ metadata, spec }: InstanceAction): string => `${metadata.namespace}/${spec.instanceName}`;
const refOf = ({ metadata }: InstanceAction): ObjectRef => ({ namespace: metadata.namespace, name: metadata.name });
