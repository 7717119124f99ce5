/**
 * A cold resize: the guest is stopped, the machine gets another size and a root disk made from the one it has, and is
 * started again if it is to run. Then the confirmation is awaited, while the old disk stays as it was.
 *
 * Each stage is written down before the next begins, and within a stage everything may be done again. How far a stage has
 * come is seen from the run: the one that a stage begins has the id that was written down for it.
 */
import { planResumable, planUnseen } from '../twins.ts';
import { planPower } from '../power.ts';
import { isFinal } from '../retry.ts';
import { shutdownProgress } from '../shutdown.ts';
import type { ObservedMachine, Plan, PowerOff, StepName, Steps, World } from '../types.ts';
import { steps, wait } from '../types.ts';
import type { RecordedResize, Reverted } from './types.ts';

/** Failed attempts after which the old size is returned to: the guest is off meanwhile. */
export const RESIZE_ATTEMPTS = 3;

export const FLAVOR_SET_BACK = 'FlavorSetBack';
export const REVERT_ASKED = 'RevertAsked';

type Changing = 'Resize' | 'RevertResize';

/** A resize that has begun is finished, or taken back, before anything else is done. Undefined: none is under way. */
export function planUnderWay(world: World, machine: ObservedMachine, end: PowerOff | undefined): Plan | undefined {
  const { resize } = world.record;
  switch (resize?.phase) {
    case 'Resizing':
      return planResizing(world, resize, machine, end);
    case 'Reverting':
      return planReverting(world, resize, machine, end);
    case 'AwaitingConfirmation':
    case 'Reverted':
    case undefined:
      return undefined;
  }
}

/** The flavor that it had is asked for again. Undefined: no resize awaits its confirmation, or its flavor stands. */
export function planSetBack({ desired, record: { resize } }: World): Plan | undefined {
  const setBack = resize?.phase === 'AwaitingConfirmation' && desired.flavorName === resize.from;
  return setBack ? revert({ reason: FLAVOR_SET_BACK, message: '' }) : undefined;
}

/** Another flavor than the machine has, and than the one that was taken back. */
function isAsked({ desired, record }: World): boolean {
  if (desired.resize === undefined || record.flavorName === undefined || desired.flavorName === record.flavorName) return false;
  return record.resize === undefined || (record.resize.phase === 'Reverted' && record.resize.to !== desired.flavorName);
}

/** A guest that is paused or saved would lose what it was doing. */
const isResizable = (power: ObservedMachine['power']): boolean => power === 'Running' || power === 'Stopped';

export const revert = (why: Reverted): Steps => ({ ...steps('RevertResize', 'begin-revert'), why });

function planResizing(world: World, resize: RecordedResize, machine: ObservedMachine, end: PowerOff | undefined): Plan {
  if (world.desired.flavorName === resize.from) return revert({ reason: FLAVOR_SET_BACK, message: '' });
  const { failure } = world.record;
  if (failure?.operation === 'Resize' && (isFinal(failure) || failure.attempts >= RESIZE_ATTEMPTS)) {
    return revert({ reason: failure.reason, message: failure.message });
  }
  if (machine.runId === resize.runId) return planBegunRun(world, machine, steps('Resize', 'finish-resize'));
  return planStopped(world, machine, 'Resize') ?? planRebuilt(world, resize, machine, end, 'Resize', ['create-resized-disks'], []);
}

function planReverting(world: World, resize: RecordedResize, machine: ObservedMachine, end: PowerOff | undefined): Plan {
  if (machine.runId === resize.runId) return planBegunRun(world, machine, steps('RevertResize', 'finish-revert'));
  if (world.looked.twins === undefined) return steps('Look', 'look-for-twins');
  // The definition says whether it was stopped yet: where it runs on the old disk, it goes on.
  if (machine.power !== 'Stopped' && machine.root === resize.fromRoot)
    return steps('RevertResize', 'remove-resized-disks', 'finish-revert');
  return (
    planStopped(world, machine, 'RevertResize') ??
    planRebuilt(world, resize, machine, end, 'RevertResize', ['take-old-disks'], ['remove-resized-disks'])
  );
}

/** The run that this stage was to begin was begun, and may have ended since; one that was cut off before it was let run is let run. */
function planBegunRun(world: World, machine: ObservedMachine, finish: Steps): Plan {
  const cutOff = machine.power === 'Paused' && machine.powerReason === 'User';
  if (!cutOff) return finish;
  return planResumable(world, machine) ?? steps(finish.operation, 'apply-filters', 'unpause', ...finish.steps);
}

