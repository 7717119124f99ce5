/**
 * Frozen file systems are thawed when their time is over, whatever else is asked for: a lock and a policy keep Hostler from
 * beginning things, not from ending what it began.
 *
 * What cannot be thawed now is tried again later (steps/freeze.ts moves its time), so that nothing else waits for it.
 */
import type { ObservedMachine, Plan, World } from './types.ts';
import { steps } from './types.ts';

/** Undefined: nothing is frozen, or it is not time. */
export function planOverdueThaw(world: World): Plan | undefined {
  const { machine, host, record, now } = world;
  if (machine.kind !== 'Present' || host?.contact !== 'Reachable' || machine.machine.power !== 'Running') return undefined;
  return isFrozen(world, machine.machine) && record.frozen !== undefined && record.frozen.until <= now
    ? steps('ThawOverdue', 'thaw-overdue')
    : undefined;
}

/**
 * A copy that an operator was at when it was killed may still hold the guest still: before anything else its host is told to
 * end it. It is begun anew when its turn comes. Under a lock, or another policy, its object is refused, which ends it as well.
 * Undefined: there is none.
 */
export function planLeftCopy({ action, machine, host, record, desired }: World): Plan | undefined {
  if (machine.kind !== 'Present' || host?.contact !== 'Reachable' || action?.action !== 'Snapshot') return undefined;
  if (desired.lock !== undefined || (desired.reconcilePolicy !== 'Reconcile' && desired.reconcilePolicy !== 'EnsureExists'))
    return undefined;
  return action.turn === 'Left' && record.action?.uid === action.uid ? steps('EndCopy', 'end-capture') : undefined;
}

/** In this very run: what an earlier one had frozen is gone with it. */
export const isFrozen = ({ record }: World, { runId }: ObservedMachine): boolean =>
  record.frozen !== undefined && record.frozen.runId === runId;
