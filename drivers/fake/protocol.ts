/**
 * What the fake hypervisor and its clients say to each other: one JSON value a line, over a unix socket.
 *
 * A client first names its host (`hello`), then sends requests; each gets one reply with its id, in any order. Events
 * come unasked. A `control` line needs no hello: it steers the fake itself (hypervisor/control.ts), and can be typed:
 * `echo '{"control":{"do":"Stats"}}' | nc -U <socket>`.
 */
import type {
  BaseImage,
  CapturedBase,
  CaptureSpec,
  CopySpec,
  Disk,
  DiskRef,
  DiskSpec,
  HostFacts,
  ImageFormat,
  LocateQuery,
  MachineSize,
  MachineSpec,
  MachineState,
  MachineVolume,
  Merging,
  RunMark,
} from '../contract.ts';
import type { Hardware as AskedHardware } from '../hardware.ts';
import type { GuestReport } from '../guest.ts';
import type { Diagnostics } from '../insight.ts';
import type { Label } from '../labels.ts';
import type { OwnerMark, Target } from '../owner.ts';
import type { SwapSpec } from '../swap.ts';

/** Raised when a message changes its meaning; both ends refuse another one. */
export const PROTOCOL_VERSION = 1;
/** Longer lines end the connection. An observation of 10,000 machines is about 4 MiB. */
export const MAX_LINE_BYTES = 16 * 1024 * 1024;
/** Larger contents of disks are counted, not sent: nobody reads them on a fake host. */
export const MAX_SENT_CONTENT_BYTES = 1024 * 1024;

/** What a machine is made of. */
export type Hardware = Pick<MachineSpec, 'vcpus' | 'memoryBytes' | 'maximum' | 'disks' | 'volumes' | 'interfaces' | keyof AskedHardware>;

/** A machine as it is sent; the client makes the contract's `Machine` of it. */
export interface SentMachine {
  readonly state: MachineState;
  /** As the next start takes it. */
  readonly hardware: Hardware;
  /** As it runs; absent when it is off. */
  readonly running?: Hardware;
  /** Of one that runs: whether its agent has the channel open. */
  readonly guestAgent?: 'Connected' | 'Disconnected';
  /** By MAC; empty until the guest is up. */
  readonly addresses: Readonly<Record<string, readonly string[]>>;
}

/** What changed on the host since the observation `since` of the request; everything there is, when `complete`. */
export interface SentObservation {
  readonly bootId: string;
  /** To be given as `since` the next time. */
  readonly generation: number;
  readonly complete: boolean;
  readonly machines: readonly MachineState[];
  readonly removed: readonly string[];
}

export interface SentConsole {
  readonly text: string;
  readonly truncated: boolean;
}

export type StartedImport = { readonly importId: number } | { readonly complete: BaseImage };

/** `content`, packed as of `writeDisk`; absent where it was too long to be kept. */
export interface ExportedBase {
  readonly base: BaseImage;
  readonly content?: string;
}

interface OnMachine {
  readonly target: Target;
}
interface InPool {
  readonly pool: string;
  readonly key: string;
}

