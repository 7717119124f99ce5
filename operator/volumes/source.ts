/** The Volume that another begins as a copy of: whether it can be copied, and where that is done. From caches. */
import type { Instance } from '../../crds/instance.ts';
import type { Volume } from '../../crds/volume.ts';
import { poolOf } from '../hypervisors/pools.ts';
import { isComing, sourceKey } from '../instances/volumes/copies.ts';
import { diskOn, madeVolume, type MadeVolume } from '../instances/volumes/disk.ts';
import { keyOf } from '../kernel/api/object.ts';
import type { VolumeServices } from './services.ts';
import type { MissingOrigin, WantedPlace } from './types.ts';

export interface Source {
  readonly volume: Volume;
  readonly made: MadeVolume;
  /** Who has it; undefined: nobody. */
  readonly holder: Instance | undefined;
}

/** Undefined: it is not one that begins as a copy, or is made already. */
export function sourceOf(services: VolumeServices, volume: Volume): Source | MissingOrigin | undefined {
  const key = sourceKey(volume);
  if (key === undefined || madeVolume(volume) !== undefined) return undefined;
  const name = volume.spec.sourceVolumeName ?? '';
  const source = services.volumes.get(key);
  if (source === undefined) return missing('VolumeNotFound', `Volume ${name} exists`);
  const why = unfit(source, volume);
  if (why !== undefined) return missing('VolumeUnfit', `Volume ${name} is one that can be copied (${why}): make a Volume of another one`);
  const made = madeVolume(source);
  if (made === undefined) return missing('VolumeNotMade', `Volume ${name} has been made`);
  const [holder, other] = services.usersOf.get(source.metadata.uid);
  if (other !== undefined) return missing('VolumeShared', `at most one Instance has Volume ${name}`);
  return outOfReach(services, volume, made, holder) ?? { volume: source, made, holder };
}

export const isMissing = (source: Source | MissingOrigin | undefined): source is MissingOrigin =>
  source !== undefined && 'reason' in source;

/** One that is to go stays until what was begun is done. */
function unfit({ spec, metadata }: Volume, copy: Volume): string | undefined {
  if (spec.encryption !== undefined) return 'it is encrypted';
  if (spec.existing !== undefined) return 'it is a disk that existed already';
  if (spec.accessMode === 'ReadWriteMany') return 'several may write to it';
  return metadata.deletionTimestamp === undefined || copy.status?.hypervisorName !== undefined ? undefined : 'it is being deleted';
}

/** A guest's disk is copied where the guest is. */
function outOfReach(
  { hypervisors }: VolumeServices,
  { spec, status }: Volume,
  made: MadeVolume,
  holder: Instance | undefined,
): MissingOrigin | undefined {
  const place = status?.hypervisorName ?? spec.hypervisorName;
  if (place === undefined) return undefined;
  const name = spec.sourceVolumeName ?? '';
  if (diskOn(made, place, hypervisors) === undefined)
    return missing('VolumeElsewhere', `Volume ${name}, which is on Hypervisor ${made.hypervisorName}, can be reached from ${place}`);
  const there = holder?.status?.hypervisorName;
  if (there === undefined || there === place) return undefined;
  return missing('VolumeElsewhere', `Instance ${holder?.metadata.name} gives Volume ${name} back, or runs on Hypervisor ${place}`);
}

/** Where the spec says; else where its guest runs; else where it lies. In the same pool, unless the spec names another. */
export function placeOfCopy({ hypervisors }: VolumeServices, { spec }: Volume, { made, holder }: Source): WantedPlace {
  const hypervisorName = spec.hypervisorName ?? holder?.status?.hypervisorName ?? made.hypervisorName;
  const { pools = {} } = hypervisors.get(hypervisorName)?.spec ?? {};
  const pool = diskOn(made, hypervisorName, hypervisors)?.pool;
  const key = spec.pool ?? Object.keys(pools).find((one) => poolOf({ pools }, one)?.pool === pool);
  const poolKey = key !== undefined && poolOf({ pools }, key) !== undefined ? key : undefined;
  return { hypervisorName, poolKey, until: `Hypervisor ${hypervisorName} has spec.pools.${key ?? made.poolKey}` };
}

/** Names of the Volumes that are being made as copies of it. */
export const copiersOf = ({ copiesOf }: VolumeServices, volume: Volume): readonly string[] =>
  copiesOf
    .get(keyOf(volume))
    .filter(isComing)
    .map(({ metadata }) => metadata.name);

const missing = (reason: string, until: string): MissingOrigin => ({ kind: 'Volume', reason, until });
