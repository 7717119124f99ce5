/** What a rebuild left, however it ended: the disks of which the machine uses one or the other set, and never both. */
import type { Plan, World } from './types.ts';
import { steps } from './types.ts';

/** Undefined: there is nothing to tidy, or it may not be done now. It can wait: nothing that is in use changes. */
export function planTidy({ record, desired }: World): Plan | undefined {
  const { action } = record;
  if (action?.rebuild === undefined || action.phase === 'Running') return undefined;
  const allowed = desired.reconcilePolicy === 'Reconcile' && desired.lock === undefined;
  return allowed ? steps('Tidy', 'record-disks', 'remove-unused-disks') : undefined;
}
