/** What there is of the copy of a shelved instance, for planning; and the Image that it is made from again. From caches. */
import type { Image } from '../../crds/image.ts';
import type { Instance, InstanceSpec, InstanceStatus } from '../../crds/instance.ts';
import type { InstanceSnapshot } from '../../crds/instance-snapshot.ts';
import { parseDuration } from '../../crds/duration.ts';
import { findCondition } from '../kernel/status/conditions.ts';
import { keyOf } from '../kernel/api/object.ts';
import { isOutdated, isShelfOf, shelfName } from '../shelving/shelf.ts';
import type { DesiredShelf, Shelf } from './plan/shelve/types.ts';
import type { Refusal } from './plan/types.ts';
import type { InstanceCaches } from './services.ts';

type ShelfCaches = Pick<InstanceCaches, 'images' | 'snapshotsOf'>;

export function desiredShelf({ lifecycle, ...spec }: InstanceSpec): DesiredShelf | undefined {
  if (lifecycle?.state !== 'Shelved') return undefined;
  const { offloadAfter } = lifecycle;
  return { offloadAfterMs: offloadAfter === undefined ? 0 : parseDuration(offloadAfter), refused: refusalOf(spec) };
}

/** What is on the host beside the disks, and would be lost. */
function refusalOf({ powerState, devices, rootVolume }: Omit<InstanceSpec, 'lifecycle'>): Refusal | undefined {
  if (rootVolume !== undefined) return refused('its root disk is a Volume, which is kept as it is: set spec.powerState to Stopped instead');
  if (powerState === 'Suspended')
    return refused('spec.powerState is Suspended, and the memory of a saved guest cannot be copied: set it to Running or Stopped');
  return devices?.tpm === undefined
    ? undefined
    : refused('it has a TPM, whose secrets are on its host alone: set spec.powerState to Stopped instead');
}

const refused = (message: string): Refusal => ({ reason: 'ShelveNotPossible', message: `it is not shelved: ${message}` });

export function shelfOf(caches: ShelfCaches, instance: Instance, status: InstanceStatus): Shelf {
  const own = caches.snapshotsOf.get(keyOf(instance)).filter((one) => isShelfOf(one, instance));
  if (own.length === 0) return { kind: 'None' };
  const { machineId, hypervisorName, lifecycle } = status;
  const [left] = own;
  if (left !== undefined && machineId === undefined && hypervisorName === undefined && lifecycle?.copy === undefined)
    return { kind: 'Unclaimed', snapshotName: left.metadata.name };
  const name = lifecycle?.copy?.snapshotName ?? shelfName(instance, status);
  // What is recorded is held, whatever is asked of the objects.
  const isHeld = lifecycle?.copy !== undefined;
  const snapshot = own.find(({ metadata }) => metadata.name === name && (isHeld || metadata.deletionTimestamp === undefined));
  return snapshot === undefined || isOutdated(snapshot, instance) ? { kind: 'None' } : stateOf(caches, snapshot, isHeld);
}

function stateOf({ images }: ShelfCaches, { metadata, status }: InstanceSnapshot, isHeld: boolean): Shelf {
  if (status?.phase === 'Failed') {
    const { reason = 'Failed', message = '' } = findCondition(status.conditions, 'Stalled') ?? {};
    return { kind: 'Failed', reason, message };
  }
  const image = images.getByUid(status?.imageUid ?? '');
  const stays = isHeld || image?.metadata.deletionTimestamp === undefined;
  const complete = status?.phase === 'Succeeded' && stays && image?.status?.locations !== undefined;
  return complete ? { kind: 'Ready', snapshotName: metadata.name } : { kind: 'Taking' };
}

/** The Image that the copy in a snapshot is. */
export function copyImage(caches: ShelfCaches, instance: Instance, snapshotName: string): Image | undefined {
  const snapshot = caches.snapshotsOf.get(keyOf(instance)).find(({ metadata }) => metadata.name === snapshotName);
  return caches.images.getByUid(snapshot?.status?.imageUid ?? '');
}

/** Its machine is to be made from a copy of its own. */
export const isOffloaded = ({ lifecycle }: InstanceStatus): boolean => lifecycle?.copy !== undefined && lifecycle.offloadedAt !== undefined;

/** Keys of Images that an Instance waits for beside those that its spec names. */
export function shelfImages(instance: Instance): readonly string[] {
  const { metadata, spec, status = {} } = instance;
  const name = status.lifecycle?.copy?.snapshotName ?? (spec.lifecycle?.state === 'Shelved' ? shelfName(instance, status) : undefined);
  return name === undefined ? [] : [`${metadata.namespace}/${name}`];
}
