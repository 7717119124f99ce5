/** Which Hypervisor is which host of a pool, and which host has none. Pure. */
import type { Hypervisor } from '../../crds/hypervisor.ts';
import type { HypervisorPool } from '../../crds/hypervisor-pool.ts';
import { HYPERVISOR_POOL_LABEL, MAX_POOL_MEMBERS } from '../../crds/vocabulary.ts';
import type { PoolFacts, PoolHost } from '../../drivers/pool-contract.ts';

export type Member =
  /** Has no Hypervisor: one of this name is to be made. */
  | { readonly kind: 'New'; readonly host: PoolHost; readonly name: string }
  /** Has one that the pool made, and keeps. */
  | { readonly kind: 'Made'; readonly host: PoolHost; readonly hypervisor: Hypervisor }
  /** Has one that somebody made by hand: it is theirs. */
  | { readonly kind: 'Theirs'; readonly host: PoolHost; readonly hypervisor: Hypervisor }
  /** Is the host of a Hypervisor of another pool. */
  | { readonly kind: 'Claimed'; readonly host: PoolHost; readonly hypervisor: Hypervisor }
  /** The name that its Hypervisor would have is another one's. */
  | { readonly kind: 'NameTaken'; readonly host: PoolHost; readonly hypervisor: Hypervisor };

export interface Membership {
  /** One for each host, in the order of their UUIDs. */
  readonly members: readonly Member[];
  /** Hypervisors of this pool whose host it does not have any more. */
  readonly left: readonly Hypervisor[];
}

/**
 * The same for the same host of the same pool, whatever it is called and wherever it is: a crash between making it and
 * seeing it makes no second one. Hosts are found by their UUID, so a Hypervisor made by hand may have any name.
 */
export function hypervisorNameOf(poolName: string, hostUuid: string): string {
  return `${poolName}-${hostUuid.slice(0, 8)}`;
}

/** Whether a HypervisorPool made it. */
export const isMadeBy = ({ metadata: { labels } }: Hypervisor, poolName: string): boolean => labels?.[HYPERVISOR_POOL_LABEL] === poolName;

/** `all`: Hypervisors, also those of other pools and drivers. */
export function membershipOf({ metadata: { name } }: HypervisorPool, facts: PoolFacts, all: readonly Hypervisor[]): Membership {
  const byName = new Map(all.map((hypervisor) => [hypervisor.metadata.name, hypervisor]));
  const xen = all.filter(({ spec }) => spec.xen !== undefined);
  const hosts = [...facts.hosts].sort((a, b) => (a.uuid < b.uuid ? -1 : 1)).slice(0, MAX_POOL_MEMBERS);
  const present = new Set(hosts.map(({ uuid }) => uuid));
  return {
    members: hosts.map((host) => memberOf(name, host, xen, byName)),
    left: xen.filter(({ spec }) => spec.xen?.poolName === name && !present.has(spec.xen.hostUUID)),
  };
}

function memberOf(poolName: string, host: PoolHost, xen: readonly Hypervisor[], byName: ReadonlyMap<string, Hypervisor>): Member {
  const ofHost = xen.filter(({ spec }) => spec.xen?.hostUUID === host.uuid);
  const own = ofHost.filter(({ spec }) => spec.xen?.poolName === poolName);
  const made = own.find((hypervisor) => isMadeBy(hypervisor, poolName));
  const theirs = own.find((hypervisor) => hypervisor !== made);
  if (theirs !== undefined && made === undefined) return { kind: 'Theirs', host, hypervisor: theirs };
  if (made !== undefined) return { kind: 'Made', host, hypervisor: made };
  const claimed = ofHost[0];
  if (claimed !== undefined) return { kind: 'Claimed', host, hypervisor: claimed };
  const name = hypervisorNameOf(poolName, host.uuid);
  const taken = byName.get(name);
  return taken === undefined ? { kind: 'New', host, name } : { kind: 'NameTaken', host, hypervisor: taken };
}
