/**
 * The words the planners share: the world they decide on, and the four answers they may give.
 *
 * Everything here is data. Times are epoch milliseconds; `now` is a fact of the observation like any other.
 */

import type { DesiredResize, RecordedResize, ResizeStep, Reverted } from './resize/types.ts';
import type { DesiredLive, LiveResizeStep, RunningMachineSize } from './live-resize.ts';
import type { GuestAgentMode } from '../../../crds/vocabulary.ts';
import type { ActionOutcome, AskedAction, RecordedAction } from './actions/types.ts';

export type * from './actions/types.ts';
import type { VolumeFacts } from './volume-types.ts';
export type * from './volume-types.ts';
import type { DesiredShelf, RecordedLifecycle, Shelf, ShelveStep } from './shelve/types.ts';
import type { Elsewhere, ObservedHost, Twin } from './twin-types.ts';
import type { PowerOff, Restarts, Run } from './run-types.ts';
import type { AskedRescue, RecordedRescue, RescueEnd } from './rescue-types.ts';

export type * from './rescue-types.ts';
export type * from './run-types.ts';
export type * from './twin-types.ts';

export type PowerState = 'Running' | 'Stopped' | 'Paused' | 'Suspended';
export type RestartPolicy = 'Always' | 'OnCrash' | 'Never';
export type ReconcilePolicy = 'Reconcile' | 'EnsureExists' | 'WatchOnly' | 'DryRun' | 'Disabled';
export type DeletionPolicy = 'Delete' | 'Retain' | 'Abandon';

/** All that is known when a pass decides. Built by `observe.ts`; planners read it and nothing else. */
export interface World {
  readonly now: number;
  readonly identity: Identity;
  /** The object is being deleted. */
  readonly deleting: boolean;
  /** Our finalizer is on the object. */
  readonly finalizer: boolean;
  /** It was begun, and status does not say where, or that it was nowhere. */
  readonly statusLost: boolean;
  readonly desired: Desired;
  /** What the spec names and is not there. */
  readonly missing: readonly MissingReference[];
  readonly record: Recorded;
  /** The host that status names; undefined when it names none. */
  readonly host: ObservedHost | undefined;
  /** What that host says of our machine. */
  readonly machine: MachineReading;
  readonly elsewhere: Elsewhere;
  readonly looked: Looked;
  /** Those that the spec asks for, and those that the machine has not let go of. */
  readonly volumes: readonly VolumeFacts[];
  /** The accepted InstanceAction that is being carried out, or comes next: they are done one at a time, the oldest first. */
  readonly action: AskedAction | undefined;
  readonly shelf: Shelf;
  /** A disk stands on those of earlier sizes, as far as this process knows, on a host that can merge them. */
  readonly layered: boolean;
  /** As far as this process knows there may be config drives that the definition does not name. */
  readonly oldDrives: boolean;
}

