/**
 * What becomes of an InstanceAction that only looks (Diagnostics, ConsoleLog, Screenshot): it waits, is refused, or is done.
 *
 * Pure. Nothing of the machine changes, so a lock, another action, a deletion and most policies are no reason against it, and
 * the Instance controller has no part in it: what was seen is written with the end of the action, in one write.
 */
import type { Instance } from '../../../crds/instance.ts';
import type { InstanceAction } from '../../../crds/instance-action.ts';
import type { ObservationName } from '../../../crds/vocabulary.ts';
import type { MachineState } from '../../../drivers/contract.ts';
import { DriverError } from '../../../drivers/labels.ts';
import { isOwnedBy } from '../../../drivers/owner.ts';
import { type ActionOutcome, findInstance } from '../plan.ts';

export type ObservationPlan =
  | { readonly kind: 'Tell'; readonly outcome: ActionOutcome }
  /** At this machine. */
  | { readonly kind: 'Look'; readonly hypervisorName: string; readonly machineId: string; readonly instanceUid: string };

type Told = Pick<ActionOutcome, 'phase' | 'reason' | 'message'>;

/** `hears`: whether a Hypervisor answers just now. Undefined: it is finished, and nothing changes any more. */
export function planObservation(
  action: InstanceAction,
  found: Instance | undefined,
  hears: (hypervisorName: string) => boolean,
): ObservationPlan | undefined {
  const named = findInstance(action, found);
  if (named === undefined) return undefined;
  if (named.kind === 'None') return { kind: 'Tell', outcome: named.outcome };
  const { instance } = named;
  const instanceUid = instance.metadata.uid;
  const tell = (outcome: Told): ObservationPlan => ({ kind: 'Tell', outcome: { ...outcome, instanceUid } });
  if (instance.spec.reconcilePolicy === 'Disabled') return tell(notEvenObserved(instance));
  const { hypervisorName, machineId } = instance.status ?? {};
  if (hypervisorName === undefined || machineId === undefined) return tell(withoutMachine(instance));
  if (!hears(hypervisorName)) return tell(silent(hypervisorName));
  return { kind: 'Look', hypervisorName, machineId, instanceUid };
}

const silent = (hypervisorName: string): Told => ({
  phase: 'Pending',
  reason: 'HostUnreachable',
  message: `waits until Hypervisor ${hypervisorName} answers`,
});

const notEvenObserved = ({ metadata: { name } }: Instance): Told => ({
  phase: 'Failed',
  reason: 'BlockedByPolicy',
  message: `spec.reconcilePolicy of Instance ${name} is Disabled: with any other it may be looked at`,
});

/** It is made soon, or it was put away. */
function withoutMachine({ metadata, spec }: Instance): Told {
  const state = spec.lifecycle?.state ?? 'Active';
  if (metadata.deletionTimestamp === undefined && state === 'Active')
    return { phase: 'Pending', reason: 'MachineNotMade', message: `waits until Instance ${metadata.name} has a machine` };
  return {
    phase: 'Failed',
    reason: 'MachineNotFound',
    message: `Instance ${metadata.name} has no machine: it is ${state === 'Active' ? 'being deleted' : state}`,
  };
}

/** Whether the machine on the host may be looked at; undefined: it may. */
export function refusalOf(
  what: ObservationName,
  machine: MachineState | undefined,
  owner: { readonly clusterId: string; readonly uid: string },
): Told | undefined {
  if (machine === undefined)
    return {
      phase: 'Failed',
      reason: 'MachineNotFound',
      message: 'the machine is not on its Hypervisor: see the conditions of the Instance',
    };
  if (!isOwnedBy(machine.owner, owner))
    return { phase: 'Failed', reason: 'NotOurs', message: `machine ${machine.name} is not marked as that of the Instance` };
  if (what === 'ConsoleLog' || machine.power === 'Running' || machine.power === 'Paused') return undefined;
  return notRunning(machine.power);
}

const notRunning = (power: string): Told => ({
  phase: 'Failed',
  reason: 'NotRunning',
  message: `the guest is ${power}: there is nothing to see; ask again when it runs`,
});

/** Attempts after which it is given up: whoever asked for it is there to ask again. */
const ATTEMPTS = 3;
/** What may pass by itself. */
const PASSING: ReadonlySet<string> = new Set(['Transient', 'Conflict', 'Unknown', 'HostUnreachable']);
/** It was not even asked. */
const UNASKED: ReadonlySet<string> = new Set(['HostUnreachable', 'SlotsBusy', 'NotHolder']);

/** Whether what was told after a failure was an attempt. */
export const isAttempt = ({ reason }: Told): boolean => !UNASKED.has(reason);

/** What follows from the `attempt`th failure to look, counted from 1. What is `Pending` is tried again. */
export function afterFailure(error: unknown, attempt: number, hypervisorName: string): Told {
  if (!(error instanceof DriverError)) throw error;
  const { label, reason, message } = error;
  // One call of a host that answers others may hang with its guest: that is not waited for without end.
  if (label === 'HostUnreachable' && reason !== 'DeadlineExceeded') return silent(hypervisorName);
  // Switched off between two looks.
  const [, power] = /^Is(Stopped|Suspended)$/.exec(reason) ?? [];
  if (power !== undefined) return notRunning(power);
  const isOver = !PASSING.has(label) || (attempt >= ATTEMPTS && !UNASKED.has(reason));
  return { phase: isOver ? 'Failed' : 'Pending', reason, message };
}
