/** What a failed step leads to: a fault on record and another attempt, a short pause, or the kernel's own back-off. */
import type { Fault, InstanceStatus } from '../../crds/instance.ts';
import { MAX_FAULTS } from '../../crds/vocabulary.ts';
import { DISK_BEING_MADE, DriverError } from '../../drivers/labels.ts';
import { instant } from './instant.ts';
import { HOST_UNREACHABLE } from './plan/host.ts';
import { isNotNow, isTurnedAway, type StepFailure } from './steps/run.ts';
import type { Pending } from './steps/types.ts';

const MAX_MESSAGE = 1_024;
/** After so long a host that did not answer a call is asked again; its own session finds out sooner. */
const HOST_PAUSE_MS = 5_000;
/** Whoever was turned away is called when there is room; this is the net below. */
const TURNED_AWAY_PAUSE_MS = 10_000;
const LEASE_PAUSE_MS = 200;
const MAKING_PAUSE_MS = 5_000;

/**
 * A pause that is nobody's fault; undefined: a fault. While the host does not answer nothing is told: its session
 * decides whether it is unreachable, and that is told then.
 */
export function pauseFor({ error }: StepFailure, now: number): Pending | undefined {
  if (isTurnedAway(error))
    return { reason: 'Busy', message: 'the host has enough to do', retryAt: now + TURNED_AWAY_PAUSE_MS, quiet: true };
  if (isNotNow(error)) return { reason: 'Busy', message: 'the lease is about to be renewed', retryAt: now + LEASE_PAUSE_MS, quiet: true };
  if (error instanceof DriverError && error.label === 'HostUnreachable') {
    return { reason: HOST_UNREACHABLE, message: error.message, retryAt: now + HOST_PAUSE_MS, quiet: true };
  }
  if (error instanceof DriverError && error.reason === DISK_BEING_MADE)
    return { reason: DISK_BEING_MADE, message: error.message, retryAt: now + MAKING_PAUSE_MS };
  return undefined;
}

const FIRST_MISS_MS = 5_000;
const LONGEST_MISS_MS = 300_000;

/** The pause after so many failures in a row of which status keeps no record: told as long as it lasts. */
export function pauseAfter({ error }: StepFailure, misses: number, now: number): Pending {
  const { reason, message } = described(error);
  return { reason, message, retryAt: now + Math.min(FIRST_MISS_MS * 2 ** (misses - 1), LONGEST_MISS_MS) };
}

/** The failure on record: planning goes by it, and people read it. */
export function withFault(status: InstanceStatus, { step, error }: StepFailure, operation: string, now: number): InstanceStatus {
  const fault: Fault = {
    at: instant(now),
    operation,
    step,
    ...described(error),
    ...(status.hypervisorName === undefined ? {} : { hypervisorName: status.hypervisorName }),
  };
  const faults = [...(status.faults ?? []), fault].slice(-MAX_FAULTS);
  const { task } = status;
  const since = task === undefined ? now : Date.parse(task.startedAt);
  const attempts = faults.filter((each) => each.operation === operation && Date.parse(each.at) >= since).length;
  // The attempts of a shutdown are its signals: they are counted by the step that sends them.
  const counted = task === undefined || task.deadline !== undefined ? task : { ...task, attempt: attempts, message: fault.message };
  return { ...status, faults, ...(counted === undefined ? {} : { task: counted }) };
}

function described(error: unknown): Pick<Fault, 'reason' | 'label' | 'message'> {
  if (error instanceof DriverError) return { reason: error.reason, label: error.label, message: cut(error.message) };
  return { reason: 'InternalError', label: 'Transient', message: cut(error instanceof Error ? error.message : String(error)) };
}

const cut = (message: string): string => (message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE - 1)}…` : message);
