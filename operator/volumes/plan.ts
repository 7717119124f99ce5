/**
 * What to do next about one Volume. Pure: the same world gives the same answer.
 *
 * The place is written down before anything is made there, so that a deletion always knows where to look. A disk is made
 * once: one that was made and is gone is told, never made again.
 */
import { isFinal, MAX_ATTEMPTS, retryDelay } from '../instances/plan/retry.ts';
import { HOST_UNREACHABLE } from '../instances/plan/host.ts';
import type { Readiness } from '../reporting/readiness.ts';
import type { MissingOrigin, VolumePlan, VolumeStep, VolumeWorld } from './types.ts';

export function planVolume(world: VolumeWorld): VolumePlan {
  const plan = world.deleting ? planDeletion(world) : (planPlace(world) ?? planHost(world) ?? planDisk(world));
  return plan.kind === 'Step' ? gateFailure(plan.step, world) : plan;
}

function planDeletion(world: VolumeWorld): VolumePlan {
  if (!world.finalizer) return { kind: 'Quiet' };
  if (world.users.length > 0) {
    const names = world.users.join(', ');
    return report(
      'Waiting',
      'VolumeInUse',
      `waits until it is taken out of spec.volumes of Instance ${names}, or that is deleted, as one that boots from it has to be`,
    );
  }
  if (world.copiers.length > 0) {
    const names = world.copiers.join(', ');
    return report('Waiting', 'VolumeBeingCopied', `waits until it has been copied to Volume ${names}, or that is deleted`);
  }
  if (world.existing || world.deletionPolicy === 'Retain' || world.place === undefined) return step('remove-finalizer');
  return planHost(world, ', or spec.deletionPolicy is Retain') ?? step('delete-disk');
}

/** Undefined: it has a place. */
function planPlace({ place, wantedAt, missing, finalizer }: VolumeWorld): VolumePlan | undefined {
  if (place !== undefined) return finalizer ? undefined : step('add-finalizer');
  // Where a copy is made depends on what is copied.
  if (missing?.kind === 'Volume') return waitFor(missing);
  if (wantedAt === undefined) {
    return report('Settled', 'NotMade', 'it is made where the first Instance that names it is placed');
  }
  if (wantedAt.poolKey === undefined) return report('Waiting', 'PoolNotFound', `waits until ${wantedAt.until}`);
  if (wantedAt.withheld !== undefined) return report('Waiting', wantedAt.withheld, `waits until ${wantedAt.until}`);
  if (missing !== undefined) return waitFor(missing);
  return step(finalizer ? 'bind' : 'add-finalizer');
}

/** Undefined: the host answers. */
function planHost({ host, place }: VolumeWorld, otherwise = ''): VolumePlan | undefined {
  const name = place?.hypervisorName ?? '';
  switch (host) {
    case 'Reachable':
      if (place?.pool !== undefined) return undefined;
      return report('Waiting', 'PoolNotFound', `waits until Hypervisor ${name} has its pool in spec.pools again${otherwise}`);
    case 'Unheard':
      return { kind: 'Quiet' };
    case 'Silent':
      return report('Silent', HOST_UNREACHABLE, `waits until Hypervisor ${name} answers${otherwise}`);
    case 'Gone':
    case undefined:
      return report('Silent', HOST_UNREACHABLE, `waits until Hypervisor ${name} exists again: the disk is on it${otherwise}`);
  }
}

/** The disk is brought back by a person, and no host tells when. */
const LOOK_AGAIN_MS = 60_000;

function planDisk({ seen, existing, capacityBytes, sizeBytes, users, growable, missing, now }: VolumeWorld): VolumePlan {
  if (capacityBytes === undefined) {
    if (existing) return step('claim');
    return missing === undefined ? step('create') : waitFor(missing);
  }
  if (seen === 'No') return step('look');
  if (seen === 'Lost') {
    const message = 'the disk is gone, and is not made again by itself: bring it back, or delete the Volume';
    return { ...report('Stuck', 'DisksLost', message), dueAt: now + LOOK_AGAIN_MS };
  }
  if (capacityBytes < sizeBytes) {
    if (growable) return step('grow');
    return report(
      'Waiting',
      'VolumeShared',
      `waits until at most one Instance has it, and may write to it: then it grows (${users.join(', ')})`,
    );
  }
  return users.length > 0
    ? report('Settled', 'InUse', `Instance ${users.join(', ')} has it`)
    : report('Settled', 'Available', 'no Instance has it');
}

/** Tried again with growing pauses, and given up; nothing makes an object undeletable. */
function gateFailure(wanted: VolumeStep, { failure, now, deleting }: VolumeWorld): VolumePlan {
  if (failure === undefined) return step(wanted);
  const { reason, message } = failure;
  if (!deleting && (isFinal(failure) || failure.attempts >= MAX_ATTEMPTS)) return report('Stuck', reason, message);
  const dueAt = failure.at + retryDelay(failure);
  return dueAt > now ? { ...report('Waiting', reason, `it is tried again: ${message}`), dueAt } : step(wanted);
}

const waitFor = ({ reason, until }: MissingOrigin): VolumePlan => report('Waiting', reason, `waits until ${until}`);
const step = (name: VolumeStep): VolumePlan => ({ kind: 'Step', step: name });
const report = (kind: Readiness['kind'], reason: string, message: string): Extract<VolumePlan, { kind: 'Report' }> => ({
  kind: 'Report',
  readiness: { kind, reason, message },
});
