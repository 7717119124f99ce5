/**
 * Power planning: which single power transition, if any, brings a machine closer to what its spec asks.
 *
 * Pure: no I/O, no clock. The table in `power.test.ts` is the specification.
 */
import { decideRestart } from './restart-backoff.ts';
import type { ShutdownProgress } from './shutdown.ts';
import { planShutdown } from './shutdown.ts';
import type { Plan, PowerOff, PowerState, RestartPolicy, Restarts, Steps } from './types.ts';
import { blocked, settled, steps, wait } from './types.ts';

export interface PowerIntent {
  readonly powerState: PowerState;
  readonly restartPolicy: RestartPolicy;
}

export interface PowerFacts {
  readonly now: number;
  readonly power: PowerState | 'Unknown';
  /** Why it is in that state, as the hypervisor says. Of a machine that is off, `end` counts instead. */
  readonly powerReason: string;
  /** Why it is off. */
  readonly end: PowerOff | undefined;
  readonly everStarted: boolean;
  /** `Edit`: a field that takes effect at boot changed since the last start. `Action`: somebody asked for a start. */
  readonly startAsked: 'No' | 'Edit' | 'Action';
  readonly shutdown: ShutdownProgress;
  readonly restarts: Restarts | undefined;
}

/** Only a person's pause is ever undone: resuming a failed post-copy or a full disk corrupts the guest. */
const RESUMABLE_PAUSES: ReadonlySet<string> = new Set(['User']);
/**
 * Pauses that no running job explains: nothing but a person ends them, and a guest that should be off does not wait for one.
 *
 * `FromSnapshot`: put back to a moment at which it was paused, and left so; the snapshot stays. `PostCopyFailed`: its memory
 * is in two parts, and it can go on nowhere; whoever wants to repair the move does not ask for Stopped. While the move is
 * under way or is being repaired the reason is `PostCopy`, and that waits.
 */
const POWER_OFF_PAUSES: ReadonlySet<string> = new Set([
  'User',
  'IOError',
  'Watchdog',
  'Crashed',
  'PMSuspended',
  'FromSnapshot',
  'PostCopyFailed',
]);

/** A crash between "start paused" and "apply filters" looks like a person's pause, so filters come before every unpause. */
const unpause = steps('Resume', 'apply-filters', 'unpause');
/** The definition is brought in line first: what takes effect at boot is taken now. */
export const START_STEPS = ['write-config-drive', 'define', 'start-paused', 'apply-filters', 'unpause'] as const;
const start = steps('Start', ...START_STEPS);

export function planPower(intent: PowerIntent, facts: PowerFacts): Plan {
  if (facts.power === 'Unknown') return wait('PowerUnknown', 'the hypervisor reports a power state');
  const passable = intent.powerState === 'Stopped' ? POWER_OFF_PAUSES : RESUMABLE_PAUSES;
  if (facts.power === 'Paused' && !passable.has(facts.powerReason)) {
    return wait('PausedByHost', `the host ends the pause it made (${facts.powerReason})`);
  }
  if (facts.power === intent.powerState) return settled(facts.power);
  if (intent.powerState === 'Stopped') return planStopped(facts);
  if (facts.power === 'Running' && intent.powerState === 'Paused') return steps('Pause', 'pause');
  if (facts.power === 'Running' && intent.powerState === 'Suspended') return steps('Suspend', 'suspend-to-disk');
  return planRunning(intent, facts);
}

/** Towards Running; Paused and Suspended can only be entered from there, one transition at a time. */
function planRunning(intent: PowerIntent, facts: PowerFacts): Plan {
  switch (facts.power) {
    case 'Suspended':
      return steps('Resume', 'restore-from-disk');
    case 'Paused':
      return unpause;
    case 'Stopped':
      return facts.everStarted ? planEndedRun(intent.restartPolicy, facts) : start;
    case 'Running':
    case 'Unknown':
      return settled(facts.power);
  }
}

const EXPLAINED: ReadonlySet<string> = new Set([
  'Requested',
  'Destroyed',
  'FromSnapshot',
  'StartFailed',
  'GuestShutdown',
  'Crashed',
  'HostRestart',
]);
/** Whether the reason says whose doing the end was. What the hypervisor says besides may mean that the machine is elsewhere. */
export const isExplained = (reason: string): boolean => EXPLAINED.has(reason);

/** The guest is off though it should be on: whose doing was it, does the policy accept it, and did anybody ask for a start? */
function planEndedRun(policy: RestartPolicy, facts: PowerFacts): Plan {
  const reason = facts.end?.reason ?? facts.powerReason;
  const asked = facts.startAsked !== 'No';
  switch (reason) {
    case 'Requested':
    case 'Destroyed':
    case 'FromSnapshot':
      return start;
    case 'StartFailed':
      return asked ? start : restart(facts);
    case 'GuestShutdown':
      if (asked) return start;
      return policy === 'Always'
        ? restart(facts)
        : settled('GuestShutdown', 'the guest shut itself down; an InstanceAction Start boots it');
    case 'Crashed':
    case 'HostRestart':
      if (asked) return start;
      if (policy === 'Never') {
        return blocked(reason, `the guest is off (${reason}) and restartPolicy is Never: an InstanceAction Start boots it`);
      }
      return reason === 'Crashed' ? restart(facts) : start;
    default:
      // Migrated away by hand looks like this: starting here would run the guest twice. An edit is no word on that.
      if (facts.startAsked === 'Action') return start;
      return wait('EndUnexplained', `the machine is found on another host, or an InstanceAction Start asks for it (${reason})`);
  }
}

/** Started again by policy, and counted, so that a guest that keeps failing is not started without end. */
function restart(facts: PowerFacts): Plan {
  const { dueAt, next } = decideRestart(facts.restarts, facts.end?.observedAt ?? facts.now, facts.now);
  if (dueAt > facts.now) return wait('RestartBackOff', 'the pause before the next restart is over', dueAt);
  return { ...start, restarts: next } satisfies Steps;
}

/** A suspended guest refuses shutdown and power-off, and a paused one cannot hear an ACPI signal. */
function planStopped(facts: PowerFacts): Plan {
  switch (facts.power) {
    case 'Suspended':
      return steps('Stop', 'discard-saved-state');
    case 'Paused':
      return steps('Stop', 'power-off');
    case 'Running':
      return planShutdown(facts.shutdown);
    case 'Stopped':
    case 'Unknown':
      return settled(facts.power);
  }
}
