/**
 * What a driver is: one hypervisor host behind verbs in the hypervisor's own idea of a machine.
 *
 * A driver does what it is told and never decides. Inputs are small plain records made by the planner, never custom
 * resources. Rules that hold for every verb:
 *
 * - **Idempotent.** Destroying what is gone, stopping what is stopped and defining what is defined succeed.
 * - **Bounded.** Every verb takes a `Call`. Abort and deadline stop the waiting, not the work: a mutating verb that
 *   timed out rejects with label `Unknown`, and the caller looks again before it touches that machine; a reading one
 *   rejects with `HostUnreachable`. An aborted verb rejects with `Unknown`, reason `Aborted`.
 * - **Owned.** Verbs that change a machine take a `Target` and read the owner mark on the machine itself first; another
 *   owner is `Conflict` with reason `NotOurs`, and nothing is done.
 * - **Labelled.** Failures are `DriverError`s (labels.ts); an unsupported verb rejects with `Unsupported`. A machine
 *   that is gone is done for the verbs that end something (signalShutdown, powerOff, discardSavedState, undefine), and
 *   `NotFound` for the others; a power state that a verb cannot start from is `Conflict`.
 * - **Cheap at rest.** `observe` is one bulk call to the host, whatever the number of machines.
 *
 * `conformance/` holds the same rules as cases in data; every driver passes all of it.
 */
import type { HostFacts } from './facts.ts';
import type { Insight } from './insight.ts';
import type { GuestFile, GuestNetwork, GuestPassword, GuestReport } from './guest.ts';
import type { OwnerMark, Target } from './owner.ts';
import type { MachineSpec } from './machine-spec.ts';
import type { MachineSize } from './size.ts';
import type { SwapVerbs } from './swap.ts';
import type {
  BaseImage,
  BaseImageSpec,
  CaptureSpec,
  CapturedBase,
  CopySpec,
  Disk,
  DiskQuery,
  DiskRef,
  DiskSpec,
  GrownDisk,
  HostSecret,
  ImageFormat,
  MachineDisk,
  MachineVolume,
  Merging,
  PluggedVolume,
  Sink,
} from './storage.ts';

export type * from './facts.ts';
export type * from './machine-spec.ts';
export type * from './size.ts';
export type * from './storage.ts';
export type * from './swap.ts';

/** How long a caller waits, and when it stops waiting. `timeoutMs` is counted from the call. */
export interface Call {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** What not every hypervisor can do. A verb whose capability is missing rejects with `Unsupported`. */
export type Capability =
  | 'ShutdownSignal'
  | 'Pause'
  | 'SuspendToDisk'
  | 'ConsoleLog'
  | 'Screenshot'
  | 'LiveUpdate'
  | 'LiveResize'
  | 'PacketFilters'
  | 'Nmi'
  | 'GuestAgent'
  | 'LiveCapture'
  | 'MergeDisks'
  | 'LiveSwap'
  | 'Encryption';

export interface Driver extends Insight, GuestNetwork, SwapVerbs {
  readonly kind: string;
  readonly capabilities: ReadonlySet<Capability>;
  /** Image formats the host can boot from, best first. */
  readonly imageFormats: readonly ImageFormat[];

  /** Connects where there is no connection, checks minimum versions, reads the facts and every definition. Never reconnects by itself. */
  connect(call: Call): Promise<HostFacts>;
  /** Releases the connection; running calls reject with `HostUnreachable`. */
  close(): Promise<void>;
  /** Hints that something changed; may be lost or doubled. Returns the way to stop listening. */
  onEvent(listener: (event: HostEvent) => void): () => void;

  /** State of all machines, ours and others', in one bulk call. Marks are those of the last reading of each definition; an unknown machine's is read. */
  observe(call: Call): Promise<HostObservation>;
  /** One machine, read afresh with its definition; undefined when the host says it does not exist. */
  inspect(machineId: string, call: Call): Promise<Machine | undefined>;
  /**
   * Every machine that answers to one of the given identities, read afresh: what is asked before any create. `clusterId`
   * alone is no identity: it narrows `namespacedName` to the marks of that cluster.
   */
  locate(query: LocateQuery, call: Call): Promise<readonly Machine[]>;

