/** Sizes of machines in memory that run. */
import type { MachineSize } from '../../../drivers/contract.ts';
import { DriverError } from '../../../drivers/labels.ts';
import type { MemoryMachine } from './memory-machine.ts';

export function resize(machine: MemoryMachine, size: MachineSize): void {
  const { power, spec, maximum = spec } = machine;
  if (power !== 'Running') throw new DriverError('Conflict', 'it does not run');
  if (size.vcpus > maximum.vcpus || size.memoryBytes > maximum.memoryBytes)
    throw new DriverError('Conflict', 'too much', { reason: 'BeyondMaximum' });
  if (size.vcpus < spec.vcpus) throw new DriverError('Conflict', 'too few', { reason: 'CpusInUse' });
  machine.spec = { ...spec, ...size };
}
