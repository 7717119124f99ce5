/**
 * What to do next about one Instance: every concern is asked in the design's order, and the first that has something to
 * say decides. Then the gates: may it be done, is there all that it needs, and is it time to try again.
 *
 * Pure and total: the same world gives the same decision, and no world makes it throw.
 */
import { planAction } from './actions/actions.ts';
import { endBlocked, planWithdrawn } from './actions/protocol.ts';
import { refuseInRescue } from './actions/resize.ts';
import { asAdopted } from './adopted.ts';
import { planAdoption } from './adoption.ts';
import { planDeletion } from './deletion.ts';
import { planDrift } from './drift.ts';
import { withOldDrives } from './put-away-drives.ts';
import { endOfRun } from './end-of-run.ts';
import { planLeftCopy, planOverdueThaw } from './freeze.ts';
import { planHost } from './host.ts';
import { planNothingMade, planReclaimRest, planSoftDeleted, seenPutAway } from './lifecycle.ts';
import { planInterfacesMet } from './live-interfaces.ts';
import { planLiveResize } from './live-resize.ts';
import { gateLock } from './lock.ts';
import { planLost, planPersistence } from './lost.ts';
import { planMachinePower } from './machine-power.ts';
import { withMerging } from './merging.ts';
import { gatePolicy, planDisabled, planEnsureExists } from './reconcile-policy.ts';
import { gateReferences } from './references.ts';
import { isHeldUp, planRescue, seenRescued, withRescue } from './rescue.ts';
import { planSetBack, planUnderWay } from './resize/resize.ts';
import { gateRetry } from './retry.ts';
import { planOffloadRest, planShelved } from './shelve/shelve.ts';
import { planClaim } from './spawn.ts';
import { planTidy } from './tidy.ts';
import { planMoved, planRunsTwice } from './twins.ts';
import type { ObservedMachine, Plan, PowerOff, StepName, Steps, World } from './types.ts';
import { observing, steps, wait } from './types.ts';
import { planVolumes } from './volumes.ts';
import { planNotObserved, planUnfinished } from './unfinished.ts';

export interface Decision {
  readonly plan: Plan;
  /** How the last run ended, for status; undefined: the machine is not off. */
  readonly powerOff: PowerOff | undefined;
  /** What would be done if it were the turn of the copy that is asked for; absent: none waits. */
  readonly inTurn?: Plan;
}

export function plan(observed: World): Decision {
  const decision = planAsItIs(observed);
  const { action } = observed;
  if (action === undefined || !('turn' in action) || action.turn === 'Come') return decision;
  return { ...decision, inTurn: planAsItIs({ ...observed, action: { ...action, turn: 'Come' } }).plan };
}

function planAsItIs(observed: World): Decision {
  const world = seenPutAway(observed);
  const powerOff = endOf(world);
  const decided = decide(world, powerOff);
  const wanted = decided.kind === 'Steps' ? asAdopted(decided, world) : decided;
  const allowed = endBlocked(wanted.kind === 'Steps' ? gate(wanted, world) : wanted, world);
  return { plan: withOldDrives(withMerging(allowed, world), world), powerOff };
}

function decide(world: World, powerOff: PowerOff | undefined): Plan {
  return (
    planDeletion(world, powerOff) ??
    planOverdueThaw(world) ??
    planLeftCopy(world) ??
    planDisabled(world) ??
    planWithdrawn(world) ??
    planNothingMade(world) ??
    planClaim(world) ??
    planHost(world) ??
    planProtection(world) ??
    planUnfinished(world) ??
    planNotObserved(world) ??
    planAdoption(world) ??
    planOffloadRest(world) ??
    planReclaimRest(world) ??
    planLost(world) ??
    planPresent(world, powerOff)
  );
}

/** Nothing is done to a machine before our finalizer holds the object; somebody may have taken it off. */
function planProtection({ finalizer }: World): Plan | undefined {
  return finalizer ? undefined : steps('Protect', 'add-finalizer');
}