  /** The base image under this key, if it is complete (its marker exists). */
  findBase(pool: string, key: string, call: Call): Promise<BaseImage | undefined>;
  /**
   * Streams `content` into a new base image. When the content ends well the marker is written and the base counts; when
   * it throws (checksum, format, source gone), or on abort, what was made is removed. An unmarked left-over of the same
   * key is replaced; a complete base is kept and returned, and the content is not read. Where it would fill the pool, as far
   * as that is known beforehand, nothing is begun: `InsufficientCapacity`, reason `OutOfSpace`.
   */
  importBase(base: BaseImageSpec, content: AsyncIterable<Uint8Array>, call: Call): Promise<BaseImage>;
  /**
   * Hands the file of a complete base to `sink`, in order, and resolves with what it is. A sink that rejects ends it, and is
   * what it rejects with; one that is slow holds up nothing else that is asked of the host. No complete base: `NotFound`.
   */
  exportBase(pool: string, key: string, sink: Sink, call: Call): Promise<BaseImage>;
  /** Keys that begin so of the base images in a pool, complete or not, as far as the host knows of them; in no order. */
  listBases(pool: string, keyPrefix: string, call: Call): Promise<readonly string[]>;
  /** Complete or not; the marker goes first. One that a disk stands on is kept: `Conflict`, reason `BaseInUse`. */
  deleteBase(pool: string, key: string, call: Call): Promise<void>;
  /**
   * Copies what a disk of the machine holds at one moment into a new base image that stands alone (format `qcow2` where the
   * host has it); the machine goes on, on the disks it has. Of one that runs or is paused the moment is when the copy begins
   * (capability `LiveCapture`); one that is off must stay off until the end: started meanwhile, it is `Conflict`, reason
   * `StartedMeanwhile`. As of an import: a complete base is kept and returned, an unmarked left-over is replaced, and a job
   * of the host that still writes it is ended first; when it fails, or on abort, what was made is removed. Nothing is begun
   * that would fill the pool.
   */
  captureBase(target: Target, capture: CaptureSpec, call: Call): Promise<CapturedBase>;
  /**
   * As `captureBase`, of a disk that no machine has: one that a machine has is `Conflict`, reason `DiskInUse`, also when it is
   * given it meanwhile. No such disk: `NotFound`, reason `DiskNotFound`.
   */
  copyToBase(copy: CopySpec, call: Call): Promise<BaseImage>;
  /** Ends what the host still does for a capture into this base, and lets go of file systems that it holds. What was made stays. No such job, or no machine: done. */
  endCapture(target: Target, pool: string, key: string, call: Call): Promise<void>;

  /**
   * Makes a disk: empty, on a base, or from another disk; one of the same name, size and origin is kept as it is. Missing
   * origin: `NotFound`. In a pool of existing disks nothing is made, grown or removed (`Unsupported`, reason `PoolTypeUnsupported`).
   */
  createDisk(disk: DiskSpec, call: Call): Promise<void>;
  /** Makes or replaces a small disk with exactly this content (config drive, at most 64 MiB). */
  writeDisk(disk: DiskRef, content: Uint8Array, call: Call): Promise<void>;
  /**
   * Of the pools named, every disk whose name starts with the prefix. An unknown pool is `NotFound`; one of no use (`unfit`)
   * has none. What is `expected` and not known of is looked for in the pools
   * themselves before it is left out; a host that cannot look just now rejects.
   */
  listDisks(query: DiskQuery, call: Call): Promise<readonly Disk[]>;
  /** One that another disk was made from goes after that one, or after its merging: `Conflict`, reason `DiskInUse`. */
  deleteDisk(disk: DiskRef, call: Call): Promise<void>;
  /**
   * Has a disk of a machine that runs take in what it stands on of the disks that it was made from, while the guest goes on: a
   * job of the host, which each call begins, or asks. It may end at any moment (the machine goes off, or another verb needs the
   * disk) and leaves the disk what it was. Nothing of that kind below it: `Done`, off or not. Off: `Conflict`, reason `IsStopped`
   * and the like. Not a disk of the machine: `NotFound`.
   */
  mergeDisk(target: Target, disk: DiskRef, call: Call): Promise<Merging>;

