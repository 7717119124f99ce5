/** Which changes of a status are worth an Event: transitions of conditions, and nothing else. */
import type { EventNote } from '../kernel/events/recorder.ts';
import { type Condition, findCondition, isTrue } from '../kernel/status/conditions.ts';

/** Conditions of which people want to hear; Reconciling and Stalled say again what Ready says. */
const TOLD: ReadonlySet<string> = new Set([
  'Ready',
  'SoftwareEmulation',
  'ForeignMachines',
  'OrphanedMachines',
  'FenceHonoured',
  'Deleting',
  'HostsLeft',
  'Authenticated',
]);

/** One event for each condition that turned: another status or another reason. */
export function transitionEvents(
  before: readonly Condition[] = [],
  after: readonly Condition[] = [],
  action: string,
): readonly EventNote[] {
  return after
    .filter(
      (condition) =>
        TOLD.has(condition.type) &&
        // Of an object that is being deleted, Deleting says why it is not ready.
        (condition.type !== 'Ready' || !isTrue(after, 'Deleting')) &&
        !isSame(
          before.find(({ type }) => type === condition.type),
          condition,
        ),
    )
    .map((condition) => ({
      type: isExpected(condition, before, after) ? 'Normal' : 'Warning',
      reason: condition.reason,
      action,
      note: condition.message === '' ? `${condition.type} is ${condition.status}` : condition.message,
    }));
}

function isSame(a: Condition | undefined, b: Condition): boolean {
  return a?.status === b.status && a.reason === b.reason;
}

function isExpected({ type, status }: Condition, before: readonly Condition[], after: readonly Condition[]): boolean {
  if (type === 'Ready') return status === 'True' || isOnTheWay(status, findCondition(before, 'Ready'), after);
  return type === 'Deleting' || (type === 'FenceHonoured' && status === 'True');
}

/** Things are applied in any order, and hosts are contacted once they are known of: to wait at first is no cause for a warning. */
function isOnTheWay(status: Condition['status'], was: Condition | undefined, after: readonly Condition[]): boolean {
  if (was?.status === 'True' || isTrue(after, 'Stalled')) return false;
  return status === 'False' || was === undefined;
}