/** Undefined: it is off. */
function planStopped(
  { record, desired, looked, now }: World,
  { power, powerReason }: ObservedMachine,
  operation: Changing,
): Plan | undefined {
  if (power === 'Stopped') return undefined;
  // Whoever takes over may have seen it last before its new run began, which is not to be ended.
  if (looked.twins === undefined) return steps('Look', 'look-for-twins');
  const shutdown = shutdownProgress(record.shutdown, desired.shutdownTimeoutMs, now);
  const stop = planPower(
    { powerState: 'Stopped', restartPolicy: 'Never' },
    { now, power, powerReason, end: undefined, everStarted: true, startAsked: 'No', shutdown, restarts: undefined },
  );
  if (stop.kind === 'Steps') return { ...stop, operation };
  return stop.kind === 'Wait' && stop.reason === 'ShuttingDown' ? { ...stop, reason: operation } : stop;
}

/** Everything that is done while it is off, and the start, where it is to run. */
function planRebuilt(
  world: World,
  { runId }: RecordedResize,
  machine: ObservedMachine,
  end: PowerOff | undefined,
  operation: Changing,
  before: readonly StepName[],
  after: readonly StepName[],
): Plan {
  const finish = operation === 'Resize' ? 'finish-resize' : 'finish-revert';
  const made: readonly StepName[] = [...before, 'write-config-drive', 'define', ...after];
  if (world.desired.powerState === 'Stopped') return steps(operation, ...made, finish);
  const started = steps(operation, ...made, 'start-paused', 'apply-filters', 'unpause', finish);
  return planUnseen(world, machine, end) ?? { ...started, runId };
}

/** What is next once the power is as asked: a confirmation that is awaited or due, a resize to begin, or what keeps it from being begun. */
export function planResizeAtRest(world: World, { power }: ObservedMachine): Plan | undefined {
  const { desired, record } = world;
  const { resize } = record;
  if (resize?.phase === 'AwaitingConfirmation') return planAwaiting(world, resize);
  if (resize?.phase === 'Reverted' && resize.to === desired.flavorName) return stalled(resize);
  if (!isAsked(world)) return undefined;
  if (desired.resize?.hindrance !== undefined) return desired.resize.hindrance;
  return isResizable(power)
    ? steps('Resize', 'begin-resize')
    : wait('ResizeHeld', `the guest runs or is off (it is ${power}): then it is resized to Flavor ${desired.flavorName}`);
}

function planAwaiting({ desired, now }: World, resize: RecordedResize): Plan {
  const dueAt = confirmsAt(resize, desired.resize);
  if (dueAt !== undefined && dueAt <= now) return steps('ConfirmResize', 'confirm-resize');
  const ends = `confirmed (InstanceAction ConfirmResize) or reverted (flavorName ${resize.from}, or InstanceAction RevertResize)`;
  if (desired.flavorName !== resize.to) {
    return wait('ResizePending', `the resize to Flavor ${resize.to} is ${ends}: then it is resized to ${desired.flavorName}`, dueAt);
  }
  return { kind: 'Settled', reason: 'ResizePending', message: `resized from Flavor ${resize.from} to ${resize.to}, until it is ${ends}` };
}

/** When the resize confirms itself; undefined: it does not. */
export function confirmsAt(
  { phase, resizedAt }: Pick<RecordedResize, 'phase' | 'resizedAt'>,
  asked: World['desired']['resize'],
): number | undefined {
  const itself = phase === 'AwaitingConfirmation' && resizedAt !== undefined && asked?.confirm === 'Automatic';
  return itself ? resizedAt + asked.confirmAfterMs : undefined;
}

function stalled({ from, to, why }: RecordedResize): Plan {
  const next = `set flavorName to ${from}, which it has, or to another one`;
  return why === undefined || why.reason === REVERT_ASKED
    ? { kind: 'Blocked', reason: 'ResizeReverted', message: `the resize to Flavor ${to} was reverted: ${next}` }
    : {
        kind: 'Blocked',
        reason: 'ResizeFailed',
        message: `the resize to Flavor ${to} failed and was taken back (${why.message}): ${next}`,
      };
}
