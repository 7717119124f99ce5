/** `spec.lock`: whatever would change the machine waits until somebody takes the lock away. Looking and telling go on. */
import { TELLS_OR_LETS_GO } from './reconcile-policy.ts';
import type { Plan, Steps, World } from './types.ts';
import { wait } from './types.ts';

/** Holds back what would change something; undefined: go on. */
export function gateLock(plan: Steps, { desired: { lock } }: World): Plan | undefined {
  if (lock === undefined || TELLS_OR_LETS_GO.has(plan.operation)) return undefined;
  return { ...wait('Locked', `spec.lock (${lock}) is removed: ${plan.operation} (${plan.steps.join(', ')})`), withheld: plan };
}

/** A deletion that would remove the machine. */
export function planLockedDeletion({ desired: { lock } }: World): Plan | undefined {
  return lock === undefined
    ? undefined
    : wait('BlockedByPolicy', `spec.lock (${lock}) is removed, or spec.deletionPolicy is Retain or Abandon`);
}
