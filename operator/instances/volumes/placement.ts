/** Placement follows volumes: where one was made it stays, and only hosts that reach it will do. Pure, over the caches. */
import type { Hypervisor } from '../../../crds/hypervisor.ts';
import type { Instance } from '../../../crds/instance.ts';
import type { Volume } from '../../../crds/volume.ts';
import { keyOf } from '../../kernel/api/object.ts';
import type { Cache, Index } from '../../kernel/watch/cache.ts';
import type { Claims } from '../../scheduler/claims.ts';
import { defaultPool, poolOf } from '../../hypervisors/pools.ts';
import { diskOn, offeredDisk } from './disk.ts';
import { askedVolumes } from './claims.ts';

interface Places {
  readonly volumes: Pick<Cache<Volume>, 'get'>;
  readonly hypervisors: Pick<Cache<Hypervisor>, 'get'>;
  /** Instances by the key of each Volume that their spec names. */
  readonly naming: Pick<Index<Instance>, 'get'>;
  readonly claims: Pick<Claims, 'of'>;
}

/** Undefined: there are no volumes to follow. */
export function reachesVolumes(instance: Instance, places: Places): ((hypervisorName: string) => boolean) | undefined {
  const named = askedVolumes(instance).flatMap((key) => places.volumes.get(key) ?? []);
  if (named.length === 0) return undefined;
  const hostsOfOthers = new Map(named.map((volume) => [volume, othersPlacedFor(volume, instance, places)]));
  return (hypervisorName) => named.every((volume) => reaches(volume, hypervisorName, hostsOfOthers.get(volume) ?? [], places));
}

/**
 * Where other Instances go that name it too. One of them takes the Volume that has no place yet to its host: claims count
 * from the moment that they are decided, so that two that are placed at the same time go where both reach it.
 */
function othersPlacedFor(volume: Volume, { metadata }: Instance, { naming, claims }: Places): readonly string[] {
  const others = naming.get(keyOf(volume)).filter((other) => other.metadata.uid !== metadata.uid);
  const hosts = others.flatMap((other) =>
    other.metadata.deletionTimestamp === undefined ? (claims.of(keyOf(other))?.hypervisorName ?? []) : [],
  );
  return [...new Set(hosts)];
}

/** One that has no place yet gets it there, if it may, and whoever else was placed for it reaches it. */
function reaches(volume: Volume, hypervisorName: string, others: readonly string[], { volumes, hypervisors }: Places): boolean {
  const { spec } = volume;
  const home = homeOf(volume, volumes);
  if (home !== undefined) return isReached(volume, home, hypervisorName, hypervisors);
  if (spec.hypervisorName !== undefined && spec.hypervisorName !== hypervisorName) return false;
  const here = poolOn(volume, hypervisorName, hypervisors);
  if (here === undefined) return spec.pool === undefined && spec.existing === undefined;
  if (spec.hypervisorName !== undefined) return true;
  return others.every((other) => {
    const there = poolOn(volume, other, hypervisors);
    return (
      there !== undefined &&
      isReached(volume, { hypervisorName, poolKey: here }, other, hypervisors) &&
      isReached(volume, { hypervisorName: other, poolKey: there }, hypervisorName, hypervisors)
    );
  });
}

/** Where it lies; of a copy that has no place yet, where it is made in the end. */
function homeOf({ metadata, spec, status }: Volume, volumes: Places['volumes']): Home | undefined {
  const { hypervisorName, pool } = status ?? {};
  if (hypervisorName !== undefined && pool !== undefined) return { hypervisorName, poolKey: pool };
  if (spec.sourceVolumeName === undefined || spec.hypervisorName !== undefined) return undefined;
  const { hypervisorName: there, pool: itsPool } = volumes.get(`${metadata.namespace}/${spec.sourceVolumeName}`)?.status ?? {};
  return there === undefined || itsPool === undefined ? undefined : { hypervisorName: there, poolKey: spec.pool ?? itsPool };
}

interface Home {
  readonly hypervisorName: string;
  readonly poolKey: string;
}

/** The disk lies, or will lie, there: whether it is reached from that host. */
const isReached = ({ spec }: Volume, home: Home, from: string, hypervisors: Places['hypervisors']): boolean =>
  diskOn({ ...home, encrypted: spec.encryption !== undefined, disk: '' }, from, hypervisors) !== undefined;

/** Key of the pool that it would be made in, or is offered in; undefined: there is none. */
function poolOn(volume: Volume, hypervisorName: string, hypervisors: Places['hypervisors']): string | undefined {
  const host = hypervisors.get(hypervisorName);
  const key = volume.spec.pool ?? (host && defaultPool(host.spec));
  if (host === undefined || key === undefined || poolOf(host.spec, key) === undefined) return undefined;
  return volume.spec.existing === undefined || offeredDisk(volume, host, key) !== undefined ? key : undefined;
}
