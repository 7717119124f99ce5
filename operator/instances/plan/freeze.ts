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

/** In this very run: what an earlier one had frozen is gone with it. */
export const isFrozen = ({ record }: World, { runId }: ObservedMachine): boolean =>
  record.frozen !== undefined && record.frozen.runId === runId;
