/** The hosts as the scheduler sees them, and what it is asked for. */
import type { Hypervisor } from '../../crds/hypervisor.ts';
import type { Image } from '../../crds/image.ts';
import { parseQuantity } from '../../crds/quantity.ts';
import { featuresFor } from '../../drivers/hardware.ts';
import type { Host } from '../hypervisors/host.ts';
import { allocatableOf, capacityOf } from '../hypervisors/status/resources.ts';
import { hostLocations, storedCopies } from '../images/locations.ts';
import { reachingPools } from '../images/reach.ts';
import { isFetched } from '../images/source.ts';
import { labelSelector } from '../scheduler/selector.ts';
import type { CandidateHost, PlacementRequest, PoolRoom } from '../scheduler/types.ts';
import { extraBytes } from './extra-disks.ts';
import type { Scene } from './observe.ts';
import type { InstanceServices } from './services.ts';
import { defaultPool, poolsByName } from '../hypervisors/pools.ts';
import { reachesVolumes } from './volumes/placement.ts';

export function placementRequest(
  { instance, wanted, world }: Scene,
  excluded: readonly string[],
  { caches, claims }: Pick<InstanceServices, 'caches' | 'claims'>,
): PlacementRequest {
  const { placement, storage } = instance.spec;
  const { size, interfaces, rootVolume } = wanted;
  // What a Volume was made from it does without.
  const image = rootVolume?.capacityBytes === undefined ? wanted.image : undefined;
  return {
    hypervisorName: placement?.hypervisorName,
    selects: placement?.hypervisorSelector === undefined ? undefined : labelSelector(placement.hypervisorSelector),
    vcpus: size?.vcpus ?? 0,
    memoryBytes: size?.memoryBytes ?? 0,
    diskBytes: diskBytesOf({ wanted }),
    hostNetworks: interfaces.map(({ network }) => network.spec.hostNetwork),
    pool: storage?.pool,
    reachesVolumes: reachesVolumes(instance, { ...caches, claims }),
    imagePools: isOnHostsOnly(image) ? reachingPools(hostLocations(image), caches.hypervisors.values()) : undefined,
    imageFormats: image?.spec.sources.map(({ format }) => format) ?? [],
    features: featuresFor(wanted.hardware),
    excluded: world.desired.pinnedTo === undefined ? excluded : [],
  };
}

/** Of the disks that are made for it. */
export const diskBytesOf = ({ wanted: { size } }: Pick<Scene, 'wanted'>): number =>
  size === undefined ? 0 : size.rootDiskBytes + extraBytes(size);

/** It can be brought to no other host. */
const isOnHostsOnly = (image: Image | undefined): boolean =>
  image?.spec.sources.every(isFetched) === false && storedCopies(image).length === 0;

/** What of a candidate stays the same while its Hypervisor and its facts do. */
type Standing = Omit<CandidateHost, 'claimed' | 'reachable'>;
const standings = new WeakMap<Hypervisor, { readonly facts: unknown; readonly standing: Standing }>();

export function candidates({ caches, hosts, claims, promises }: InstanceServices): readonly CandidateHost[] {
  return [...caches.hypervisors.values()].map((hypervisor) => {
    const { name } = hypervisor.metadata;
    const host = hosts.get(name);
    const standing = standingOf(hypervisor, host);
    const promised = promises.on(name, host?.factsAt());
    const rooms = promised.size === 0 ? {} : { pools: without(promised, standing.pools, hypervisor) };
    return Object.assign({}, standing, rooms, { reachable: host?.reachability().status === 'True', claimed: claims.on(name) });
  });
}

/** What was promised is not free, though nobody has written it yet. */
function without(
  promised: ReadonlyMap<string, number>,
  pools: ReadonlyMap<string, PoolRoom>,
  { spec }: Hypervisor,
): ReadonlyMap<string, PoolRoom> {
  return new Map(
    [...pools].map(([key, { availableBytes }]) => {
      const taken = promised.get(spec.pools?.[key]?.pool ?? '') ?? 0;
      return [key, { availableBytes: availableBytes === undefined ? undefined : availableBytes - taken }];
    }),
  );
}

function standingOf(hypervisor: Hypervisor, host: Host | undefined): Standing {
  const facts = host?.facts();
  const known = standings.get(hypervisor);
  if (known !== undefined && known.facts === facts) return known.standing;
  const standing = readStanding(hypervisor, host);
  standings.set(hypervisor, { facts, standing });
  return standing;
}

function readStanding({ metadata, spec }: Hypervisor, host: Host | undefined): Standing {
  const facts = host?.facts();
  const allocatable = facts && allocatableOf(spec, capacityOf(facts));
  const byName = poolsByName(facts?.pools);
  const pools = new Map<string, PoolRoom>(
    Object.entries(spec.pools ?? {}).flatMap(([key, { pool }]) => {
      const found = byName.get(pool);
      const unfit = found?.unfit !== undefined || found?.disks !== undefined;
      return unfit ? [] : [[key, { availableBytes: found?.availableBytes }]];
    }),
  );
  return {
    name: metadata.name,
    labels: metadata.labels ?? {},
    schedulable: (spec.schedulable ?? true) && metadata.deletionTimestamp === undefined && facts?.closed === undefined,
    allocatable: allocatable && { vcpus: allocatable.cpu, memoryBytes: parseQuantity(allocatable.memory) },
    hostNetworks: new Set(Object.keys(spec.networks ?? {})),
    pools,
    defaultPool: defaultPool(spec),
    imageFormats: host?.driver.imageFormats ?? [],
    features: facts?.features ?? [],
  };
}
