/**
 * Where an instance goes: the host it names, or the first that fits.
 *
 * Pure: the hosts as they are now, with what has been claimed on them, are given. Filters are asked in order, and each
 * host is refused by the first that does not pass, so that the counts add up to the number of hosts.
 */
import { FILTERS, poolOf } from './filters.ts';
import type { CandidateHost, Filter, NoFit, Placement, PlacementRequest, Weigher } from './types.ts';

export function schedule(
  request: PlacementRequest,
  hosts: readonly CandidateHost[],
  weighers: readonly Weigher[] = [],
  filters: readonly Filter[] = FILTERS,
): Placement | NoFit {
  const refused = new Map<Filter, number>();
  let best: { readonly host: CandidateHost; readonly weight: number } | undefined;
  for (const host of hosts) {
    const refusal = filters.find((filter) => !filter.passes(request, host));
    if (refusal !== undefined) {
      refused.set(refusal, (refused.get(refusal) ?? 0) + 1);
      continue;
    }
    const weight = weighers.reduce((sum, weigher) => sum + weigher.weigh(request, host), 0);
    if (best === undefined || weight > best.weight || (weight === best.weight && host.name < best.host.name)) best = { host, weight };
  }
  if (best === undefined) return noFit(request, hosts.length, filters, refused);
  return { kind: 'Placement', hypervisorName: best.host.name, pool: poolOf(request, best.host) ?? '' };
}

function noFit(
  { hypervisorName }: PlacementRequest,
  hosts: number,
  filters: readonly Filter[],
  counts: ReadonlyMap<Filter, number>,
): NoFit {
  const named = filters.filter((filter) => counts.has(filter));
  const refused = Object.fromEntries(named.map((filter) => [filter.name, counts.get(filter) ?? 0]));
  if (hypervisorName !== undefined) {
    const why = named.find(({ name }) => name !== 'Name')?.refusal.one;
    return {
      kind: 'NoFit',
      refused,
      explanation: why === undefined ? `there is no Hypervisor ${hypervisorName}` : `Hypervisor ${hypervisorName} ${why}`,
    };
  }
  const reasons = named.map((filter) => counted(filter, counts.get(filter) ?? 0)).join(', ');
  return { kind: 'NoFit', refused, explanation: hosts === 0 ? 'there is no Hypervisor' : `0 of ${hosts} Hypervisors fit: ${reasons}` };
}

const counted = ({ refusal }: Filter, count: number): string => `${count} ${count === 1 ? refusal.one : refusal.many}`;
