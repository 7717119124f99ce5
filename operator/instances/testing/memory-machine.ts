/** A machine of the hypervisor in memory. */
import type { MachineSize, MachineSpec, MachineVolume, Power } from '../../../drivers/contract.ts';
import type { OwnerMark } from '../../../drivers/owner.ts';
import type { MemoryAgent } from './memory-agent.ts';
import type { MemoryInsight } from './memory-insight.ts';

export interface MemoryMachine {
  name: string;
  owner: OwnerMark | undefined;
  power: Power;
  powerReason: string;
  busy: boolean;
  persistent: boolean;
  filtered: boolean;
  spec: MachineSpec;
  addresses: string[];
  /** What it was started with room for. */
  maximum?: MachineSize | undefined;
  /** As it runs; `spec.volumes` is what the next start takes. */
  plugged?: readonly MachineVolume[];
  /** The agent in its guest; undefined: there is none. */
  agent?: MemoryAgent;
  insight?: MemoryInsight;
}
