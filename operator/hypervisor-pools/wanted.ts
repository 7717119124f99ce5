/** What the Hypervisor of a host is to say, by its pool. Pure. */
import type { HypervisorSpec } from '../../crds/hypervisor.ts';
import type { HypervisorPool, TemplatePool } from '../../crds/hypervisor-pool.ts';
import { HYPERVISOR_POOL_LABEL } from '../../crds/vocabulary.ts';
import type { PoolFacts, PoolStorage } from '../../drivers/pool-contract.ts';

export interface Wanted {
  readonly labels: Readonly<Record<string, string>>;
  readonly spec: Pick<HypervisorSpec, 'driver' | 'xen' | 'networks' | 'pools' | 'defaultPool' | 'overcommit' | 'reserved'>;
}

export function wantedOf({ metadata: { name }, spec }: HypervisorPool, facts: PoolFacts, hostUuid: string): Wanted {
  const { labels, pools, networks, defaultPool, overcommit, reserved } = spec.hypervisors ?? {};
  return {
    labels: { ...labels, [HYPERVISOR_POOL_LABEL]: name },
    spec: {
      driver: 'Xen',
      xen: { poolName: name, hostUUID: hostUuid },
      ...(networks && { networks }),
      ...(pools && { pools: Object.fromEntries(Object.entries(pools).map(([key, pool]) => [key, poolOf(pool, facts, hostUuid)])) }),
      ...(defaultPool !== undefined && { defaultPool }),
      ...(overcommit && { overcommit }),
      ...(reserved && { reserved }),
    },
  };
}

/** What every host may have is the same storage on each: they say so with its UUID, unless somebody has chosen another word. */
function poolOf(named: TemplatePool, { storage }: PoolFacts, hostUuid: string): TemplatePool {
  const found = findStorage(storage, named.pool, hostUuid);
  const sharedId = named.sharedId ?? (found?.shared === true ? found.uuid : undefined);
  return { pool: named.pool, ...(sharedId !== undefined && { sharedId }) };
}

/** By UUID, or by a name that only one of those has that the host has. */
export function findStorage(storage: readonly PoolStorage[], named: string, hostUuid: string): PoolStorage | undefined {
  const byUuid = storage.find(({ uuid }) => uuid === named);
  if (byUuid !== undefined) return byUuid;
  const byName = storage.filter(({ name, hosts }) => name === named && hosts.includes(hostUuid));
  return byName.length === 1 ? byName[0] : undefined;
}
