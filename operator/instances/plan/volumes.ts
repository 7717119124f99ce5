/**
 * Volumes into and out of a machine, once its power is as asked. What stands in the way of one keeps neither the guest nor
 * the others waiting: it is left out, and told.
 */
import type { ObservedMachine, Plan, VolumeFacts, World } from './types.ts';
import { observing, steps, wait } from './types.ts';
import { OBSERVE_AGAIN_MS } from './unfinished.ts';

/** Undefined: the machine has those that are asked for, and no others. */
export function planVolumes({ volumes, now }: World, { power }: ObservedMachine): Plan | undefined {
  if (volumes.some(({ plugged }) => plugged === 'Unread')) {
    return { ...observing('the definition of the machine has been read', now + OBSERVE_AGAIN_MS), needsDefinition: true };
  }
  const due = volumes.filter(isDue);
  if (due.length === 0) {
    const left = volumes.find(isLeftOut);
    return left?.hindrance && wait(left.hindrance.reason, left.hindrance.until);
  }
  if (power === 'Suspended') return wait('GuestSuspended', `the guest is resumed: then its volumes are changed (${namesOf(due)})`);
  const fresh = due.filter(({ tried }) => !tried);
  const plan = steps('ChangeVolumes', 'plug-volumes');
  return fresh.length > 0 ? { ...plan, volumes: fresh, firstAttempt: true } : { ...plan, volumes: due };
}

/** A spawn waits for volumes that are not there yet, a start does not: what runs already is not held up. */
export function planSpawnVolumes({ volumes }: World, isClaim: boolean): Plan | undefined {
  const awaited = volumes.find(
    ({ wanted, hindrance }) => wanted && (hindrance?.kind === 'Missing' || (hindrance?.kind === 'Coming' && !isClaim)),
  );
  return awaited?.hindrance && wait(awaited.hindrance.reason, awaited.hindrance.until);
}

const isDue = ({ wanted, plugged, hindrance }: VolumeFacts): boolean =>
  wanted ? hindrance === undefined && plugged !== 'Yes' : plugged !== 'No';

export const isLeftOut = ({ wanted, hindrance }: VolumeFacts): boolean => wanted && hindrance !== undefined;

export const namesOf = (volumes: readonly VolumeFacts[]): string => volumes.map(({ name }) => name).join(', ');