function planPresent(world: World, powerOff: PowerOff | undefined): Plan {
  if (world.machine.kind !== 'Present') return observing('the machine has been observed');
  const { machine } = world.machine;
  const first = planMoved(world, machine) ?? planEnsureExists(world) ?? planPersistence(world) ?? planRunsTwice(world, machine);
  if (first !== undefined) return first;
  const unfinished = planUnderWay(world, machine, powerOff);
  if (unfinished !== undefined) return unfinished;
  const away = planSoftDeleted(world, machine, powerOff) ?? planShelved(world, machine, powerOff);
  if (away !== undefined && away.kind !== 'Settled') return away;
  // By the definition, which is another one in a rescue.
  const tidy = machine.role === 'main' ? planTidy(world) : undefined;
  if (tidy !== undefined) return (away === undefined ? powerBefore(world, machine, powerOff) : undefined) ?? tidy;
  if (away !== undefined) return away;
  const rescue = planRescue(world, machine, powerOff);
  if (rescue !== undefined && !isHeldUp(rescue, machine, world)) return rescue;
  const power = withRescue(world, machine, refuseInRescue(world, machine) ?? planAsAsked(seenRescued(world), machine, powerOff));
  return power.kind === 'Settled' ? (rescue ?? power) : power;
}

/**
 * A disk that is not used and cannot be removed keeps no guest from its start or stop; what makes new disks waits for it.
 *
 * Where that fails as well, it stays first: two failures that took turns would each begin anew, without a pause.
 */
function powerBefore(world: World, machine: ObservedMachine, powerOff: PowerOff | undefined): Plan | undefined {
  const failed = world.record.failure?.operation;
  if (failed === undefined || world.desired.rescue !== undefined) return undefined;
  const power = planMachinePower(world, machine, powerOff);
  if (power.kind === 'Steps') return failed === 'Tidy' || failed === power.operation ? power : undefined;
  return power.kind === 'Wait' && failed === 'Tidy' ? power : undefined;
}

/** Of a machine that is defined as what it should be. */
function planAsAsked(world: World, machine: ObservedMachine, powerOff: PowerOff | undefined): Plan {
  const power = planAction(world, machine, powerOff) ?? planSetBack(world) ?? planMachinePower(world, machine, powerOff);
  return power.kind === 'Settled'
    ? (planVolumes(world, machine) ??
        planLiveResize(world, machine) ??
        planInterfacesMet(world, machine) ??
        planDrift(world, machine) ??
        power)
    : power;
}

function endOf(world: World): PowerOff | undefined {
  const { machine, desired, record, host, now } = seenRescued(world);
  if (machine.kind !== 'Present' || host === undefined) return record.powerOff;
  return endOfRun(desired.powerState, machine.machine, record, host, now);
}

/** Whether the steps may be taken now. What is looked for first comes out as a plan of its own. */
function gate(wanted: Steps, world: World): Plan {
  return (
    gatePolicy(wanted, world) ??
    gateLock(wanted, world) ??
    gateBusy(wanted, world) ??
    gateReferences(wanted, world) ??
    gateRetry(wanted, world) ??
    gateTwins(wanted, world) ??
    wanted
  );
}

/** Operations that touch no machine, or only the guest in it (a copy that runs is what one freezes for), or whose own job it may be. */
const APART: ReadonlySet<string> = new Set([
  'Look',
  'Follow',
  'Protect',
  'EndAction',
  'Freeze',
  'Thaw',
  'ThawOverdue',
  'EndCopy',
  'Snapshot',
  'SwapVolume',
]);

function gateBusy({ operation }: Steps, { machine }: World): Plan | undefined {
  const busy = machine.kind === 'Present' && machine.machine.busy && !APART.has(operation);
  return busy ? wait('MachineBusy', 'the job that runs on the machine ends') : undefined;
}

/** Before a create, a start or a removal the host is asked afresh: never twice, and never the finalizer of a machine that was moved. */
const ASKED_FIRST: ReadonlySet<StepName> = new Set(['define', 'enter-rescue', 'leave-rescue', 'start-paused', 'undefine', 'delete-disks']);

function gateTwins({ steps: names }: Steps, { looked }: World): Plan | undefined {
  return looked.twins === undefined && names.some((name) => ASKED_FIRST.has(name)) ? steps('Look', 'look-for-twins') : undefined;
}
