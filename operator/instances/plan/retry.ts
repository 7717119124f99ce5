/**
 * Failures of earlier attempts: how long to wait, when to give up, and when to try another host.
 *
 * The label decides. A new generation forgets the failure (the record then carries none), so a spec that was mended is
 * tried at once.
 */
import type { Failure, Plan, Steps, World } from './types.ts';
import { blocked, wait } from './types.ts';

export const MAX_ATTEMPTS = 8;
const FIRST_DELAY_MS = 2_000;
const LONGEST_DELAY_MS = 300_000;
/** Something else holds it: usually over soon. */
const LONGEST_CONFLICT_DELAY_MS = 30_000;
/** So many failures of another kind on one host are taken as the host's own. */
const ATTEMPTS_PER_HOST = 3;

export function retryDelay({ label, attempts }: Pick<Failure, 'label' | 'attempts'>): number {
  const longest = label === 'Conflict' ? LONGEST_CONFLICT_DELAY_MS : LONGEST_DELAY_MS;
  return Math.min(FIRST_DELAY_MS * 2 ** Math.max(0, attempts - 1), longest);
}

/** Nothing may make an object undeletable; and what is left over is no reason to stall. */
const FOR_EVER: ReadonlySet<Steps['operation']> = new Set(['Delete', 'Tidy']);

/** Holds back a plan whose operation failed before; undefined: go on. */
export function gateRetry(plan: Steps, world: World): Plan | undefined {
  const { failure } = world.record;
  if (failure === undefined || failure.operation !== plan.operation || plan.firstAttempt === true) return undefined;
  const givesUp = !FOR_EVER.has(plan.operation);
  // On a host where it has not failed yet there is nothing to wait for.
  const { hypervisorName } = world.record;
  if (plan.operation === 'Spawn' && hypervisorName !== undefined && !failure.failedOn.includes(hypervisorName)) return undefined;
  // Where it is the taking down that fails, another attempt at it has to wait like any other.
  const movesOn = movesElsewhere(world) && failure.step !== 'remove-leftovers';
  if (givesUp && !movesOn && isFinal(failure)) return blocked(failure.reason, failure.message);
  if (givesUp && failure.attempts >= MAX_ATTEMPTS) {
    return blocked(failure.reason, `${failure.message} (gave up after ${failure.attempts} attempts; a change of the spec begins anew)`);
  }
  const dueAt = failure.at + retryDelay(failure);
  return dueAt > world.now && !movesOn ? wait(failure.reason, `it is tried again: ${failure.message}`, dueAt) : undefined;
}

/** Trying again cannot help until the spec changes. */
export const isFinal = ({ label }: Pick<Failure, 'label'>): boolean => label === 'InvalidSpec' || label === 'Unsupported';

/**
 * A spawn that failed for reasons of this host goes to another one, unless it is pinned here. While the pause before the
 * next attempt lasts, that is: where no other host fits, this one is tried again after it.
 */
export function movesElsewhere({ record, desired, now }: World): boolean {
  const { failure, hypervisorName } = record;
  if (failure === undefined || failure.operation !== 'Spawn' || hypervisorName === undefined) return false;
  if (desired.pinnedTo !== undefined || !failure.failedOn.includes(hypervisorName)) return false;
  if (failure.attempts >= MAX_ATTEMPTS || now >= failure.at + retryDelay(failure)) return false;
  switch (failure.label) {
    case 'InsufficientCapacity':
    case 'Unsupported':
      return true;
    case 'Transient':
    case 'Conflict':
    case 'NotFound':
      return failure.attempts >= ATTEMPTS_PER_HOST;
    default:
      return false;
  }
}
