/**
 * Rescue: for a while the machine is defined to boot from a disk of another image, with its own disks where they always are.
 *
 * What the machine is defined as is told by its mark; status remembers which image was asked for, since when the rescue
 * system runs, and that a rescue is over which is still asked for. Nothing is done to the guest before all that the rescue
 * system is made from is there. One that cannot be made is given up, and the machine goes back to what it was.
 */
import { planGoingOff } from './going-off.ts';
import { planMachinePower } from './machine-power.ts';
import { isFinal } from './retry.ts';
import { planUnseen } from './twins.ts';
import type { ObservedMachine, Plan, PowerOff, RecordedRescue, RescueEnd, World } from './types.ts';
import { blocked, settled, steps, wait } from './types.ts';

/** Failed attempts after which a rescue is given up: the guest is off meanwhile. */
export const RESCUE_ATTEMPTS = 3;
export const TIMED_OUT = 'TimedOut';

/** Undefined: the machine is what it should be, a rescue machine or its own; or power planning leads there first. */
export function planRescue(world: World, machine: ObservedMachine, end: PowerOff | undefined): Plan | undefined {
  const { record } = world;
  // What the power is decides what may be done.
  if (machine.power === 'Unknown') return undefined;
  const over = rescueEnd(world);
  if (over !== undefined || isOfAnother(world)) return planLeave(world, machine, over);
  if (world.desired.rescue === undefined)
    return machine.role === 'rescue' || record.rescue !== undefined
      ? (planBackOn(world, machine, end) ?? planLeave(world, machine, undefined))
      : undefined;
  const ended = record.rescue?.ended;
  if (machine.role === 'rescue') return ended === undefined ? undefined : planLeave(world, machine, ended);
  return ended === undefined ? planEnter(world, machine, end) : undefined;
}

/** It is asked for and not over: then the guest that is to run is the rescue system, whatever powerState says. */
export const isRescueDue = (world: World): boolean =>
  world.desired.softDeleted === undefined &&
  world.desired.shelved === undefined &&
  world.desired.rescue !== undefined &&
  rescueEnd(world) === undefined &&
  world.record.rescue?.ended === undefined;

/** Status tells of a rescue with another image than the one that is asked for. */
const isOfAnother = ({ desired: { rescue }, record }: World): boolean =>
  rescue !== undefined && record.rescue !== undefined && record.rescue.imageName !== rescue.imageName;

/** Why the rescue, which is still asked for, comes to its end now. */
function rescueEnd(world: World): RescueEnd | undefined {
  const { desired, record, machine, now } = world;
  if (desired.rescue === undefined || record.rescue === undefined || record.rescue.ended !== undefined || isOfAnother(world))
    return undefined;
  const endsAt = rescueEndsAt(world);
  if (endsAt !== undefined && now >= endsAt)
    return { reason: TIMED_OUT, message: 'the time-out of spec.rescue is over: remove the field, and set it again to rescue once more' };
  // Memory of before the rescue goes with disks of before the rescue only.
  if (desired.powerState === 'Suspended' && machine.kind === 'Present' && isSaved(machine.machine)) return SAVED;
  const { failure } = record;
  if (failure?.operation !== 'Rescue' || !(isFinal(failure) || failure.attempts >= RESCUE_ATTEMPTS)) return undefined;
  return { reason: failure.reason, message: failure.message };
}

const isSaved = ({ power, role }: ObservedMachine): boolean => power === 'Suspended' && role === 'main';

const SAVED: RescueEnd = {
  reason: 'RescueNotPossible',
  message: 'the guest is saved to disk, and could not go on after a rescue: set powerState to Running or Stopped',
};

function rescueEndsAt({ desired, record }: World): number | undefined {
  const { timeoutMs } = desired.rescue ?? {};
  const { startedAt } = record.rescue ?? {};
  return timeoutMs === undefined || startedAt === undefined ? undefined : startedAt + timeoutMs;
}

const WORKS_ON_DISKS: ReadonlySet<string> = new Set(['Rebuild', 'Restore', 'Snapshot', 'SwapVolume']);

