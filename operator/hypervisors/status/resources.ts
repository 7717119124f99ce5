/** What a host has to give, and what of it is given out. */
import type { HostResources, HypervisorSpec } from '../../../crds/hypervisor.ts';
import { formatQuantity, parseQuantity } from '../../../crds/quantity.ts';
import type { HostFacts } from '../../../drivers/contract.ts';

/** What absent fields of `spec.overcommit` mean. */
export const DEFAULT_CPU_OVERCOMMIT = 4;
export const DEFAULT_MEMORY_OVERCOMMIT = 1;

/** Sums over the Instances placed on a host. */
export interface Allocation {
  readonly instances: number;
  readonly cpu: number;
  readonly memoryBytes: number;
}

export function capacityOf({ cpus, memoryBytes }: Pick<HostFacts, 'cpus' | 'memoryBytes'>): HostResources {
  return { cpu: countable(cpus), memory: formatQuantity(countable(memoryBytes)) };
}

/** Capacity less what is reserved, times overcommit; never less than nothing, in whole CPUs and bytes. */
export function allocatableOf(spec: HypervisorSpec, capacity: HostResources): HostResources {
  const { reserved, overcommit } = spec;
  const cpu = Math.max(capacity.cpu - (reserved?.cpu ?? 0), 0) * Number(overcommit?.cpu ?? DEFAULT_CPU_OVERCOMMIT);
  const memory =
    Math.max(parseQuantity(capacity.memory) - parseQuantity(reserved?.memory ?? 0), 0) *
    Number(overcommit?.memory ?? DEFAULT_MEMORY_OVERCOMMIT);
  return { cpu: countable(cpu), memory: formatQuantity(countable(memory)) };
}

/** What a host says of itself, as a whole number that can be counted with: one that lies must not harm the others. */
export function countable(value: number): number {
  return Number.isNaN(value) ? 0 : Math.floor(Math.min(Math.max(value, 0), Number.MAX_SAFE_INTEGER));
}
