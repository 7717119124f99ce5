/** What a pool is and has, from the copy of its objects. */
import { DriverError } from '../../labels.ts';
import type { HighAvailability, PoolFacts, PoolHost, PoolNetwork, PoolStorage } from '../../pool-contract.ts';
import type { Kept, Objects } from '../session/objects.ts';
import { versionsOf } from './facts.ts';

export function poolFactsOf(objects: Objects): PoolFacts {
  const [pool] = objects.all('pool');
  if (pool === undefined) throw new DriverError('HostUnreachable', 'the server tells of no pool');
  return {
    uuid: pool.uuid,
    name: pool.name_label,
    master: objects.get('host', pool.master)?.uuid ?? '',
    hosts: [...objects.all('host')].map((host) => hostOf(objects, host)),
    storage: [...objects.all('SR')].map((repository) => storageOf(objects, repository)),
    networks: [...objects.all('network')].map((network) => networkOf(objects, network)),
    highAvailability: availabilityOf(pool),
    restrictions: Object.entries(pool.restrictions).flatMap(([name, value]) => (value === 'true' ? [name] : [])),
  };
}

function hostOf(objects: Objects, host: Kept<'host'>): PoolHost {
  const metrics = objects.get('host_metrics', host.metrics);
  return {
    uuid: host.uuid,
    name: host.name_label,
    address: host.address,
    enabled: host.enabled,
    // A host without measurements was never heard of.
    live: metrics?.live === true,
    cpus: Number(host.cpu_info['cpu_count'] ?? 0),
    memoryBytes: metrics?.memory_total ?? 0,
    versions: versionsOf(host.software_version),
  };
}

const uuidsOf = (objects: Objects, refs: readonly string[]): readonly string[] => [
  ...new Set(objects.each('host', refs).map(({ uuid }) => uuid)),
];

/** A repository whose size is not known (of media, say) has none. */
function storageOf(objects: Objects, { ref, uuid, name_label, type, content_type, shared, ...room }: Kept<'SR'>): PoolStorage {
  const plugged = [...objects.all('PBD')].filter((pbd) => pbd.SR === ref && pbd.currently_attached);
  return {
    uuid,
    name: name_label,
    type,
    content: content_type,
    shared,
    sizeBytes: Math.max(0, room.physical_size),
    freeBytes: Math.max(0, room.physical_size - room.physical_utilisation),
    hosts: uuidsOf(
      objects,
      plugged.map(({ host }) => host),
    ),
  };
}

function networkOf(objects: Objects, { ref, uuid, name_label, bridge }: Kept<'network'>): PoolNetwork {
  const cards = [...objects.all('PIF')].filter((pif) => pif.network === ref);
  const tagged = cards.find(({ VLAN }) => VLAN >= 0);
  return {
    uuid,
    name: name_label,
    bridge,
    ...(tagged && { vlan: tagged.VLAN }),
    hosts: uuidsOf(
      objects,
      cards.map(({ host }) => host),
    ),
  };
}

const availabilityOf = (pool: Kept<'pool'>): HighAvailability => ({
  enabled: pool.ha_enabled,
  failuresToTolerate: pool.ha_enabled ? pool.ha_host_failures_to_tolerate : 0,
  planExistsFor: pool.ha_enabled ? pool.ha_plan_exists_for : 0,
  overcommitted: pool.ha_overcommitted,
});
