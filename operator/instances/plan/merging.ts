/**
 * What a resize left below a disk is merged into it, beside everything else: the Instance is settled, and stays so. It waits
 * for a guest that runs as asked, since the host merges while a guest runs, and for the confirmation: until then the way back
 * is the disk below.
 */
import type { Plan, World } from './types.ts';

/** The plan, and whether disks are merged beside it. */
export function withMerging(plan: Plan, world: World): Plan {
  return plan.kind === 'Settled' && isDue(world) ? { ...plan, beside: 'Merge' } : plan;
}

function isDue({ layered, machine, record, desired, action }: World): boolean {
  if (!layered || machine.kind !== 'Present') return false;
  const { power, role, busy } = machine.machine;
  const idle = power === 'Running' && role === 'main' && !busy && record.frozen === undefined && action === undefined;
  const decided = record.resize === undefined || record.resize.phase === 'Reverted';
  return idle && decided && desired.reconcilePolicy === 'Reconcile' && desired.lock === undefined;
}
