/** The status of a Volume, from what was planned and what is seen. Pure. */
import type { Volume, VolumeStatus, VolumeUser } from '../../crds/volume.ts';
import { MAX_VOLUME_USERS, type VolumePhase } from '../../crds/vocabulary.ts';
import { type ConditionInput, replaceConditions } from '../kernel/status/conditions.ts';
import { type Readiness, readinessConditions } from '../reporting/readiness.ts';
import type { VolumeWorld } from './types.ts';

/** Fields of value undefined are to go. */
type Draft = { readonly [Field in keyof VolumeStatus]?: VolumeStatus[Field] | undefined };

export function volumeStatus(
  { metadata, status }: Volume,
  world: VolumeWorld,
  users: readonly VolumeUser[],
  readiness: Readiness,
): VolumeStatus {
  const { generation } = metadata;
  const conditions = [...readinessConditions(readiness), ...deleting(world, readiness)];
  const draft: Draft = {
    ...status,
    observedGeneration: generation,
    conditions: replaceConditions(status?.conditions ?? [], conditions, { now: world.now, generation }),
    phase: phaseOf(world, readiness),
    attachedTo: users.length === 0 ? undefined : users.slice(0, MAX_VOLUME_USERS),
  };
  return draft as VolumeStatus;
}

function deleting(world: VolumeWorld, { reason, message }: Readiness): readonly ConditionInput[] {
  return world.deleting ? [{ type: 'Deleting', status: 'True', reason, message }] : [];
}

function phaseOf({ deleting: goes, users, place, capacityBytes }: VolumeWorld, { kind }: Readiness): VolumePhase {
  if (goes) return 'Deleting';
  if (kind === 'Stuck') return 'Error';
  if (kind === 'Silent') return 'Unknown';
  if (users.length > 0) return 'InUse';
  if (capacityBytes !== undefined) return 'Available';
  return place === undefined ? 'Pending' : 'Creating';
}
