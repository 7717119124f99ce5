/**
 * What a machine may be asked to have beyond CPUs, memory, disks and interfaces. Every record, and every part of one, is
 * absent where nobody asked for it: the driver then builds what it has always built.
 */

/** What the guest is started by. Kept, with its variables, for the life of the machine. */
export interface Firmware {
  readonly type: 'BIOS' | 'UEFI';
  /** Only signed programs are started. The variables begin anew whenever this changes. */
  readonly secureBoot: boolean;
}

export interface Devices {
  readonly rng?: RandomNumbers;
  readonly watchdog?: { readonly action: WatchdogAction };
  /** A TPM 2.0 made in software; its state lives and dies with the machine. */
  readonly tpm?: { readonly model: TpmModel };
  /** How many, 1 to 4; the first is the console, whose output is kept. */
  readonly serialPorts?: number;
  readonly video?: { readonly model: VideoModel };
}

export interface RandomNumbers {
  /** `Enabled` insists: a host that cannot is `Unsupported`. */
  readonly mode: 'Enabled' | 'Disabled';
  readonly bytesPerSecond?: number;
}

/** What happens when the guest does not reset its watchdog in time. */
export type WatchdogAction = 'Reset' | 'PowerOff' | 'Pause' | 'None';
export type TpmModel = 'CRB' | 'TIS';
export type VideoModel = 'None' | 'VGA' | 'Virtio' | 'QXL' | 'Bochs' | 'Cirrus';

/** How the CPUs look to the guest, and which of the host's they run on. */
export interface Cpu {
  readonly mode?: CpuMode;
  /** By the name that the hypervisor knows it by; with mode `Custom`, and only with it. */
  readonly model?: string;
  readonly features?: readonly CpuFeature[];
  /** Their product is the number of CPUs. */
  readonly topology?: { readonly sockets: number; readonly cores: number; readonly threads: number };
  /** Host CPUs as a list of numbers and ranges, `0-3,8`; what is not named here runs on any. */
  readonly pinning?: readonly { readonly vcpu: number; readonly hostCpus: string }[];
  /** Host CPUs for what the hypervisor itself does for the guest. */
  readonly emulatorHostCpus?: string;
}

export type CpuMode = 'HostModel' | 'HostPassthrough' | 'Maximum' | 'Custom';

export interface CpuFeature {
  readonly name: string;
  readonly policy: CpuFeaturePolicy;
}
export type CpuFeaturePolicy = 'Require' | 'Optional' | 'Disable' | 'Forbid' | 'Force';

/** What the guest's memory is made of on the host. */
export interface MemoryLayout {
  /** Size of the pages; 0: the host's usual huge ones. */
  readonly hugePageBytes?: number;
  /** Never swapped out. */
  readonly locked?: boolean;
  /** The guest's NUMA nodes; together they have all its CPUs and memory. */
  readonly numaCells?: readonly NumaCell[];
}

export interface NumaCell {
  /** The guest's CPUs, `0-3,8`. */
  readonly cpus: string;
  readonly memoryBytes: number;
  /** NUMA nodes of the host that its memory comes from, `0-1`; absent: any. */
  readonly hostNodes?: string;
}

/** How every disk of the machine but the config drive is served. */
export interface StorageTuning {
  /** Absent: `None`, or `WriteThrough` where the host cannot bypass its own cache. */
  readonly cache?: DiskCache;
  readonly discard?: Discard;
  readonly io?: DiskIo;
  /** `ByName`: the guest sees each disk's name within the machine (`root`, `swap`) as its serial number. */
  readonly serials?: 'ByName' | 'None';
  /** Of each disk. */
  readonly limits?: DiskLimits;
}

export type DiskCache = 'None' | 'WriteThrough' | 'WriteBack' | 'DirectSync' | 'Unsafe';
export type Discard = 'Unmap' | 'Ignore';
export type DiskIo = 'Native' | 'Threads' | 'Uring';

export interface DiskLimits {
  readonly bytesPerSecond?: number;
  readonly readBytesPerSecond?: number;
  readonly writeBytesPerSecond?: number;
  readonly iops?: number;
  readonly readIops?: number;
  readonly writeIops?: number;
}

export type CardModel = 'virtio' | 'e1000' | 'e1000e' | 'rtl8139';

/** As the guest sees it. */
export interface Bandwidth {
  readonly inBytesPerSecond?: number;
  readonly outBytesPerSecond?: number;
}

/** Of `MachineSpec`. */
export interface Hardware {
  readonly firmware?: Firmware;
  readonly devices?: Devices;
  readonly cpu?: Cpu;
  readonly memory?: MemoryLayout;
  readonly storage?: StorageTuning;
}

export const HOST_FEATURES = ['UEFI', 'SecureBoot', 'TPM', 'RandomNumbers', 'Watchdog'] as const;
/** What a host may lack and a placement must know of. What is told only by a definition (a model) is not among them. */
export type HostFeature = (typeof HOST_FEATURES)[number];

/** What a host must have for this hardware. */
export function featuresFor({ firmware, devices }: Hardware): readonly HostFeature[] {
  return [
    ...(firmware?.type === 'UEFI' ? (['UEFI'] as const) : []),
    ...(firmware?.secureBoot === true ? (['SecureBoot'] as const) : []),
    ...(devices?.tpm === undefined ? [] : (['TPM'] as const)),
    ...(devices?.rng?.mode === 'Enabled' ? (['RandomNumbers'] as const) : []),
    ...(devices?.watchdog === undefined ? [] : (['Watchdog'] as const)),
  ];
}
