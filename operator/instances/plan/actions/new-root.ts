/**
 * A new root disk for a machine that has one, for a rebuild and a restore.
 *
 * The new disks are complete before the guest is switched off, and have names of their own; then the definition names them
 * instead of the old ones, which go last. So what counts is the definition: while it names the old root disk a failure
 * leaves the machine as it was, and once it names the new one only the start is left to do.
 */
import { planOff } from '../machine-power.ts';
import { planUnseen } from '../twins.ts';
import type { ObservedMachine, Operation, Plan, PowerOff, RebuildAction, RestoreAction, StepName, World } from '../types.ts';
import { observing, steps } from '../types.ts';
import { OBSERVE_AGAIN_MS } from '../unfinished.ts';
import { end, hasBegun, planGivenUp, refuse } from './protocol.ts';
import { hasRun, planRun } from './run.ts';

export interface NewRoot {
  readonly action: RebuildAction | RestoreAction;
  /** Fingerprint of what is asked for now; undefined: something is missing. */
  readonly makings: string | undefined;
  /** Steps that make the disks. */
  readonly makes: readonly StepName[];
  /** Why there is nothing to make them from. */
  readonly refused: { readonly reason: string; readonly message: string } | undefined;
  /** Reason of the success; `...Off` where nothing was started. */
  readonly done: keyof typeof OFF;
}

/** Operations that give a machine another root disk. */
export const NEW_ROOT: ReadonlySet<Operation> = new Set(['Rebuild', 'Restore'] satisfies readonly NewRoot['action']['action'][]);

export function planNewRoot(world: World, machine: ObservedMachine, powerOff: PowerOff | undefined, wanted: NewRoot): Plan {
  const { action, makings } = wanted;
  if (machine.role === 'rescue')
    return refuse(action, 'Rescued', 'the machine runs a rescue system: remove spec.rescue, and ask again when it is itself');
  const begun = hasBegun(world, action) ? world.record.action?.rebuild : undefined;
  if (begun === undefined) return refusal(world, wanted) ?? begin(action);
  // The definition, read afresh: it alone says how far this has come.
  if (world.looked.twins === undefined) return steps('Look', 'look-for-twins');
  if (machine.root === undefined) return observing('the definition of the machine has been read', world.now + OBSERVE_AGAIN_MS);
  if (machine.root === begun.root) return planMade(world, machine, powerOff, wanted);
  if (wanted.refused !== undefined) return refuse(action, wanted.refused.reason, wanted.refused.message);
  // What is asked for now is something else: what was made of it so far is of no use.
  if (makings !== undefined && begun.makings !== makings) return begin(action);
  return planGivenUp(world, action) ?? planMake(world, machine, powerOff, wanted);
}

const begin = ({ action }: NewRoot['action']): Plan => steps(action, 'begin-action');

function refusal({ record, desired }: World, { action, refused }: NewRoot): Plan | undefined {
  if (desired.rootVolume !== undefined)
    return refuse(
      action,
      'RootIsVolume',
      'the root disk is a Volume, and is not replaced: make another Volume of the Image, and an Instance that boots from it',
    );
  if (record.resize !== undefined && record.resize.phase !== 'Reverted')
    return refuse(action, 'ResizePending', 'a resize awaits its confirmation, and keeps the old disk: confirm or revert it first');
  if (record.origin === 'Adopted')
    return refuse(action, 'NotMadeHere', 'the machine was taken over as it is, and its disks are not for Hostler to replace');
  return refused === undefined ? undefined : refuse(action, refused.reason, refused.message);
}

/** The old root disk is in use: the new ones are made beside it, the guest is ended, and the definition switched. */
function planMake(world: World, machine: ObservedMachine, powerOff: PowerOff | undefined, { action: { action }, makes }: NewRoot): Plan {
  const off = planOff(world, machine);
  switch (off.kind) {
    case 'Settled':
      return planUnseen(world, machine, powerOff) ?? steps(action, ...makes, 'write-config-drive', 'define');
    case 'Steps':
      return steps(action, ...makes, ...off.steps);
    case 'Wait':
      return off.reason === 'ShuttingDown' ? { ...off, reason: WAITS[action] } : off;
    case 'Blocked':
      return off;
  }
}

const OFF = { Rebuilt: 'RebuiltOff', Restored: 'RestoredOff' } as const;
const WAITS = { Rebuild: 'Rebuilding', Restore: 'Restoring' } as const;

/** It has its new disks. */
function planMade(world: World, machine: ObservedMachine, powerOff: PowerOff | undefined, { action, done: reason }: NewRoot): Plan {
  const done =
    machine.runId === action.uid
      ? end('Succeeded', reason, 'the machine has a new root disk, and was started', action)
      : end('Succeeded', OFF[reason], 'the machine has a new root disk; it was not started', action);
  if (world.desired.powerState === 'Stopped' || hasRun(machine, action)) return done;
  const power = planRun(world, machine, powerOff, action, action.action);
  if (power.kind === 'Settled') return done;
  return power.kind === 'Steps' ? (planGivenUp(world, action) ?? power) : power;
}