/** The verbs on the wire: what each is asked with, and what it answers. The names are the contract's where they can be. */
export interface Verbs {
  readonly facts: { readonly ask: object; readonly answer: HostFacts };
  readonly observe: { readonly ask: { readonly since: number }; readonly answer: SentObservation };
  readonly inspect: { readonly ask: { readonly machineId: string }; readonly answer: SentMachine | null };
  readonly locate: { readonly ask: LocateQuery; readonly answer: readonly SentMachine[] };
  readonly findBase: { readonly ask: InPool; readonly answer: BaseImage | null };
  /** Makes an incomplete base, unless a complete one is there: then no import is needed. */
  readonly beginImport: {
    readonly ask: InPool & { readonly format: ImageFormat; readonly sizeBytes?: number };
    readonly answer: StartedImport;
  };
  readonly importBase: {
    /** `content` as of `writeDisk`. */
    readonly ask: { readonly pool: string; readonly importId: number; readonly base: BaseImage; readonly content?: string };
    readonly answer: null;
  };
  readonly exportBase: { readonly ask: InPool; readonly answer: ExportedBase };
  readonly cancelImport: { readonly ask: InPool & { readonly importId: number }; readonly answer: null };
  readonly listBases: { readonly ask: { readonly pool: string; readonly keyPrefix: string }; readonly answer: readonly string[] };
  readonly deleteBase: { readonly ask: InPool; readonly answer: null };
  readonly copyToBase: { readonly ask: CopySpec; readonly answer: BaseImage };
  readonly captureBase: {
    readonly ask: OnMachine & InPool & Pick<CaptureSpec, 'disk' | 'quiesce'> & { readonly off: boolean };
    readonly answer: CapturedBase;
  };
  readonly endCapture: { readonly ask: OnMachine & InPool; readonly answer: null };
  readonly createDisk: { readonly ask: DiskSpec; readonly answer: null };
  /** `content` is base64 of the content deflated (small disks are mostly zeros), and absent where it is longer than `MAX_SENT_CONTENT_BYTES`. */
  readonly writeDisk: { readonly ask: DiskRef & { readonly sizeBytes: number; readonly content?: string }; readonly answer: null };
  readonly listDisks: {
    readonly ask: { readonly pools: readonly string[]; readonly namePrefix: string };
    readonly answer: readonly Disk[];
  };
  readonly deleteDisk: { readonly ask: DiskRef; readonly answer: null };
  readonly define: { readonly ask: MachineSpec; readonly answer: { readonly machineId: string } };
  readonly setMark: { readonly ask: OnMachine & { readonly mark: OwnerMark }; readonly answer: null };
  readonly adopt: { readonly ask: { readonly machineId: string; readonly mark: OwnerMark }; readonly answer: null };
  readonly undefine: { readonly ask: OnMachine; readonly answer: null };
  readonly startPaused: { readonly ask: OnMachine & { readonly run: RunMark }; readonly answer: null };
  readonly applyFilters: { readonly ask: OnMachine; readonly answer: null };
  readonly unpause: { readonly ask: OnMachine; readonly answer: null };
  readonly signalShutdown: { readonly ask: OnMachine; readonly answer: null };
  readonly powerOff: { readonly ask: OnMachine; readonly answer: null };
  readonly pause: { readonly ask: OnMachine; readonly answer: null };
  readonly injectNmi: { readonly ask: OnMachine; readonly answer: null };
  readonly suspendToDisk: { readonly ask: OnMachine; readonly answer: null };
  readonly restoreFromDisk: { readonly ask: OnMachine; readonly answer: null };
  readonly discardSavedState: { readonly ask: OnMachine; readonly answer: null };
  readonly updateLive: {
    readonly ask: OnMachine & { readonly wanted: MachineSpec; readonly fields: readonly string[] };
    readonly answer: null;
  };
  readonly resizeLive: { readonly ask: OnMachine & { readonly size: MachineSize }; readonly answer: null };
  readonly attachVolume: { readonly ask: OnMachine & { readonly volume: MachineVolume }; readonly answer: null };
  readonly swapVolume: { readonly ask: OnMachine & { readonly volume: SwapSpec['to']; readonly sizeBytes: number }; readonly answer: null };
  readonly endSwap: { readonly ask: OnMachine & { readonly id: string }; readonly answer: null };
  readonly detachVolume: { readonly ask: OnMachine & { readonly id: string }; readonly answer: null };
  readonly mergeDisk: { readonly ask: OnMachine & { readonly disk: DiskRef }; readonly answer: Merging };
  readonly growDisk: { readonly ask: DiskRef & { readonly sizeBytes: number }; readonly answer: null };
  readonly diskUsers: { readonly ask: DiskRef; readonly answer: readonly string[] };
  readonly readGuest: { readonly ask: { readonly machineId: string }; readonly answer: GuestReport };
  /** The password itself is not sent: a fake guest lets nobody in. */
  readonly setGuestPassword: { readonly ask: OnMachine & { readonly user: string }; readonly answer: null };
  readonly writeGuestFile: {
    readonly ask: OnMachine & { readonly path: string; readonly sizeBytes: number; readonly mode?: string };
    readonly answer: null;
  };
  readonly readDiagnostics: { readonly ask: { readonly machineId: string }; readonly answer: Diagnostics };
  readonly readConsoleLog: { readonly ask: { readonly machineId: string; readonly maxBytes: number }; readonly answer: SentConsole };
  /** Base64 of a picture in format PPM. */
  readonly takeScreenshot: { readonly ask: { readonly machineId: string }; readonly answer: string };
  readonly freezeGuest: { readonly ask: OnMachine; readonly answer: null };
  readonly resetGuestNetwork: { readonly ask: OnMachine; readonly answer: null };
  readonly thawGuest: { readonly ask: OnMachine; readonly answer: null };
}
export type Verb = keyof Verbs;
export type Ask<V extends Verb> = Verbs[V]['ask'];
export type Answer<V extends Verb> = Verbs[V]['answer'];

export type ClientMessage =
  | { readonly hello: number; readonly host: string }
  | { readonly id: number; readonly verb: string; readonly args: unknown }
  | { readonly control: unknown };

export type ServerMessage =
  | { readonly welcome: number }
  /** The last word before the server closes the connection. */
  | { readonly goodbye: string }
  | { readonly id: number; readonly ok: unknown }
  | { readonly id: number; readonly error: SentError }
  | { readonly event: SentEvent }
  | { readonly control: unknown }
  | { readonly controlError: string };

export interface SentError {
  readonly label: Label;
  readonly reason: string;
  readonly message: string;
}

export type SentEvent =
  | { readonly kind: 'Machine'; readonly machineId: string; readonly change: 'Power' | 'Definition' | 'Removed' }
  | { readonly kind: 'Facts' };