  /**
   * Makes the machine, or brings the definition of the one with our mark in line (what runs goes on as it is); it is not
   * started. The mark becomes `owner`; a `runId` and `bootHash` that `owner` does not name are kept, as long as the role
   * stays: a machine that becomes `rescue`, or `main` again, has never run as that. A machine of that name or id without our
   * mark: `Conflict`, reason `InstanceExists`. Hardware that the host cannot give is `Unsupported` with a reason that ends so
   * (`TPMUnsupported`), and nothing is done.
   */
  define(machine: MachineSpec, call: Call): Promise<{ readonly machineId: string }>;
  /** Replaces the whole owner mark (retain, adopt); `target` is the owner that must be found there now. This very mark there already: nothing is done. */
  setMark(target: Target, mark: OwnerMark, call: Call): Promise<void>;
  /**
   * Marks a machine that has no mark, or one that was let go (role `retained`), and changes nothing else of it. This very mark
   * there already: nothing is done. Any other mark: `Conflict`, reason `NotOurs`.
   */
  adopt(machineId: string, mark: OwnerMark, call: Call): Promise<void>;
  /** Removes the definition and all that hangs on it: saved state, snapshot metadata, NVRAM, TPM state. Refuses a running machine (`Conflict`). Disks stay. */
  undefine(target: Target, call: Call): Promise<void>;

  /** Starts the machine with its CPUs stopped and records the run in its mark (with `STARTING`, owner.ts, where that takes two calls). Running or paused already: nothing is done. Suspended: `Conflict`. */
  startPaused(target: Target, run: RunMark, call: Call): Promise<void>;
  /** Packet filters of every interface, in force before the guest runs. Without capability `PacketFilters` there are none to apply: succeeds. */
  applyFilters(target: Target, call: Call): Promise<void>;
  unpause(target: Target, call: Call): Promise<void>;
  /** Sends one shutdown signal and returns; the guest may ignore it. */
  signalShutdown(target: Target, call: Call): Promise<void>;
  /** Hard power off; waits until the machine is really off. A saved state stays. */
  powerOff(target: Target, call: Call): Promise<void>;
  pause(target: Target, call: Call): Promise<void>;
  /**
   * Sends a running guest one non-maskable interrupt and returns; most crash on it, and some dump their memory first. The
   * one verb that is not idempotent: a second one reaches the guest like the first.
   */
  injectNmi(target: Target, call: Call): Promise<void>;
  suspendToDisk(target: Target, call: Call): Promise<void>;
  /** Starts a machine from its saved state. Running or paused already: nothing is done. Nothing saved: `Conflict`; it is never booted instead. */
  restoreFromDisk(target: Target, call: Call): Promise<void>;
  discardSavedState(target: Target, call: Call): Promise<void>;

  /*
   * The guest verbs talk to the agent in a running guest. There may be none, and it may hang: then they reject with
   * `Transient`, reason `AgentNotAvailable` or `AgentNotResponding` (guest.ts), within their time, and nobody else waits for
   * it: neither `observe` nor any other verb. What the agent has no command for is `Unsupported`; what it refuses is
   * `InvalidSpec`, reason `GuestRefused`. A machine that does not run is `Conflict`.
   */

  /** What the agent tells. Asks the guest, so it is for now and then, and for no tick. */
  readGuest(machineId: string, call: Call): Promise<GuestReport>;
  /** No failure repeats the password, nor any words of the guest, which may. */
  setGuestPassword(target: Target, password: GuestPassword, call: Call): Promise<void>;
  /** The permissions are set before the content is written. Cut off, it leaves part of the file: the next attempt writes it anew. */
  writeGuestFile(target: Target, file: GuestFile, call: Call): Promise<void>;
  /** Holds back all writes of the guest to its file systems, until they are thawed. Frozen already: nothing is done. */
  freezeGuest(target: Target, call: Call): Promise<void>;
  /** Nothing frozen, off, or gone: nothing is done. */
  thawGuest(target: Target, call: Call): Promise<void>;

  /**
   * How the machine differs from what it should be; the host's own additions are not drift. Pure: compares with the
   * definition in `machine`. `Boot` drift is of what the next start takes: `define` ends it, and what the present run
   * was started for is told by the mark's `bootHash`. `Live` drift is also of what runs.
   */
  drift(wanted: MachineSpec, machine: Machine): readonly Drift[];
  /**
   * Applies the drifts of effect `Live` to a running machine and its definition. Each is tried: a card that the guest still
   * holds after some seconds is `Conflict`, reason `NotReleased`, once all else is done; it may let go later, or never.
   */
  updateLive(target: Target, wanted: MachineSpec, drifts: readonly Drift[], call: Call): Promise<void>;
  /** Gives a running machine that size, and its definition; the rules are with `MachineSize` (size.ts). */
  resizeLive(target: Target, size: MachineSize, call: Call): Promise<void>;

