/** What is known of a Volume when a pass decides: from caches and memory; no call to a host. */
import type { Hypervisor } from '../../crds/hypervisor.ts';
import type { Instance } from '../../crds/instance.ts';
import { parseQuantity } from '../../crds/quantity.ts';
import type { VolumeUser, Volume } from '../../crds/volume.ts';
import { VOLUME_FINALIZER } from '../../crds/vocabulary.ts';
import type { Target } from '../../drivers/owner.ts';
import { cannotBeHeard } from '../instances/elsewhere.ts';
import { defaultPool, poolOf } from '../hypervisors/pools.ts';
import { isOpening } from '../instances/without-session.ts';
import { keyOf } from '../kernel/api/object.ts';
import { hasOf } from '../instances/volumes/claims.ts';
import { madeVolume, offeredDisk } from '../instances/volumes/disk.ts';
import type { VolumeServices } from './services.ts';
import { copiersOf, isMissing, placeOfCopy, sourceOf } from './source.ts';
import type { MissingOrigin, VolumeWorld, WantedPlace } from './types.ts';

export function observeVolume(services: VolumeServices, volume: Volume): VolumeWorld {
  const { clock, memory, hypervisors } = services;
  const { metadata, spec, status } = volume;
  const { hypervisorName, pool } = status ?? {};
  const hypervisor = hypervisorName === undefined ? undefined : hypervisors.get(hypervisorName);
  const source = sourceOf(services, volume);
  return {
    now: clock.now(),
    deleting: metadata.deletionTimestamp !== undefined,
    finalizer: metadata.finalizers?.includes(VOLUME_FINALIZER) ?? false,
    deletionPolicy: spec.deletionPolicy ?? 'Delete',
    sizeBytes: parseQuantity(spec.size ?? 0),
    existing: spec.existing !== undefined,
    users: usersOf(services, volume).map(({ instanceName }) => instanceName),
    growable: isGrowable(services, volume),
    place: hypervisorName === undefined ? undefined : { hypervisorName, pool: hypervisor && poolOf(hypervisor.spec, pool ?? '')?.pool },
    wantedAt: source === undefined ? wantedAt(services, volume) : isMissing(source) ? undefined : placeOfCopy(services, volume, source),
    host: hypervisorName === undefined ? undefined : contactWith(services, hypervisorName, hypervisor),
    capacityBytes: madeVolume(volume)?.capacityBytes,
    ...memory.of(metadata),
    ...(isMovedTo(services, volume) ? { seen: 'There' as const } : {}),
    missing: isMissing(source) ? source : missingImage(services, volume),
    copiers: copiersOf(services, volume),
  };
}

/** In the order of their names. */
export function usersOf({ usersOf: index }: VolumeServices, { metadata }: Volume): readonly VolumeUser[] {
  return index
    .get(metadata.uid)
    .flatMap((instance) =>
      hasOf(instance.status)
        .filter(({ volumeUid }) => volumeUid === metadata.uid)
        .map(({ name }) => ({ instanceName: instance.metadata.name, name })),
    )
    .toSorted((a, b) => (a.instanceName < b.instanceName ? -1 : 1));
}

/** Its disk is made anew meanwhile: for a moment there is none. */
const isMovedTo = ({ usersOf: index }: VolumeServices, { metadata }: Volume): boolean =>
  index.get(metadata.uid).some(({ status }) => status?.action?.phase === 'Running' && status.action.swap?.volumeUid === metadata.uid);

function isGrowable({ usersOf: index }: VolumeServices, { metadata }: Volume): boolean {
  const instances = index.get(metadata.uid);
  const readOnly = instances.some(({ spec }) => spec.volumes?.some(({ volumeName, readOnly: is }) => volumeName === metadata.name && is));
  return instances.length < 2 && !readOnly;
}

/** The machine that has it, where one does: its guest sees it grow. */
export function machineWith({ usersOf: index, clusterId }: VolumeServices, { metadata }: Volume): Target | undefined {
  const [instance] = index.get(metadata.uid);
  const machineId = instance?.status?.machineId;
  return instance === undefined || machineId === undefined ? undefined : { machineId, clusterId, uid: instance.metadata.uid };
}

/** Where the spec says; else where the first Instance was placed that was promised it, or names it. */
function wantedAt(services: VolumeServices, volume: Volume): WantedPlace | undefined {
  const { naming, usersOf: promised, hypervisors } = services;
  const first = firstPlaced(promised.get(volume.metadata.uid)) ?? firstPlaced(naming.get(keyOf(volume)));
  const hypervisorName = volume.spec.hypervisorName ?? first?.status?.hypervisorName;
  if (hypervisorName === undefined) return undefined;
  const host = hypervisors.get(hypervisorName);
  const spec = host?.spec;
  if (spec === undefined) return { hypervisorName, poolKey: undefined, until: `Hypervisor ${hypervisorName} exists` };
  const key = volume.spec.pool ?? defaultPool(spec);
  const known = key !== undefined && poolOf(spec, key) !== undefined;
  const until =
    key === undefined ? `Hypervisor ${hypervisorName} has a spec.defaultPool` : `Hypervisor ${hypervisorName} has spec.pools.${key}`;
  if (!known || host === undefined || volume.spec.existing === undefined)
    return { hypervisorName, poolKey: known ? key : undefined, until };
  return { hypervisorName, poolKey: key, until, ...existingAt(services, volume, host, key) };
}

/** The disk that the host offers, unless another Volume is that one. */
function existingAt({ existing }: VolumeServices, volume: Volume, host: Hypervisor, poolKey: string): Partial<WantedPlace> {
  const { metadata, spec } = volume;
  const { name } = host.metadata;
  const disk = offeredDisk(volume, host, poolKey);
  if (disk === undefined) {
    const until = `Hypervisor ${name} has ${spec.existing ?? ''} in spec.pools.${poolKey}.disks, for namespace ${metadata.namespace}`;
    return { withheld: 'DiskNotOffered', until };
  }
  const holder = existing.holderBeside(volume, name, poolKey, disk);
  if (holder === undefined) return { disk };
  return { withheld: 'DiskClaimed', until: `Volume ${holder.metadata.name}, which is that disk, is deleted` };
}

function firstPlaced(instances: readonly Instance[]): Instance | undefined {
  const placed = instances.filter(
    ({ metadata, status }) => status?.hypervisorName !== undefined && metadata.deletionTimestamp === undefined,
  );
  return placed.toSorted((a, b) => (age(a) < age(b) ? -1 : 1))[0];
}

const age = ({ metadata }: Instance): string => `${metadata.creationTimestamp} ${metadata.uid}`;

function contactWith(services: VolumeServices, name: string, hypervisor: Hypervisor | undefined): VolumeWorld['host'] {
  if (hypervisor === undefined) return 'Gone';
  const host = services.hosts.get(name);
  if (host === undefined) return isOpening(services) ? 'Unheard' : 'Silent';
  if (host.reachability().status === 'True') return 'Reachable';
  return cannotBeHeard(host) ? 'Silent' : 'Unheard';
}

/** Only what is still to be made needs it. */
function missingImage({ images }: VolumeServices, volume: Volume): MissingOrigin | undefined {
  const { imageName } = volume.spec;
  if (imageName === undefined || madeVolume(volume) !== undefined) return undefined;
  const isThere = images.get(`${volume.metadata.namespace}/${imageName}`) !== undefined;
  return isThere ? undefined : { kind: 'Image', reason: 'ImageNotFound', until: `Image ${imageName} exists` };
}
