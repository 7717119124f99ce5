/** Putting a machine back to a snapshot of it: whether there is one, and its copy can be used where the machine's disks are. */
import type { Hypervisor } from '../../crds/hypervisor.ts';
import type { Image } from '../../crds/image.ts';
import type { Instance } from '../../crds/instance.ts';
import type { ImageFormat } from '../../drivers/contract.ts';
import { keyOf } from '../kernel/api/object.ts';
import { hostLocations, storedCopies } from '../images/locations.ts';
import { reachingPools } from '../images/reach.ts';
import { findSource } from '../images/source.ts';
import type { RestoreSource } from './plan/types.ts';
import type { InstanceCaches } from './services.ts';
import { makingsOf, ofImage, type Wanted } from './wanted.ts';

type Found = { readonly kind: 'Found'; readonly image: Image } | Extract<RestoreSource, { kind: 'Unfit' }>;

type SnapshotCaches = Pick<InstanceCaches, 'images' | 'snapshotsOf'>;

/**
 * The Image of a snapshot. One of an Instance that had this name before counts: its disk is what this one was made to replace.
 * Of an Instance of another name a disk would bring its identity along: that is a clone.
 */
export function snapshotImage({ images, snapshotsOf }: SnapshotCaches, instance: Instance, snapshotName: string): Found {
  const snapshot = snapshotsOf.get(keyOf(instance)).find(({ metadata }) => metadata.name === snapshotName);
  if (snapshot === undefined) {
    const message = `Instance ${instance.metadata.name} has no InstanceSnapshot ${snapshotName}: name one whose spec.instanceName it is, or make another Instance from its Image`;
    return unfit('SnapshotNotFound', message);
  }
  const { phase, imageUid } = snapshot.status ?? {};
  if (phase !== 'Succeeded') return unfit('SnapshotNotReady', `InstanceSnapshot ${snapshotName} is not Ready: ask again when it is`);
  const image = images.getByUid(imageUid ?? '');
  const goes = snapshot.metadata.deletionTimestamp !== undefined || image?.metadata.deletionTimestamp !== undefined;
  if (image === undefined || goes)
    return unfit('SnapshotContentGone', `the copy of InstanceSnapshot ${snapshotName} was deleted, or is being deleted: name another one`);
  return { kind: 'Found', image };
}

/** `hypervisor`: the one that the machine is on; undefined: that is not known now. */
export function restoreSource(
  caches: SnapshotCaches,
  { instance, wanted: { pool, size }, hypervisor, imageFormats }: Restoring,
  snapshotName: string,
): RestoreSource {
  const found = snapshotImage(caches, instance, snapshotName);
  if (found.kind === 'Unfit') return found;
  const { image } = found;
  if (hypervisor === undefined || pool === undefined) return { kind: 'Ready', makings: undefined };
  const { name } = hypervisor.metadata;
  const reaching = reachingPools(hostLocations(image), [hypervisor]).get(name);
  if (reaching?.includes(pool.key) !== true && storedCopies(image).length === 0) {
    const where = hostLocations(image).map((location) => `pool ${location.pool} of Hypervisor ${location.hypervisorName}`);
    const message = `the copy of InstanceSnapshot ${snapshotName} is in ${where.join(', ')} alone, and the disks of the machine are in pool ${pool.key} of Hypervisor ${name}`;
    return unfit('ImageOnlyOnHost', message);
  }
  const source = findSource(image, imageFormats);
  return {
    kind: 'Ready',
    makings: source && size && makingsOf(ofImage(image.metadata.uid, source.checksum?.sha256), size.flavorName, pool.key),
  };
}

interface Restoring {
  readonly instance: Instance;
  readonly wanted: Wanted;
  readonly hypervisor: Hypervisor | undefined;
  readonly imageFormats: readonly ImageFormat[];
}

const unfit = (reason: string, message: string): Extract<RestoreSource, { kind: 'Unfit' }> => ({ kind: 'Unfit', reason, message });