  /**
   * Plugs a volume into the definition, and into what runs. There already: nothing is done. No such disk: `NotFound`,
   * reason `DiskNotFound`; one that another machine has, ours or not, and that is not `shared`: `Conflict`, reason `DiskInUse`. Refused while suspended
   * (`Conflict`).
   */
  attachVolume(target: Target, volume: MachineVolume, call: Call): Promise<void>;
  /**
   * Takes a volume out of the definition, and asks a running guest to let go of it. Resolves when it is gone, from the
   * machine or with it. A guest that still holds it after some seconds: `Conflict`, reason `NotReleased`; it may let go
   * later, which is told as `Definition`, or never.
   */
  detachVolume(target: Target, id: string, call: Call): Promise<void>;
  /**
   * Makes a disk larger; one that is as large already is kept. `user` is the machine that may have it: while that runs with
   * it, its guest sees the disk grow. Missing disk: `NotFound`. One made raw in which a guest has written what is taken for
   * another format: `Conflict`, reason `ForeignHeader`, unless it runs with it. Where the host has no way to: `Unsupported`.
   */
  growDisk(disk: GrownDisk, sizeBytes: number, user: Target | undefined, call: Call): Promise<void>;
  /** Has the host keep a secret, or another value for it. No verb gives a value back. */
  keepSecret(secret: HostSecret, call: Call): Promise<void>;
  forgetSecret(id: string, call: Call): Promise<void>;
  /** Names of all machines on the host, ours and others', that have the disk, in their definition or as they run. */
  diskUsers(disk: DiskRef, call: Call): Promise<readonly string[]>;
}

/** Opens one host; made per Hypervisor object. Throws `InvalidSpec` on a configuration that can never work. */
export type DriverFactory<Config> = (config: Config) => Driver;

export interface HostObservation {
  readonly bootId: string;
  readonly machines: readonly MachineState[];
}

export type Power = 'Running' | 'Stopped' | 'Paused' | 'Suspended' | 'Unknown';

/** One machine as `observe` sees it. */
export interface MachineState {
  readonly machineId: string;
  readonly name: string;
  readonly power: Power;
  /**
   * Why, in this vocabulary where it applies: `Requested`, `GuestShutdown`, `Crashed`, `Destroyed`, `StartFailed`,
   * `FromSnapshot`, `Migrated`, `Saved`, `User`, `IOError`, `Watchdog`, `Migration`, `Starting`, `PostCopyFailed`, ...;
   * otherwise the host's own word. `Unknown`: the host does not know, or forgot.
   */
  readonly powerReason: string;
  /** Absent: not ours, and never to be touched. */
  readonly owner?: OwnerMark;
  /** A job (migration, save, dump, block copy) runs on it: nothing is changed until it ends. */
  readonly busy: boolean;
  /** False: runs, but its definition is gone (somebody undefined it); `define` brings it back without a restart. */
  readonly persistent: boolean;
}

/** One machine read afresh, definition and all. */
export interface Machine extends MachineState {
  readonly vcpus: number;
  readonly memoryBytes: number;
  /** What it can be given while it runs, or while it will; absent: no more than it has. */
  readonly maximum?: MachineSize;
  /** Its own; volumes are apart. */
  readonly disks: readonly MachineDisk[];
  /** Absent: none. */
  readonly volumes?: readonly PluggedVolume[];
  readonly interfaces: readonly ObservedInterface[];
  /** Whether an agent in the guest holds the channel open that is there for it; absent: there is none, or it does not run. */
  readonly guestAgent?: 'Connected' | 'Disconnected';
  /** The hypervisor's own definition, opaque: only the driver that made it reads it. */
  readonly definition: string;
}

export interface ObservedInterface {
  readonly mac: string;
  readonly addresses: readonly string[];
}

export interface LocateQuery {
  readonly machineIds: readonly string[];
  readonly name?: string;
  readonly clusterId?: string;
  readonly namespacedName?: { readonly namespace: string; readonly name: string };
}

export type HostEvent =
  | { readonly kind: 'Machine'; readonly machineId: string; readonly change: 'Power' | 'Definition' | 'Removed' }
  | { readonly kind: 'Facts' }
  | { readonly kind: 'Disconnected'; readonly error: Error };

export interface RunMark {
  readonly runId: string;
  readonly bootHash: string;
}

export interface Drift {
  /** What differs, in words of `MachineSpec`: `vcpus`, `memory`, `interfaces[eth0].source`, `disks[root]`, `devices[tpm]`, `owner`, ... */
  readonly field: string;
  readonly effect: 'Live' | 'Boot';
  readonly wanted: string;
  readonly found: string;
}
