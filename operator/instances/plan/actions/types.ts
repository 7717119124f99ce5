/** InstanceActions in the words of the planners: what is asked for, how far it has come, and what came of it. */
import type { ResizeAction } from '../resize/types.ts';

/** An InstanceAction, or InstanceSnapshot, with every absence filled in. */
export type AskedAction =
  | StartAction
  | RebootAction
  | RebuildAction
  | RestoreAction
  | CrashDumpAction
  | ResizeAction
  | SetPasswordAction
  | InjectFileAction
  | GuestInfoAction
  | FreezeAction
  | ThawAction
  | SwapVolumeAction
  | SnapshotAction;

export interface CrashDumpAction extends Asked {
  readonly action: 'CrashDump';
}

/** Its parameters, which decide nothing, are read by its step. */
export interface SetPasswordAction extends Asked {
  readonly action: 'SetPassword';
}

export interface InjectFileAction extends Asked {
  readonly action: 'InjectFile';
}

/** What the guest is told while it runs, and what it makes of it. */
export interface GuestInfoAction extends Asked {
  readonly action: 'InjectNetworkInfo' | 'InjectMetadata' | 'ResetNetwork';
}

export interface FreezeAction extends Asked {
  readonly action: 'Freeze';
  /** Then they are thawed. */
  readonly timeoutMs: number;
}

export interface ThawAction extends Asked {
  readonly action: 'Thaw';
}

interface Asked {
  /** UID of the InstanceAction. */
  readonly uid: string;
  readonly name: string;
}

export interface StartAction extends Asked {
  readonly action: 'Start';
}

export interface RebootAction extends Asked {
  readonly action: 'Reboot';
  readonly type: 'Soft' | 'Hard';
  /** Of a soft one: 0 where the host cannot signal a guest. */
  readonly timeoutMs: number;
}

export interface RebuildAction extends Asked {
  readonly action: 'Rebuild';
  readonly preserveEphemeral: boolean;
}

export interface RestoreAction extends Asked {
  readonly action: 'Restore';
  readonly snapshotName: string;
  readonly from: RestoreSource;
}

/** The snapshot, as far as the machine can be put back to it. */
export type RestoreSource =
  /** `makings`: fingerprint of what the disk is to be made from; undefined while something else is missing. */
  | { readonly kind: 'Ready'; readonly makings: string | undefined }
  /** `message` says what to do instead. */
  | { readonly kind: 'Unfit'; readonly reason: string; readonly message: string };

export interface SwapVolumeAction extends Asked {
  readonly action: 'SwapVolume';
  /** Name within the instance; undefined: the root Volume. */
  readonly volume: string | undefined;
  /** Name of the Volume that is to take its place. */
  readonly to: string;
  readonly state: SwapState;
  /** The host makes a few copies at once: until it is this one's turn it is not begun, and nothing waits for it. */
  readonly turn: 'Awaited' | 'Come';
}

/** How far it has come, or what is in the way. */
export type SwapState =
  /** The definition of the machine would tell. */
  | { readonly kind: 'Unread' | 'Swapped' }
  | {
      readonly kind: 'Ready';
      readonly volumeUid: string;
      /** Why no guest can run meanwhile; undefined: one can. */ readonly onlyOff: 'Larger' | 'Root' | undefined;
    }
  /** `message` says what to do instead. */
  | { readonly kind: 'Unfit'; readonly reason: string; readonly message: string };

/** An InstanceSnapshot. */
export interface SnapshotAction extends Asked {
  readonly action: 'Snapshot';
  /** Only of a guest that was shut down. */
  readonly cold: boolean;
  readonly quiesce: 'Preferred' | 'Required' | 'Never';
  /**
   * The host makes a few copies at once: until it is this one's turn nothing waits for it. `Left`: an operator that is no more
   * had begun it; its host may be at work on it, and hold the guest still.
   */
  readonly turn: 'Left' | 'Awaited' | 'Come';
  /** Where the copy is to be made; `pool` is a key of the Hypervisor's. Recorded with the object before it is carried out. */
  readonly location: { readonly hypervisorName: string; readonly pool: string; readonly volume: string };
}

export interface RecordedAction {
  readonly uid: string;
  readonly name: string;
  readonly action: AskedAction['action'];
  readonly phase: 'Running' | 'Succeeded' | 'Failed';
  /** Of a rebuild or a restore: what it makes. After its end: there may be disks left that nothing uses any more. */
  readonly rebuild?: RecordedRebuild | undefined;
}

export interface RecordedRebuild {
  /** Name of the new root disk: it is the machine's once its definition names it. */
  readonly root: string;
  /** Fingerprint of what it is made from. */
  readonly makings: string | undefined;
}

/** What came of an action, for status. */
export interface ActionOutcome extends RecordedAction {
  readonly phase: 'Succeeded' | 'Failed';
  readonly reason: string;
  readonly message: string;
}
