/** What a host is and has. Part of the contract (contract.ts). */
import type { HostFeature } from './hardware.ts';

/** What a host is and has; read once per connection and on change. Sizes in bytes. */
export interface HostFacts {
  readonly hostName: string;
  /** Identity of the host itself (SMBIOS or configured UUID): two Hypervisors with the same one are one host. */
  readonly hostId: string;
  /** Changes whenever the host booted or its daemon restarted: then reasons of past power changes may be lost. */
  readonly bootId: string;
  readonly architecture: string;
  readonly cpus: number;
  readonly cpuModel: string;
  readonly memoryBytes: number;
  /** `Software` is emulation, which is slow: say so where the user looks. */
  readonly virtualization: 'Hardware' | 'Software';
  /** By name (`libvirt`, `QEMU`): version as the host prints it. */
  readonly versions: Readonly<Record<string, string>>;
  readonly pools: readonly PoolFacts[];
  /** Networks by the name the host knows them by; inactive ones are not listed. */
  readonly networks: readonly string[];
  /** Other names that networks may be called by; absent: there are none. */
  readonly networkIds?: readonly string[];
  /** What it can give guests of what not every host can. */
  readonly features: readonly HostFeature[];
  /** Why the host starts no machines just now, for people; absent: it does. */
  readonly closed?: string;
  /** What works but should not stay so, for people: a version soon unsupported, emulation, an unencrypted connection. */
  readonly warnings: readonly string[];
}

export interface PoolFacts {
  readonly name: string;
  /** Another name that it may be called by; absent: there is none. */
  readonly id?: string;
  readonly capacityBytes: number;
  readonly availableBytes: number;
  /** What it is, where it is of no use, for people; absent: it is of use. */
  readonly unfit?: string;
  /**
   * `Existing`: the disks that are in it can be had, and none is made, grown or removed. `Blank`: only empty ones are made, and
   * no image is kept in it. Absent: disks of every kind are made in it.
   */
  readonly disks?: 'Existing' | 'Blank';
}
