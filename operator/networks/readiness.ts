/** Whether a Network makes sense, and whether any host has it. Pure. */
import type { NetworkSpec } from '../../crds/network.ts';
import type { Readiness } from '../reporting/readiness.ts';
import { contains, isReserved, overlap, parseRange } from './subnets.ts';

/** `hypervisors`: names of those that have the host network. */
export function judgeNetwork(spec: NetworkSpec, hypervisors: number): Readiness {
  const problem = findProblem(spec);
  if (problem !== undefined) return { kind: 'Stuck', reason: 'InvalidSubnets', message: problem };
  if (hypervisors === 0) {
    const message = `No Hypervisor has "${spec.hostNetwork}" in spec.networks: add it where instances of this Network should run`;
    return { kind: 'Waiting', reason: 'HostNetworkNotFound', message };
  }
  return { kind: 'Settled', reason: 'HostNetworkFound', message: '' };
}

/** What the schema cannot see: ranges against each other, and addresses that nobody can have. */
function findProblem({ subnets = [] }: NetworkSpec): string | undefined {
  for (const [index, subnet] of subnets.entries()) {
    const range = parseRange(subnet.cidr);
    if (range === undefined) return `${subnet.cidr} is no address range: write it like 192.0.2.0/24`;
    const other = subnets.slice(0, index).find(({ cidr }) => {
      const before = parseRange(cidr);
      return before !== undefined && overlap(before, range);
    });
    if (other !== undefined) return `The subnets ${other.cidr} and ${subnet.cidr} overlap`;
    const { gateway } = subnet;
    if (gateway === undefined) continue;
    if (!contains(range, gateway)) return `The gateway ${gateway} is outside of ${subnet.cidr}`;
    if (isReserved(range, gateway)) return `The gateway ${gateway} is the network or broadcast address of ${subnet.cidr}`;
  }
  return undefined;
}