export interface Identity {
  readonly clusterId: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** The spec with every absence filled in. */
export interface Desired {
  readonly powerState: PowerState;
  readonly restartPolicy: RestartPolicy;
  readonly reconcilePolicy: ReconcilePolicy;
  readonly deletionPolicy: DeletionPolicy;
  readonly deletionProtection: boolean;
  /** Why nothing may be changed; undefined: it may. */
  readonly lock: string | undefined;
  /** Undefined: the agent in the guest is asked where an action needs it, and else not. */
  readonly guestAgent: GuestAgentMode | undefined;
  /** 0: hard at once; also where the host cannot signal a guest. */
  readonly shutdownTimeoutMs: number;
  /** Undefined: the root disk is a Volume. */
  readonly imageName: string | undefined;
  /** The root disk is a Volume; undefined: it is made from an image. */
  readonly rootVolume: { /** With the Instance. */ readonly isDeleted: boolean } | undefined;
  readonly flavorName: string;
  /** How another flavor is resized to; undefined: it is left for the next start. */
  readonly resize: DesiredResize | undefined;
  /** What of the spec can be met while a guest runs; undefined: nothing. */
  readonly live: DesiredLive | undefined;
  /** The flavor asks for more disks than the root disk. */
  readonly extraDisks: boolean;
  /** The only host it may be built on. */
  readonly pinnedTo: string | undefined;
  readonly adoptMachineId: string | undefined;
  /** Hash of what takes effect at boot; undefined while something it depends on is missing. */
  readonly bootHash: string | undefined;
  /** Why no guest can be given what the spec asks; undefined: nothing is in the way. */
  readonly refused: Refusal | undefined;
  /** Fingerprint of what an unfinished machine is being made from: image, sizes, pool; undefined while something is missing. */
  readonly makings: string | undefined;
  /** Put away; undefined: in use. */
  readonly softDeleted: { /** Undefined: kept without end. */ readonly reclaimAfterMs: number | undefined } | undefined;
  readonly shelved: DesiredShelf | undefined;
  /** Run from a rescue disk; undefined: from its own. */
  readonly rescue: AskedRescue | undefined;
}

/** What is in the way until a person changes something, and what to do about it. */
export interface Refusal {
  readonly reason: string;
  readonly message: string;
}

export interface MissingReference {
  readonly kind: 'Flavor' | 'Image' | 'Network' | 'HostNetwork' | 'Pool' | 'Volume' | 'RootVolume';
  /** For the condition: `FlavorNotFound`. */
  readonly reason: string;
  /** What the wait ends with, for people: `Flavor tiny exists`. */
  readonly until: string;
  /** The machine is not made to it: what it runs with is something else. Absent: it is, or there is no machine. */
  readonly unmet?: boolean;
}

/** What status recorded in earlier passes. */
export interface Recorded {
  readonly hypervisorName: string | undefined;
  /** Set once the machine has been made and seen: from then on a missing machine is a lost one. */
  readonly machineId: string | undefined;
  readonly origin: 'Created' | 'Adopted';
  /** The image it was made from. */
  readonly imageName: string | undefined;
  /** `Desired.makings` at the time of the claim. */
  readonly makings: string | undefined;
  readonly powerOff: PowerOff | undefined;
  readonly restarts: Restarts | undefined;
  readonly run: Run | undefined;
  /** When the guest was first asked to shut down in this run, and how often since; 0: that was withdrawn. */
  readonly shutdown: { readonly startedAt: number; readonly signals: number } | undefined;
  /** The operation under way failed, in this generation. */
  readonly failure: Failure | undefined;
  /** Of which run the file systems are frozen, or may be, and when they are to be thawed. */
  readonly frozen: { readonly runId: string; readonly until: number } | undefined;
  /** The action that is under way, or was last. */
  readonly action: RecordedAction | undefined;
  /** The flavor that the machine has; undefined: there is none yet. */
  readonly flavorName: string | undefined;
  readonly resize: RecordedResize | undefined;
  /** The rescue that is under way, or that is over though still asked for. */
  readonly rescue: RecordedRescue | undefined;
  /** Since when it is put away, and whether nothing is left of it. */
  readonly lifecycle: RecordedLifecycle | undefined;
}

export interface Failure {
  readonly operation: Operation;
  /** The step that failed last. */
  readonly step?: string | undefined;
  /** Label of the error (drivers/labels.ts). */
  readonly label: string;
  readonly reason: string;
  readonly message: string;
  readonly at: number;
  /** Attempts made so far, at least 1. */
  readonly attempts: number;
  /** Hosts on which this operation failed. */
  readonly failedOn: readonly string[];
}

export type MachineReading =
  /** No observation of the host is newer than what we last did to the machine. */
  | { readonly kind: 'NotObserved' }
  /** Not on the host; `readings` counts the consistent observations in a row, at least 1. */
  | { readonly kind: 'Absent'; readonly readings: number }
  /** A machine of our id without our mark. `adoptable`: it is nobody's, and its Hypervisor lists it for our namespace. */
  | {
      readonly kind: 'NotOurs';
      readonly machineId: string;
      readonly mark: 'None' | 'Retained' | 'Namesake' | 'Other';
      readonly adoptable?: true;
    }
  | { readonly kind: 'Present'; readonly machine: ObservedMachine };

export interface ObservedMachine {
  readonly machineId: string;
  readonly power: PowerState | 'Unknown';
  /** As the host says it; `Unknown` when it does not know, or forgot. Vocabulary: drivers/contract.ts. */
  readonly powerReason: string;
  /** Of the last start; undefined: it was never started. */
  readonly runId: string | undefined;
  readonly bootHash: string | undefined;
  readonly busy: boolean;
  readonly persistent: boolean;
  /** Name of the root disk that its definition names, empty where it has none; absent: that was not read in this pass. */
  readonly root?: string;
  /** Fields that differ from the spec and can be changed while it runs. */
  readonly liveDrift: readonly string[];
  /** Of its CPUs and memory; absent: not read in this pass. */
  readonly size?: RunningMachineSize;
  /** What it is defined as. */
  readonly role: 'main' | 'rescue';
}

/** What this very pass asked a host or the API for, because a plan said so. Never kept from one pass to the next. */
export interface Looked {
  /** The chosen host and the last known one, asked afresh; undefined: not asked. */
  readonly twins: readonly Twin[] | undefined;
  /** Names of the disks made for this Instance that exist; undefined: not asked. */
  readonly disks: { readonly rootExists: boolean } | undefined;
  readonly secret:
    | { readonly kind: 'NotNeeded' | 'NotAsked' | 'Read' }
    /** One is missing, or no guest could take what is in it. */
    | { readonly kind: 'Unfit'; readonly reason: string; readonly until: string; readonly retryAt: number };
  /** Whether all that a rescue system is made from is there; undefined: not asked. */
  readonly rescue:
    | { readonly kind: 'Ready' }
    /** `after`: when to look again at the latest; absent: some change wakes us. */
    | { readonly kind: 'NotReady'; readonly reason: string; readonly until: string; readonly after?: number | undefined }
    | undefined;
}

export type Operation =
  | 'Spawn'
  | 'Adopt'
  | 'Follow'
  | 'Redefine'
  | 'Start'
  | 'Stop'
  | 'Pause'
  | 'Resume'
  | 'Suspend'
  | 'Update'
  | 'ResizeLive'
  | 'ChangeVolumes'
  | 'Delete'
  | 'Protect'
  | 'Look'
  | 'BeginAction'
  | 'EndAction'
  | 'Reboot'
  | 'Rebuild'
  | 'Restore'
  | 'Tidy'
  | 'CrashDump'
  | 'Resize'
  | 'RevertResize'
  | 'ConfirmResize'
  | 'SetPassword'
  | 'InjectFile'
  | 'InjectNetworkInfo'
  | 'InjectMetadata'
  | 'ResetNetwork'
  | 'Freeze'
  | 'Thaw'
  | 'ThawOverdue'
  | 'Snapshot'
  | 'EndCopy'
  | 'SwapVolume'
  | 'Rescue'
  | 'Unrescue'
  | 'EndRescue'
  | 'Reclaim'
  | 'Offload';

/** Steps by name; `steps/` says what each does. The first group only reads. */
export type StepName =
  | 'look-for-twins'
  | 'look-for-disks'
  | 'read-secrets'
  | 'add-finalizer'
  | 'claim'
  | 'claim-machine'
  | 'follow'
  | 'remove-leftovers'
  | 'ensure-base'
  | 'create-root-disk'
  | 'find-root-volume'
  | 'create-extra-disks'
  | 'write-config-drive'
  | 'define'
  | 'adopt-mark'
  | 'start-paused'
  | 'apply-filters'
  | 'unpause'
  | 'signal-shutdown'
  | 'power-off'
  | 'pause'
  | 'suspend-to-disk'
  | 'restore-from-disk'
  | 'discard-saved-state'
  | 'update-live'
  | 'plug-volumes'
  | 'undefine'
  | 'prove-gone'
  | 'delete-disks'
  | 'retain'
  | 'delete-root-volume'
  | 'remove-finalizer'
  | 'begin-action'
  | 'end-action'
  | 'record-disks'
  | 'remove-unused-disks'
  | 'inject-nmi'
  | 'capture'
  | 'end-capture'
  | 'swap-volume'
  | 'end-swap'
  | ResizeStep
  | LiveResizeStep
  | ShelveStep
  | 'set-guest-password'
  | 'write-guest-file'
  | 'write-network-info'
  | 'write-metadata'
  | 'reset-network'
  | 'record-freeze'
  | 'freeze-guest'
  | 'thaw-guest'
  | 'thaw-overdue'
  | 'look-for-rescue'
  | 'begin-rescue'
  | 'create-rescue-disk'
  | 'enter-rescue'
  | 'leave-rescue'
  | 'delete-rescue-disks'
  | 'end-rescue'
  | 'end-reclaim';

/** What to do next. Exactly one of four answers; callers switch over `kind` and the compiler checks that none is missed. */
export type Plan = Settled | Steps | Wait | Blocked;

export interface Settled {
  readonly kind: 'Settled';
  readonly reason: string;
  readonly message?: string;
  /** When this ends by itself; absent: it does not. */
  readonly until?: number;
  /** What goes on meanwhile, and changes nothing of it; absent: nothing. */
  readonly beside?: 'Merge' | 'RemoveOldDrives';
}

export interface Steps {
  readonly kind: 'Steps';
  readonly operation: Operation;
  readonly steps: readonly StepName[];
  /** What status is to say of restarts once this start was made. */
  readonly restarts?: Restarts;
  /** Where a machine was found: for `follow` and the adoption. */
  readonly twin?: Twin;
  /** Id that the run is to get, where an action asked for it; absent: a new one. */
  readonly runId?: string;
  /** How long the guest has to shut down, where that is not what the spec says. */
  readonly patienceMs?: number;
  /** What is to be plugged in or out: for `plug-volumes`. */
  readonly volumes?: readonly VolumeFacts[];
  /** Nothing of this was tried before: it does not wait for what failed. */
  readonly firstAttempt?: true;
  /** How long file systems stay frozen: for `record-freeze`. */
  readonly freezeMs?: number;
  /** What came of an action: for `end-action`. */
  readonly outcome?: ActionOutcome;
  /** Why a resize is taken back: for `begin-revert`. */
  readonly why?: Reverted;
  /** Why a rescue is over that is still asked for: for `end-rescue`; absent: it is not asked for any more. */
  readonly rescueEnd?: RescueEnd;
}

export interface Wait {
  readonly kind: 'Wait';
  readonly reason: string;
  /** What the wait ends with, for people. */
  readonly until: string;
  /** When to look again at the latest; absent: some change wakes us. */
  readonly after?: number;
  /** Over soon, and nothing to tell: what status says stands until then. */
  readonly quiet?: true;
  /** The machine's definition is wanted before anything is decided. */
  readonly needsDefinition?: true;
  /** What would be done, were it allowed. */
  readonly withheld?: Steps;
}

export interface Blocked {
  readonly kind: 'Blocked';
  readonly reason: string;
  /** What to do about it, for people. */
  readonly message: string;
}

export const settled = (reason: string, message?: string): Settled =>
  message === undefined ? { kind: 'Settled', reason } : { kind: 'Settled', reason, message };
export const steps = (operation: Operation, ...names: readonly StepName[]): Steps => ({ kind: 'Steps', operation, steps: names });
export const wait = (reason: string, until: string, after?: number): Wait =>
  after === undefined ? { kind: 'Wait', reason, until } : { kind: 'Wait', reason, until, after };
/** Until the host has been observed: what is known is too old to decide on. */
export const observing = (until: string, after?: number): Wait => ({ ...wait('Observing', until, after), quiet: true });
export const blocked = (reason: string, message: string): Blocked => ({ kind: 'Blocked', reason, message });
