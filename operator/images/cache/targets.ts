/** Which pools of which hosts are to have an image before anybody asks for it there. Pure. */
import type { Hypervisor } from '../../../crds/hypervisor.ts';
import type { PreCache } from '../../../crds/image.ts';
import { defaultPool, poolOf } from '../../hypervisors/pools.ts';
import { labelSelector } from '../../scheduler/selector.ts';

export type CacheTarget =
  | { readonly kind: 'Pool'; readonly hypervisorName: string; readonly key: string; readonly pool: string; readonly sharedId?: string }
  /** It cannot be brought there: what to do, for people. */
  | { readonly kind: 'None'; readonly hypervisorName: string; readonly problem: string };

/** In order of their names. A Hypervisor that is named and does not exist is among them; one that is being deleted is not. */
export function targetsOf(preCache: PreCache, hypervisors: Iterable<Hypervisor>): readonly CacheTarget[] {
  const chosen = [...hypervisors].filter((hypervisor) => isChosen(preCache, hypervisor));
  const known = new Set(chosen.map(({ metadata }) => metadata.name));
  const missing = (preCache.hypervisorNames ?? []).filter((name) => !known.has(name));
  const targets = [
    ...chosen.filter(({ metadata }) => metadata.deletionTimestamp === undefined).map((hypervisor) => targetOn(hypervisor, preCache)),
    ...missing.map((name): CacheTarget => ({ kind: 'None', hypervisorName: name, problem: 'there is no such Hypervisor' })),
  ];
  return targets.toSorted((a, b) => (a.hypervisorName < b.hypervisorName ? -1 : 1));
}

function isChosen({ hypervisorNames = [], hypervisorSelector }: PreCache, { metadata }: Hypervisor): boolean {
  if (hypervisorNames.includes(metadata.name)) return true;
  return hypervisorSelector !== undefined && labelSelector(hypervisorSelector)(metadata.labels ?? {});
}

function targetOn({ metadata: { name: hypervisorName }, spec }: Hypervisor, preCache: PreCache): CacheTarget {
  const key = preCache.pool ?? defaultPool(spec);
  if (key === undefined) return { kind: 'None', hypervisorName, problem: 'it has no default pool: name one in spec.preCache.pool' };
  const found = poolOf(spec, key);
  if (found === undefined) return { kind: 'None', hypervisorName, problem: `it has no spec.pools.${key}` };
  return { kind: 'Pool', hypervisorName, key, ...found };
}
