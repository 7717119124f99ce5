/** What is on a host in memory besides our machines. */
import { MIB, type MemoryMachine } from './memory-driver.ts';

/** A running machine that somebody else made. */
export const strangerMachine = (name: string): MemoryMachine => ({
  name,
  owner: undefined,
  power: 'Running',
  powerReason: 'User',
  busy: false,
  persistent: true,
  filtered: true,
  spec: {
    name,
    owner: { clusterId: '', namespace: '', name: '', uid: '', role: 'main' },
    vcpus: 1,
    memoryBytes: MIB,
    disks: [],
    interfaces: [],
  },
  addresses: [],
});
