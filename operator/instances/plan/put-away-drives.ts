/**
 * A config drive that the definition does not name any more, and that could not be removed when it was exchanged, is in nobody's
 * way while the guest is in use: every start looks for it again. Of an instance that is put away it is removed beside.
 */
import type { Plan, World } from './types.ts';

/** The plan, and whether left drives are looked for beside it. */
export function withOldDrives(plan: Plan, world: World): Plan {
  return plan.kind === 'Settled' && plan.beside === undefined && isDue(world) ? { ...plan, beside: 'RemoveOldDrives' } : plan;
}

function isDue({ oldDrives, machine, desired, action, deleting }: World): boolean {
  const isAway = desired.softDeleted !== undefined || desired.shelved !== undefined;
  if (!oldDrives || !isAway || machine.kind !== 'Present') return false;
  const { power, role, busy } = machine.machine;
  const idle = power === 'Stopped' && role === 'main' && !busy && action === undefined && !deleting;
  return idle && desired.reconcilePolicy === 'Reconcile' && desired.lock === undefined;
}
