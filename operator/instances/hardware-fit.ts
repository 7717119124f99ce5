/** Whether the parts of a machine fit together: what the spec asks for of CPUs and memory, and the flavor's numbers of them. Pure. */
import type { MachineSpec } from '../../drivers/contract.ts';

/** What does not fit, with what to do about it; undefined: all does. */
export function misfit(spec: MachineSpec): string | undefined {
  const { cpu = {}, memory = {} } = spec;
  // The guest sees all that it may be given, though not all is there yet.
  const { vcpus, memoryBytes } = spec.maximum ?? spec;
  const { topology, pinning = [] } = cpu;
  if (topology !== undefined) {
    const { sockets, cores, threads } = topology;
    const product = sockets * cores * threads;
    if (product !== vcpus) return `spec.cpu.topology has ${product} CPUs and the Flavor ${vcpus}: they must be the same`;
  }
  const beyond = pinning.find(({ vcpu }) => vcpu >= vcpus);
  if (beyond !== undefined) return `spec.cpu.pinning names CPU ${beyond.vcpu}, and the last one of the Flavor is ${vcpus - 1}`;
  const { numaCells = [] } = memory;
  if (numaCells.length === 0) return undefined;
  const cellBytes = numaCells.reduce((sum, cell) => sum + cell.memoryBytes, 0);
  if (cellBytes !== memoryBytes)
    return `spec.memory.numaCells have ${cellBytes} bytes and the Flavor ${memoryBytes}: they must be the same`;
  const cpus = numaCells.flatMap((cell) => numbersIn(cell.cpus)).sort((a, b) => a - b);
  return cpus.length === vcpus && cpus.every((cpu, index) => cpu === index)
    ? undefined
    : `spec.memory.numaCells must have each of the Flavor's CPUs 0 to ${vcpus - 1} exactly once`;
}

/** `0-2,5` is 0, 1, 2, 5. */
function numbersIn(set: string): readonly number[] {
  return set.split(',').flatMap((part) => {
    const [first = 0, last = first] = part.split('-').map(Number);
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
  });
}
