/** A machine as it should be defined. Part of the contract (contract.ts). */
import type { Bandwidth, CardModel, Hardware } from './hardware.ts';
import type { OwnerMark } from './owner.ts';
import type { MachineSize } from './size.ts';
import type { MachineDisk, MachineVolume } from './storage.ts';

export interface MachineSpec extends Hardware {
  /** The id it must get, where the hypervisor lets us choose (libvirt); absent: the hypervisor gives one. */
  readonly machineId?: string;
  readonly name: string;
  readonly owner: OwnerMark;
  readonly vcpus: number;
  readonly memoryBytes: number;
  /** What it can be given while it runs; absent: no more than it has. */
  readonly maximum?: MachineSize;
  readonly disks: readonly MachineDisk[];
  /** Absent: none. They are no part of drift: whoever wants one in or out says so. */
  readonly volumes?: readonly MachineVolume[];
  readonly interfaces: readonly MachineInterface[];
}

export interface MachineInterface {
  /** Stable name within the instance; on hosts that have one, an alias. */
  readonly name: string;
  readonly mac: string;
  readonly source: { readonly network: string } | { readonly bridge: string };
  /** Absent: `virtio`. */
  readonly model?: CardModel;
  /** Largest packet, in bytes; absent: the network's. */
  readonly mtu?: number;
  readonly bandwidth?: Bandwidth;
}
