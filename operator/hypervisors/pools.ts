/** Pools of a Hypervisor by the key that users name, and the one in which disks are made where nobody names one. */
import type { HypervisorSpec } from '../../crds/hypervisor.ts';
import type { PoolFacts } from '../../drivers/contract.ts';

type Pool = NonNullable<HypervisorSpec['pools']>[string];

/** Of its own: `constructor` and the like, which a tenant may write, are keys of every object. */
export function poolOf({ pools }: Pick<HypervisorSpec, 'pools'>, key: string): Pool | undefined {
  return pools !== undefined && Object.hasOwn(pools, key) ? pools[key] : undefined;
}

/** `spec.defaultPool`, or the only pool there is. */
export function defaultPool({ pools, defaultPool: named }: HypervisorSpec): string | undefined {
  if (named !== undefined) return named;
  const keys = Object.keys(pools ?? {});
  return keys.length === 1 ? keys[0] : undefined;
}

/** Names of the pools of files beside pools of logical volumes, by the names of those, in the order of their names. */
export function imagePoolsOf(pools: Readonly<Record<string, Pool>> = {}): Readonly<Record<string, string>> {
  const pairs = Object.values(pools).flatMap(({ pool, imagePool }) => {
    const beside = imagePool === undefined ? undefined : poolOf({ pools }, imagePool)?.pool;
    return beside === undefined ? [] : [[pool, beside] as const];
  });
  return Object.fromEntries(pairs.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Where the images for disks of a pool lie, by the names of pools on the host: in itself, or in the pool of files beside it. */
export function imagePlaceOf(spec: Pick<HypervisorSpec, 'pools'> | undefined, name: string): Pick<Pool, 'pool' | 'sharedId'> {
  const { pools = {} } = spec ?? {};
  const own = Object.values(pools).find(({ pool }) => pool === name);
  const { pool, sharedId } = (own?.imagePool === undefined ? own : poolOf({ pools }, own.imagePool)) ?? { pool: name };
  return { pool, ...(sharedId !== undefined && { sharedId }) };
}

/** Pools of a host by whatever `spec.pools` may call them: the name, or the other name that some hosts have for them. */
export function poolsByName(pools: readonly PoolFacts[] = []): ReadonlyMap<string, PoolFacts> {
  const byId = pools.flatMap((pool) => (pool.id === undefined ? [] : [[pool.id, pool] as const]));
  return new Map([...byId, ...pools.map((pool) => [pool.name, pool] as const)]);
}
