/** Which pools of which hosts reach a place where the content of an image lies: the pool itself, and those that share it. Pure. */
import type { Hypervisor } from '../../crds/hypervisor.ts';
import type { ImageLocation } from '../../crds/image.ts';

/** Keys of pools by the name of the Hypervisor. */
export function reachingPools(
  locations: readonly ImageLocation[],
  hypervisors: Iterable<Hypervisor>,
): ReadonlyMap<string, readonly string[]> {
  const all = [...hypervisors];
  const shared = new Set(locations.map((location) => sharedIdOf(location, all)).filter((id) => id !== undefined));
  const reaching = all.map(({ metadata: { name }, spec }): readonly [string, readonly string[]] => {
    const keys = Object.entries(spec.pools ?? {}).filter(
      ([key, { sharedId }]) =>
        (sharedId !== undefined && shared.has(sharedId)) ||
        // A pool that is another one by now does not have what was put into a store.
        locations.some((at) => at.sharedId === undefined && at.hypervisorName === name && at.pool === key),
    );
    return [name, keys.map(([key]) => key)];
  });
  return new Map(reaching.filter(([, keys]) => keys.length > 0));
}

const sharedIdOf = ({ hypervisorName, pool, sharedId }: ImageLocation, hypervisors: readonly Hypervisor[]): string | undefined =>
  sharedId ?? hypervisors.find(({ metadata }) => metadata.name === hypervisorName)?.spec.pools?.[pool]?.sharedId;

/** Each pool of that sharedId, by the Hypervisor that has it, in the order of their names. */
export const waysTo = (hypervisors: Iterable<Hypervisor>, sharedId: string): readonly Pick<ImageLocation, 'hypervisorName' | 'pool'>[] =>
  [...hypervisors]
    .flatMap(({ metadata: { name }, spec: { pools = {} } }) =>
      Object.keys(pools)
        .filter((pool) => pools[pool]?.sharedId === sharedId)
        .map((pool) => ({ hypervisorName: name, pool })),
    )
    .toSorted((a, b) => (`${a.hypervisorName}/${a.pool}` < `${b.hypervisorName}/${b.pool}` ? -1 : 1));
