/**
 * What a driver's tests give so that the conformance cases can run against it: a host, a way to open it, and hands to
 * do on that host what the driver does not know of (somebody using virsh, a cut cable).
 *
 * Nothing here assumes a format of ids, or that the host is used by the cases alone: every name the cases make starts
 * with `conformance-`, and what they made is removed after each.
 */
import type { Capability, DiskRef, Driver, ImageFormat } from '../contract.ts';

/** What is known of a driver before its host is started; tests are listed by it. */
export interface HarnessDescription {
  /** For the names of the tests: `fake`, `libvirt`. */
  readonly name: string;
  /** Must be what the opened driver declares. Cases that need another one check that the verb is `Unsupported`. */
  readonly capabilities: ReadonlySet<Capability>;
  /** `Chosen`: the host takes `MachineSpec.machineId`; `Given`: it makes ids itself, and the cases leave it absent. */
  readonly machineIds: 'Chosen' | 'Given';
  /** Whether there is a pool of whole copies (`Harness.copying`). Absent: the cases that are about it are listed as skipped. */
  readonly copies?: boolean;
  /** Acts that cannot be done on this host; cases that need one are listed as skipped. */
  readonly cannot: readonly (keyof OutOfBand)[];
  /**
   * What the contract lets a host lack; cases that ask for it are listed as skipped. `PowerReasons`: it does not tell why a
   * machine is off. `RunsWithoutDefinition`: one that runs cannot lose its definition. `CopiesAsQcow2`: copies of disks have another format. `SataBus`:
   * all disks are plugged into what there is. `PlugsWhilePaused`: volumes are plugged in while it runs or is off. Or hardware by the fields of drift (`devices[tpm]`): then `define` must refuse it as `Unsupported`.
   */
  readonly lacks?: readonly string[];
  /** How long a caller waits that is to wait in vain, in milliseconds: enough to send a call. Default 300. */
  readonly impatientMs?: number;
  /** For one case, with starting a guest in it. Default 30,000. */
  readonly caseTimeoutMs?: number;
  /** Called once, before all cases. */
  start(): Promise<Harness>;
}

export interface Harness {
  /** An active storage pool and network of the host. */
  readonly pool: string;
  readonly network: string;
  /** A disk in a pool of disks that exist already, as the units of an iSCSI target. The host says of none that it is larger. */
  readonly existing: DiskRef & { readonly capacityBytes: number };
  /** A pool whose disks are whole copies, as logical volumes are: none stands on a base or on another disk, and none is grown. */
  readonly copying?: string;
  /** Memory that the image boots with. */
  readonly memoryBytes: number;
  readonly image: BootableImage;
  readonly host: OutOfBand;
  /** A driver of its own for the host, not connected yet; the cases connect and close it. */
  open(): Driver;
  /** Called once, after all cases. */
  close(): Promise<void>;
}

/** A disk image that a guest of the host boots from and keeps running; the guest prints `BOOTED` on its first serial port. */
export interface BootableImage {
  readonly format: ImageFormat;
  /** The whole file; at most a few MiB. */
  readonly content: Uint8Array;
  readonly virtualSizeBytes: number;
}

/** Acts on the host by somebody else. Each is done, and can be seen through another connection, when its promise resolves. */
export interface OutOfBand {
  /** Makes a machine without our mark, off, with no disk; `machineId` is given where ids are `Chosen`. Returns its id. */
  makeForeignMachine(name: string, machineId?: string): Promise<string>;
  start(machineId: string): Promise<void>;
  pause(machineId: string): Promise<void>;
  unpause(machineId: string): Promise<void>;
  /** Cuts the power; off or gone already is fine (clean-up uses it). */
  destroy(machineId: string): Promise<void>;
  /** Takes the definition away, saved state with it; a running machine runs on without one. Gone already is fine. */
  undefine(machineId: string): Promise<void>;
  /** Gives the definition one CPU more; what runs is not changed. */
  addCpu(machineId: string): Promise<void>;
  /** The guest turns itself off. */
  guestShutdown(machineId: string): Promise<void>;
  /** The guest panics, and ends. */
  guestCrash(machineId: string): Promise<void>;
  /** An agent begins to answer in the running guest, which knows the user `root` and has no folder `/missing`. */
  startAgent(machineId: string): Promise<void>;
  /** An agent is there and does not answer any more. */
  hangAgent(machineId: string): Promise<void>;
  /** Begins a job on the machine that lasts until the returned function is called. */
  beginJob(machineId: string): Promise<() => Promise<void>>;
  /** The host's daemon starts anew; machines run on. Connections break. */
  restartDaemon(): Promise<void>;
  /** Every connection to the host breaks; new ones can be made. */
  breakConnections(): Promise<void>;
  /** The host keeps its connections and answers nothing, until the returned function is called. */
  stall(): Promise<() => Promise<void>>;
  /** Puts an empty disk of that size where the pool's disks lie, by other means than the hypervisor's, as whoever moves a machine by hand does. */
  copyDisk(disk: DiskRef, sizeBytes: number): Promise<void>;
  /** The first bytes of a disk as a guest would read them. */
  readDisk(disk: DiskRef, bytes: number): Promise<Uint8Array>;
  /** How many things in the pool have the text in their name: disks, images, and also what no verb would show. */
  traces(pool: string, text: string): Promise<number>;
}
