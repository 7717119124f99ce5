/**
 * What every action goes through: it is begun once, which status records before anything is done; it ends once, which
 * status records; and what has ended is never begun again.
 *
 * Each action has a planner in this folder. What it needs to know of how far it has come it takes from observation.
 */
import { isFinal } from '../retry.ts';
import type { ActionOutcome, AskedAction, Plan, RecordedAction, StepName, Steps, World } from '../types.ts';
import { steps } from '../types.ts';

/** Failed attempts after which an action is given up: whoever asked for it is there to ask again. */
export const ACTION_ATTEMPTS = 3;

/** Status says that it is under way: then it goes on, whatever the machine looks like meanwhile. */
export const hasBegun = ({ record }: World, { uid }: AskedAction): boolean => record.action?.uid === uid;

export const begin = (): Steps => steps('BeginAction', 'begin-action');

export function outcome(
  phase: ActionOutcome['phase'],
  reason: string,
  message: string,
  { uid, name, action }: Pick<AskedAction, 'uid' | 'name' | 'action'>,
): ActionOutcome {
  return { uid, name, action, phase, reason, message };
}

export const end = (...came: Parameters<typeof outcome>): Steps => ({ ...steps('EndAction', 'end-action'), outcome: outcome(...came) });

/** Not to be begun; `message` says what to do instead. */
export const refuse = (action: AskedAction, reason: string, message: string): Steps => end('Failed', reason, message, action);

/** Of an action that is begun: trying again will not help, or has not. */
export function planGivenUp({ record }: World, action: AskedAction): Plan | undefined {
  const { failure } = record;
  if (failure?.operation !== action.action) return undefined;
  return isFinal(failure) || failure.attempts >= ACTION_ATTEMPTS ? end('Failed', failure.reason, failure.message, action) : undefined;
}

/** Status calls an action running that nobody asks for any more: its object is gone, or was refused meanwhile. */
export function planWithdrawn({ record, action, host }: World): Plan | undefined {
  const begun = record.action;
  if (begun?.phase !== 'Running' || begun.uid === action?.uid) return undefined;
  // What goes on there can be ended only where somebody listens.
  if (ENDS_WITH[begun.action] !== undefined && host?.contact !== 'Reachable') return undefined;
  return endCutOff(begun, 'Withdrawn', 'its object was deleted or refused while it was carried out: what the spec asks for is done');
}

/** A deletion waits for nothing that was asked before it. */
export const planPreempted = (world: World): Plan | undefined => planCopyEnds(world, 'InstanceDeleting', 'the Instance is being deleted');

/** The host goes on with a copy, and may hold the guest still for it, when nobody looks any more. */
export function planCopyEnds({ record }: World, reason: string, message: string): Plan | undefined {
  const begun = record.action;
  if (begun?.phase !== 'Running' || ENDS_WITH[begun.action] === undefined) return undefined;
  return endCutOff(begun, reason, message);
}

/** An Instance that cannot go on cannot carry out an action either. */
export function endBlocked(plan: Plan, { action, record, deleting }: World): Plan {
  if (plan.kind !== 'Blocked' || action === undefined || deleting) return plan;
  const begun = record.action?.uid === action.uid ? record.action : undefined;
  return endCutOff(begun ?? { ...action, phase: 'Failed' }, plan.reason, plan.message);
}

/** Before it was complete: what the host still does for it is ended first. */
export function endCutOff(begun: RecordedAction, reason: string, message: string): Steps {
  const ended = end('Failed', reason, message, begun);
  const first = ENDS_WITH[begun.action];
  return first !== undefined && begun.phase === 'Running' ? { ...ended, steps: [first, ...ended.steps] } : ended;
}

/** What ends the work of the host for those that have it work for long. */
const ENDS_WITH: Partial<Record<RecordedAction['action'], StepName>> = { Snapshot: 'end-capture', SwapVolume: 'end-swap' };
