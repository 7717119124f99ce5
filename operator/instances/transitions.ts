/** What is worth an Event: the same story that conditions tell, at the moments when it takes a turn. Pure. */
import type { InstanceStatus } from '../../crds/instance.ts';
import type { EventNote } from '../kernel/events/recorder.ts';
import { findCondition } from '../kernel/status/conditions.ts';
import { DISABLED } from './plan/reconcile-policy.ts';

/** A spawn that goes as it should is told by status alone: an Event for each of thousands would cost more than it says. */
const SAID_BY_STATUS: ReadonlySet<string> = new Set(['Spawn', 'Running', 'Observing']);

export function transitions(before: InstanceStatus | undefined, after: InstanceStatus): readonly EventNote[] {
  return [
    fault(before, after),
    hostAnswered(before, after),
    endOfRun(before, after),
    restart(before, after),
    readiness(before, after),
  ].filter((note) => note !== undefined);
}

function fault(before: InstanceStatus | undefined, { faults, task }: InstanceStatus): EventNote | undefined {
  const last = faults?.at(-1);
  const known = before?.faults?.at(-1);
  if (last === undefined || (last.at === known?.at && last.message === known.message)) return undefined;
  const attempt = task?.attempt === undefined ? '' : ` (attempt ${task.attempt})`;
  return {
    type: 'Warning',
    reason: last.reason,
    action: last.operation,
    note: `${last.step ?? last.operation}: ${last.message}${attempt}`,
  };
}

/** The loss of a host is told by readiness; its return would go unsaid where all is as it was before. */
function hostAnswered(before: InstanceStatus | undefined, after: InstanceStatus): EventNote | undefined {
  const lost = findCondition(before?.conditions, 'HostReachable')?.status === 'Unknown' && before?.hypervisorName === after.hypervisorName;
  if (!lost || findCondition(after.conditions, 'HostReachable')?.status !== 'True') return undefined;
  return { type: 'Normal', reason: 'HostAnswered', action: 'Observe', note: `Hypervisor ${after.hypervisorName ?? ''} answers again` };
}

function endOfRun(before: InstanceStatus | undefined, { powerOff }: InstanceStatus): EventNote | undefined {
  if (powerOff === undefined || powerOff.observedAt === before?.powerOff?.observedAt || powerOff.runId === undefined) return undefined;
  const normal = powerOff.reason === 'Requested' || powerOff.reason === 'GuestShutdown';
  return { type: normal ? 'Normal' : 'Warning', reason: powerOff.reason, action: 'Observe', note: `The guest is off: ${powerOff.reason}` };
}

function restart(before: InstanceStatus | undefined, { run }: InstanceStatus): EventNote | undefined {
  if (run === undefined || before?.run === undefined || run.id === before.run.id) return undefined;
  return { type: 'Normal', reason: 'Started', action: 'Start', note: 'The guest was started again' };
}

function readiness(before: InstanceStatus | undefined, after: InstanceStatus): EventNote | undefined {
  const was = findCondition(before?.conditions, 'Ready');
  const is = findCondition(after.conditions, 'Ready');
  if (is === undefined || (is.status === was?.status && is.reason === was.reason) || SAID_BY_STATUS.has(is.reason)) return undefined;
  const amiss = findCondition(after.conditions, 'Stalled') !== undefined || is.status === 'Unknown';
  return {
    type: amiss && is.reason !== DISABLED ? 'Warning' : 'Normal',
    reason: is.reason,
    action: 'Reconcile',
    note: is.message === '' ? `${is.reason}${is.status === 'True' ? ', as asked' : ''}` : is.message,
  };
}
