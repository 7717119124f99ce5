/** Which changes of a status are worth an Event: transitions of conditions, and nothing else. */
import type { EventNote } from '../kernel/events/recorder.ts';
import type { Condition } from '../kernel/status/conditions.ts';

/** Conditions of which people want to hear; Reconciling and Stalled say again what Ready says. */
const TOLD: ReadonlySet<string> = new Set(['Ready', 'SoftwareEmulation', 'ForeignMachines', 'FenceHonoured', 'Deleting']);

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
        !isSame(
          before.find(({ type }) => type === condition.type),
          condition,
        ),
    )
    .map(({ type, status, reason, message }) => ({
      type: isGood(type, status) ? 'Normal' : 'Warning',
      reason,
      action,
      note: message === '' ? `${type} is ${status}` : message,
    }));
}

function isSame(a: Condition | undefined, b: Condition): boolean {
  return a?.status === b.status && a.reason === b.reason;
}

function isGood(type: string, status: Condition['status']): boolean {
  return type === 'Deleting' || ((type === 'Ready' || type === 'FenceHonoured') && status === 'True');
}
