/**
 * What libvirt's states and reasons mean in the contract's words: the one table to read when a power state surprises.
 *
 * A reason that is not in here reads `Unknown` and nothing is ever started on it.
 */
import {
  DomainPausedReason as Paused,
  DomainRunningReason as Running,
  DomainShutoffReason as Shutoff,
  DomainState as State,
} from 'node-libvirt';
import type { Power } from '../contract.ts';

/** Why a domain is off. `migrated`: somebody moved it by hand; `saved`: into a file of somebody's own (a managed save is Suspended). */
const SHUTOFF_REASONS: Readonly<Record<number, string>> = {
  [Shutoff.UNKNOWN]: 'Unknown', // also: whatever it was, the daemon restarted since
  [Shutoff.SHUTDOWN]: 'GuestShutdown', // an ACPI request from outside looks the same
  [Shutoff.DESTROYED]: 'Destroyed',
  [Shutoff.CRASHED]: 'Crashed', // QEMU is gone, or the guest panicked
  [Shutoff.MIGRATED]: 'Migrated',
  [Shutoff.SAVED]: 'Saved',
  [Shutoff.FAILED]: 'StartFailed',
  [Shutoff.FROM_SNAPSHOT]: 'FromSnapshot',
  [Shutoff.DAEMON]: 'Crashed', // the daemon ended it when it lost QEMU's monitor
};

const PAUSED_REASONS: Readonly<Record<number, string>> = {
  [Paused.UNKNOWN]: 'Unknown',
  [Paused.USER]: 'User', // also a machine that was started paused
  [Paused.MIGRATION]: 'Migration',
  [Paused.SAVE]: 'Save',
  [Paused.DUMP]: 'Dump',
  [Paused.IOERROR]: 'IOError',
  [Paused.WATCHDOG]: 'Watchdog',
  [Paused.FROM_SNAPSHOT]: 'FromSnapshot',
  [Paused.SHUTTING_DOWN]: 'ShuttingDown',
  [Paused.SNAPSHOT]: 'Snapshot',
  [Paused.CRASHED]: 'Crashed',
  [Paused.STARTING_UP]: 'Starting',
  [Paused.POSTCOPY]: 'PostCopy',
  [Paused.POSTCOPY_FAILED]: 'PostCopyFailed',
};

const RUNNING_REASONS: Readonly<Record<number, string>> = {
  [Running.UNKNOWN]: 'Unknown',
  [Running.BOOTED]: 'Booted',
  [Running.MIGRATED]: 'Migrated',
  [Running.RESTORED]: 'Restored',
  [Running.FROM_SNAPSHOT]: 'FromSnapshot',
  [Running.UNPAUSED]: 'Unpaused',
  [Running.MIGRATION_CANCELED]: 'MigrationCanceled',
  [Running.SAVE_CANCELED]: 'SaveCanceled',
  [Running.WAKEUP]: 'Wakeup',
  [Running.CRASHED]: 'Crashed',
  [Running.POSTCOPY]: 'PostCopy',
  [Running.POSTCOPY_FAILED]: 'PostCopyFailed',
};

/** A job of the host explains these pauses: nothing is changed until it ends. */
const PAUSES_OF_A_JOB: ReadonlySet<string> = new Set(['Migration', 'Save', 'Dump', 'Snapshot', 'Starting', 'PostCopy']);

export interface RawState {
  readonly state: number;
  readonly reason: number;
}

export interface PowerState {
  readonly power: Power;
  readonly powerReason: string;
}

/** `managedSave`: the domain has a saved state, which only counts while it is off; then it is Suspended, whatever its reason says. */
export function powerOf({ state, reason }: RawState, managedSave: boolean): PowerState {
  switch (state) {
    case State.RUNNING:
    case State.BLOCKED: // running, waiting for a resource (Xen)
      return { power: 'Running', powerReason: RUNNING_REASONS[reason] ?? 'Unknown' };
    case State.PAUSED:
      return { power: 'Paused', powerReason: PAUSED_REASONS[reason] ?? 'Unknown' };
    case State.SHUTDOWN: // on its way down; off is the next thing seen
      return { power: 'Running', powerReason: 'ShuttingDown' };
    case State.SHUTOFF:
      if (managedSave) return { power: 'Suspended', powerReason: 'Saved' };
      return { power: 'Stopped', powerReason: SHUTOFF_REASONS[reason] ?? 'Unknown' };
    case State.CRASHED: // kept for a look by on_crash=preserve: QEMU is still there
      return { power: 'Paused', powerReason: 'Crashed' };
    case State.PMSUSPENDED: // the guest put itself to sleep
      return { power: 'Paused', powerReason: 'PMSuspended' };
    default:
      return { power: 'Unknown', powerReason: 'Unknown' };
  }
}

/** Whether there is a process behind it: everything but off. */
export const isActive = ({ state }: RawState): boolean => state !== State.SHUTOFF;

/** Whether the state alone tells that a job is at work on it. */
export const isJobPause = ({ power, powerReason }: PowerState): boolean => power === 'Paused' && PAUSES_OF_A_JOB.has(powerReason);
