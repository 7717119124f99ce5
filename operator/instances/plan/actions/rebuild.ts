/**
 * Rebuild: the machine gets new disks, the root disk made from the image of the spec, and stays who it is: its id, its MAC
 * addresses, its volumes. What is off and should be off stays off.
 *
 * The new disks are complete before the guest is switched off, and have names of their own; then the definition names them
 * instead of the old ones, which go last. So what counts is the definition: while it names the old root disk a rebuild that
 * fails leaves the machine as it was, and once it names the new one only the start is left to do.
 */
import { planOff } from '../machine-power.ts';
import { planUnseen } from '../twins.ts';
import type { ObservedMachine, Plan, PowerOff, RebuildAction, StepName, World } from '../types.ts';
import { observing, steps } from '../types.ts';
import { OBSERVE_AGAIN_MS } from '../unfinished.ts';
import { end, hasBegun, planGivenUp, refuse } from './protocol.ts';
import { hasRun, planRun } from './run.ts';

export function planRebuild(world: World, machine: ObservedMachine, action: RebuildAction, powerOff: PowerOff | undefined): Plan {
  if (machine.role === 'rescue')
    return refuse(action, 'Rescued', 'the machine runs a rescue system: remove spec.rescue, and ask again when it is itself');
  const begun = hasBegun(world, action) ? world.record.action?.rebuild : undefined;
  if (begun === undefined) return refusal(world, action) ?? begin;
  // The definition, read afresh: it alone says how far this has come.
  if (world.looked.twins === undefined) return steps('Look', 'look-for-twins');
  if (machine.root === undefined) return observing('the definition of the machine has been read', world.now + OBSERVE_AGAIN_MS);
  if (machine.root === begun.root) return planRebuilt(world, machine, action, powerOff);
  // What is asked for now is something else: what was made of it so far is of no use.
  const { makings } = world.desired;
  if (makings !== undefined && begun.makings !== makings) return begin;
  return planGivenUp(world, action) ?? planMake(world, machine, powerOff);
}

const begin = steps('Rebuild', 'begin-action');

function refusal({ record }: World, action: RebuildAction): Plan | undefined {
  if (record.resize !== undefined && record.resize.phase !== 'Reverted')
    return refuse(action, 'ResizePending', 'a resize awaits its confirmation, and keeps the old disk: confirm or revert it first');
  if (record.origin !== 'Adopted') return undefined;
  return refuse(action, 'NotMadeHere', 'the machine was taken over as it is, and its disks are not for Hostler to replace');
}

/** The old root disk is in use: the new ones are made beside it, the guest is ended, and the definition switched. */
function planMake(world: World, machine: ObservedMachine, powerOff: PowerOff | undefined): Plan {
  const make: readonly StepName[] = [
    'ensure-base',
    'create-root-disk',
    ...(world.desired.extraDisks ? (['create-extra-disks'] as const) : []),
  ];
  const off = planOff(world, machine);
  switch (off.kind) {
    case 'Settled':
      return planUnseen(world, machine, powerOff) ?? steps('Rebuild', ...make, 'write-config-drive', 'define');
    case 'Steps':
      return steps('Rebuild', ...make, ...off.steps);
    case 'Wait':
      return off.reason === 'ShuttingDown' ? { ...off, reason: 'Rebuilding' } : off;
    case 'Blocked':
      return off;
  }
}

/** It has its new disks. */
function planRebuilt(world: World, machine: ObservedMachine, action: RebuildAction, powerOff: PowerOff | undefined): Plan {
  const done =
    machine.runId === action.uid
      ? end('Succeeded', 'Rebuilt', 'the machine has a new root disk, and was started', action)
      : end('Succeeded', 'RebuiltOff', 'the machine has a new root disk; it was not started', action);
  if (world.desired.powerState === 'Stopped' || hasRun(machine, action)) return done;
  const power = planRun(world, machine, powerOff, action, 'Rebuild');
  if (power.kind === 'Settled') return done;
  return power.kind === 'Steps' ? (planGivenUp(world, action) ?? power) : power;
}
