/**
 * Snapshot: what the root disk holds at one moment is copied into a base image on the host. Nothing of the machine changes.
 *
 * The copy goes on in the background, and is begun again where it was cut off: the moment is then a later one. What becomes
 * of it is the InstanceSnapshot's; what is left of one that nobody wants any more is ended here, and removed there.
 *
 * While the host has no time for it the machine is nobody's: everything else has its say, and goes first.
 */
import type { ObservedMachine, Plan, SnapshotAction, Steps, World } from '../types.ts';
import { steps } from '../types.ts';
import { begin, endCutOff, hasBegun, outcome, planGivenUp, refuse } from './protocol.ts';

/** Undefined: it waits for its turn. */
export function planSnapshot(world: World, machine: ObservedMachine, action: SnapshotAction): Plan | undefined {
  const refusal = refusalOf(world, machine, action);
  const isTurn = action.turn === 'Come';
  if (!hasBegun(world, action)) return refusal === undefined ? (isTurn ? begin() : undefined) : refuse(action, ...refusal);
  if (refusal !== undefined) return endCutOff({ ...action, phase: 'Running' }, ...refusal);
  return planGivenUp(world, action) ?? (isTurn ? copy(action) : undefined);
}

const copy = (action: SnapshotAction): Steps => ({
  ...steps('Snapshot', 'capture', 'end-action'),
  outcome: outcome('Succeeded', 'Captured', 'the root disk was copied', action),
});

/** Reason, and what to do about it. */
function refusalOf({ record }: World, machine: ObservedMachine, action: SnapshotAction): readonly [string, string] | undefined {
  const { hypervisorName } = action.location;
  if (record.hypervisorName !== hypervisorName)
    return ['MachineMoved', `the machine is no longer on Hypervisor ${hypervisorName}: ask for another snapshot`];
  if (!action.cold || machine.power === 'Stopped') return undefined;
  return ['NotStopped', `the guest is ${machine.power}: set spec.powerState to Stopped first, or ask for mode Live`];
}