/** All that it takes is there first; then the guest is shut down; then the machine becomes another. */
function planEnter(world: World, machine: ObservedMachine, end: PowerOff | undefined): Plan | undefined {
  const { record, looked } = world;
  // What works on its disks is finished first: what a rescue gives back is what it found.
  if (record.action?.phase === 'Running' && WORKS_ON_DISKS.has(record.action.action)) return undefined;
  // Written down first, so that whoever comes next knows what there may be to clean up.
  if (record.rescue === undefined) return steps('Rescue', 'begin-rescue', 'look-for-rescue');
  // It is brought out of it by power planning: it should be something else.
  if (machine.power === 'Suspended') return undefined;
  const { rescue } = looked;
  if (rescue === undefined) return steps('Rescue', 'look-for-rescue');
  if (rescue.kind === 'NotReady') return wait(rescue.reason, rescue.until, rescue.after);
  const stop = planGoingOff(world, machine, 'Rescue', 'Rescuing');
  if (stop === undefined) {
    const enter = steps('Rescue', 'create-rescue-disk', 'enter-rescue', 'start-paused', 'apply-filters', 'unpause');
    return planUnseen(world, machine, end) ?? enter;
  }
  return stop.kind === 'Steps' && record.shutdown === undefined ? { ...stop, steps: ['create-rescue-disk', ...stop.steps] } : stop;
}

/** Withdrawn before the machine was another: whoever shut the guest down, and a killed operator may have, it is as powerState asks. */
function planBackOn(world: World, machine: ObservedMachine, end: PowerOff | undefined): Plan | undefined {
  if (machine.role !== 'main' || machine.power !== 'Stopped') return undefined;
  const power = planMachinePower(world, machine, end, 'Action');
  return power.kind === 'Settled' ? undefined : power;
}

/** `over`: why, where it is still asked for. What runs is asked to shut down: it may have file systems of the guest open. */
function planLeave(world: World, machine: ObservedMachine, over: RescueEnd | undefined): Plan {
  const why = over === undefined ? {} : { rescueEnd: over };
  if (machine.role === 'main') return { ...steps('EndRescue', 'delete-rescue-disks', 'end-rescue'), ...why };
  return (
    planGoingOff(world, machine, 'Unrescue', 'Unrescuing') ?? {
      ...steps('Unrescue', 'leave-rescue', 'delete-rescue-disks', 'end-rescue'),
      ...why,
    }
  );
}

/** The world as it is for a machine that is, and is to be, a rescue machine: it should run. */
export function seenRescued(world: World): World {
  const { machine, desired, record } = world;
  const rescued = machine.kind === 'Present' && machine.machine.role === 'rescue' && isRescueDue(world);
  if (!rescued) return world;
  // A resize that awaits its confirmation goes on waiting: its disks are not touched meanwhile.
  return { ...world, desired: { ...desired, powerState: 'Running' }, record: { ...record, resize: undefined } };
}

/**
 * The plan of all that comes after, as it stands for the rescue: the first start of a rescue system belongs to the rescue,
 * and one that could not be made is told when nothing else is to be done.
 */
export function withRescue(world: World, machine: ObservedMachine, plan: Plan): Plan {
  const known = world.record.rescue;
  if (machine.role === 'rescue') return isRescueDue(world) ? ofRescueSystem(world, machine, known, plan) : plan;
  if (plan.kind !== 'Settled' || known?.ended === undefined || world.desired.rescue === undefined) return plan;
  const { reason, message } = known.ended;
  return reason === TIMED_OUT ? plan : blocked(reason, `the rescue was given up, and the machine is what it was: ${message}`);
}

function ofRescueSystem(world: World, { power }: ObservedMachine, known: RecordedRescue | undefined, plan: Plan): Plan {
  if (plan.kind === 'Steps' && plan.operation === 'Start' && known?.startedAt === undefined) return { ...plan, operation: 'Rescue' };
  if (plan.kind !== 'Settled' || power !== 'Running') return plan;
  const until = rescueEndsAt(world);
  return {
    ...settled('Rescued', `the guest is a rescue system made from Image ${world.desired.rescue?.imageName ?? ''}`),
    ...(until === undefined ? {} : { until }),
  };
}

/** What keeps a rescue from being done leaves the machine as it is: meanwhile its power is looked after as ever. */
export const isHeldUp = (plan: Plan, { role }: ObservedMachine, { looked }: World): boolean =>
  role === 'main' && plan.kind === 'Wait' && looked.rescue?.kind === 'NotReady';
