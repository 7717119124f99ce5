/** What the hypervisor in memory says of itself. */
import type { Capability, HostFacts } from '../../../drivers/contract.ts';
import { HOST_FEATURES } from '../../../drivers/hardware.ts';

const MIB = 1024 * 1024;

export const MEMORY_CAPABILITIES: readonly Capability[] = [
  'ShutdownSignal',
  'Pause',
  'SuspendToDisk',
  'PacketFilters',
  'LiveUpdate',
  'LiveResize',
  'Nmi',
  'ConsoleLog',
  'Screenshot',
  'GuestAgent',
  'LiveCapture',
  'MergeDisks',
  'LiveSwap',
  'Encryption',
];

export function memoryFacts(name: string, bootId: string): HostFacts {
  return {
    hostName: name,
    hostId: `id-${name}`,
    bootId,
    architecture: 'x86_64',
    cpus: 8,
    cpuModel: 'EPYC',
    memoryBytes: 1024 * MIB,
    virtualization: 'Hardware',
    versions: {},
    pools: [{ name: 'default', capacityBytes: 1024 * MIB, availableBytes: 1024 * MIB }],
    networks: ['default'],
    features: [...HOST_FEATURES],
    warnings: [],
  };
}
