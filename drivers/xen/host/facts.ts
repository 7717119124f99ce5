/** What a host of a pool is and has. */
import type { HostFacts, PoolFacts } from '../../contract.ts';
import { DriverError } from '../../labels.ts';
import type { HostFeature } from '../../hardware.ts';
import type { Kept } from '../session/objects.ts';
import type { Site } from '../site.ts';
import { hasExistingDisks } from '../storage/find.ts';

/** The first with the calls and guest firmware that are used here. */
const OLDEST_MAJOR = 8;

/** The server writes both when it starts. */
export const bootIdOf = ({ other_config }: Pick<Kept<'host'>, 'other_config'>): string =>
  `${other_config['boot_time'] ?? ''}-${other_config['agent_start_time'] ?? ''}`;

/** Throws `Unsupported` on a version that is too old. */
export function factsOf(site: Site): HostFacts {
  const host = site.host();
  const { software_version: versions, cpu_info: cpu } = host;
  const product = versions['product_version'] ?? '';
  if (Number.parseInt(product, 10) < OLDEST_MAJOR)
    throw new DriverError('Unsupported', `host ${host.name_label} has version ${product}: ${OLDEST_MAJOR}.0 or newer is needed`, {
      reason: 'ServerTooOld',
    });
  return {
    hostName: host.hostname === '' ? host.name_label : host.hostname,
    hostId: host.uuid,
    bootId: bootIdOf(host),
    architecture: 'x86_64',
    cpus: Number(cpu['cpu_count'] ?? 0),
    cpuModel: cpu['modelname'] ?? '',
    memoryBytes: site.objects.get('host_metrics', host.metrics)?.memory_total ?? 0,
    virtualization: 'Hardware',
    versions: versionsOf(versions),
    pools: site.repositories().map((repository) => poolFactsOf(site, repository)),
    networks: [...site.objects.all('network')].map(({ name_label, uuid }) => (name_label === '' ? uuid : name_label)),
    networkIds: [...site.objects.all('network')].map(({ uuid }) => uuid),
    features: featuresOf(host),
    ...(!host.enabled && { closed: `the pool has disabled host ${host.name_label}, as for maintenance` }),
    warnings: [],
  };
}

export function versionsOf(versions: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const named = [
    [versions['product_brand'] ?? 'product', versions['product_version']],
    ['XAPI', versions['xapi'] ?? versions['xapi_build']],
    ['Xen', versions['xen']],
  ] as const;
  return Object.fromEntries(named.flatMap(([name, version]) => (version === undefined ? [] : [[name, version]])));
}

/** Firmware comes with the server; a TPM is another matter. */
const featuresOf = ({ capabilities }: Kept<'host'>): readonly HostFeature[] =>
  capabilities.some((one) => one.includes('hvm')) || capabilities.length === 0 ? ['UEFI', 'SecureBoot'] : [];

function poolFactsOf(site: Site, repository: Kept<'SR'>): PoolFacts {
  const { physical_size: size, physical_utilisation: used } = repository;
  return {
    name: site.nameOf(repository),
    id: repository.uuid,
    capacityBytes: Math.max(0, size),
    availableBytes: Math.max(0, size - used),
    ...(hasExistingDisks(repository) && { disks: 'Existing' as const }),
  };
}
