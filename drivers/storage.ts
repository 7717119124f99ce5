/** What lies in the storage pools of a host, and what machines have of it: base images, disks, volumes. Part of the contract (contract.ts). */

export type ImageFormat = 'qcow2' | 'raw' | 'vhd';

export interface BaseImage {
  readonly key: string;
  readonly format: ImageFormat;
  /** Of the file as it was imported. */
  readonly sizeBytes: number;
  /** Of the disk that a guest sees. */
  readonly virtualSizeBytes: number;
  /** Of that file. Absent: it was copied on the host itself, and nobody has read it. */
  readonly sha256?: string;
  /** Of the cluster that had it imported, as its spec said. */
  readonly clusterId?: string;
}

export interface BaseImageSpec {
  readonly pool: string;
  readonly key: string;
  readonly format: ImageFormat;
  /** Kept with the base: several clusters may have theirs in one pool. */
  readonly clusterId?: string;
  /** When the source says how long it is; a host that must know first spools nothing, it rejects with `Unsupported`. */
  readonly sizeBytes?: number;
  /** Called once the content has ended well, with what the reader of the content found out on the way. */
  readonly verified: () => { readonly sha256: string; readonly sizeBytes: number; readonly virtualSizeBytes: number };
}

/** Takes the next piece of a content. Asked for one at a time: the next comes when it has resolved. */
export type Sink = (piece: Uint8Array) => Promise<void>;

/** Which disk becomes which base image. */
export interface CopySpec {
  readonly disk: DiskRef;
  readonly pool: string;
  readonly key: string;
}

/** The disk is one of the machine. */
export interface CaptureSpec extends CopySpec {
  /** The guest must be off: a saved state counts as on. One that is not is `Conflict`, reason `IsRunning` and the like. */
  readonly off?: true;
  /**
   * Whether the agent of a guest that runs holds its file systems still at the moment of the copy. `Required`: one that
   * cannot is `Unsupported`, reason `QuiesceFailed`. Whatever happens, they are let go of at once.
   */
  readonly quiesce: 'Preferred' | 'Required' | 'Never';
  /** Whole percent, now and then. */
  readonly onProgress?: (percent: number) => void;
}

export interface CapturedBase extends BaseImage {
  /** Its file systems were held still, or it was off. Absent: the base was there already. */
  readonly quiesced?: boolean;
}

/** How far a disk is with taking in those that it was made from. `Done`: it needs none of them any more, and they can be deleted. */
export type Merging = { readonly kind: 'Done' } | { readonly kind: 'Begun' } | { readonly kind: 'GoesOn'; readonly percent: number };

export interface DiskRef {
  readonly pool: string;
  readonly name: string;
}

export interface DiskQuery {
  readonly pools: readonly string[];
  readonly namePrefix: string;
  /** Whole names of disks that should be among them: somebody may have copied their files there, past the hypervisor. */
  readonly expected?: readonly string[];
}

export interface GrownDisk extends DiskRef {
  /** As it was made with. */
  readonly format?: 'raw';
}

export interface DiskSpec extends DiskRef {
  readonly sizeBytes: number;
  /** Key of the base image it starts from; absent, and no `fromDisk`: blank. */
  readonly baseKey?: string;
  /**
   * Instead of `baseKey`: name of a disk of the same pool that it begins as. Nothing may write to that one while this one is
   * there. Its own name tells of that one (disk-names.ts; else `InvalidSpec`), so names say what may stand on what.
   */
  readonly fromDisk?: string;
  /** For a disk that several machines are to write to; blank only. Absent: as suits the host. */
  readonly format?: 'raw';
  /** Encrypted (LUKS) with the secret that the host keeps under this id; blank only. No such secret: `NotFound`. Absent: not encrypted. */
  readonly secretId?: string;
}

/** What the host keeps, and hands to nobody but the machines' disks. */
export interface HostSecret {
  /** A UUID. */
  readonly id: string;
  /** For people who look at the host; never the value. */
  readonly description: string;
  readonly value: Uint8Array;
}

export interface Disk extends DiskRef {
  readonly capacityBytes: number;
}

export interface MachineDisk extends DiskRef {
  /** `root` boots, unless there is a `rescue` disk, which then does alone; `config` is the read-only config drive. */
  readonly role: 'root' | 'config' | 'ephemeral' | 'swap' | 'rescue';
  /** Which of several of that role, as letters of lower case, digits and `-`; absent: there is one. */
  readonly label?: string;
  /** What the guest sees it as. Absent: a hard disk. A CD-ROM is read-only, and its content is that of a raw disk. */
  readonly device?: 'CDROM';
}

/** A disk with a life of its own, plugged into a machine. */
export interface MachineVolume extends DiskRef {
  /** Stable and unique within the machine: lower-case letters, digits and `-`, at most 63. */
  readonly id: string;
  /** What the guest knows the disk by, at most 20 characters. */
  readonly serial: string;
  readonly readOnly: boolean;
  /**
   * Other machines may have it as well: all of them to read (`Read`, with `readOnly`), or also to write (`Write`, of a disk
   * made with format `raw`). Absent: this one alone.
   */
  readonly shared?: 'Read' | 'Write';
  /** As the disk was made with. */
  readonly secretId?: string;
  /** Absent: virtio. Into SATA nothing is plugged while the machine is on: `Unsupported`, reason `BusNotPluggable`; and nothing out of it: `NotReleased`. */
  readonly bus?: 'scsi' | 'sata';
}

export interface PluggedVolume extends DiskRef {
  readonly id: string;
  /** `Next`: the definition has it, and nothing that runs (also of a machine that is off); `Run`: only what runs has it, until it ends. */
  readonly plugged: 'Both' | 'Next' | 'Run';
}
