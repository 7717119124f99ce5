/**
 * Freeze and Thaw: writes of the guest to its file systems are held back, and let go again. A freeze succeeds when they are
 * frozen; their time is in status before they are, so that whoever comes next knows when to thaw.
 */
import { isFrozen } from '../freeze.ts';
import type { FreezeAction, ObservedMachine, Plan, ThawAction, World } from '../types.ts';
import { steps } from '../types.ts';
import { refuseUnlessHeard } from './guest.ts';
import { end, hasBegun, outcome, planGivenUp, refuse } from './protocol.ts';

export function planFreeze(world: World, machine: ObservedMachine, action: FreezeAction): Plan {
  const begun = hasBegun(world, action);
  const unheard = refuseUnlessHeard(world, machine, action);
  if (unheard !== undefined) return unheard;
  // Nobody could tell later whether it is still the run that was frozen.
  if (machine.runId === undefined)
    return refuse(action, 'RunUnknown', 'somebody else started the guest, and its run has no id: ask for Reboot, then ask again');
  if (!begun && isFrozen(world, machine))
    return refuse(action, 'AlreadyFrozen', 'they are frozen already, as status.freeze tells: ask for Thaw first');
  const givenUp = begun ? planGivenUp(world, action) : undefined;
  if (givenUp !== undefined) return thawedFirst(givenUp, world, machine);
  return {
    ...steps('Freeze', ...(begun ? [] : (['begin-action'] as const)), 'record-freeze', 'freeze-guest', 'end-action'),
    freezeMs: action.timeoutMs,
    outcome: outcome(
      'Succeeded',
      'Frozen',
      'the file systems of the guest are frozen until they are thawed, or status.freeze.until',
      action,
    ),
  };
}

/** It may have been frozen all the same, without our hearing of it. */
const thawedFirst = (plan: Plan, world: World, machine: ObservedMachine): Plan =>
  plan.kind === 'Steps' && isFrozen(world, machine) ? { ...plan, steps: ['thaw-overdue', ...plan.steps] } : plan;

export function planThaw(world: World, machine: ObservedMachine, action: ThawAction): Plan {
  if (machine.power === 'Stopped' || machine.power === 'Suspended')
    return end('Succeeded', 'Thawed', 'the guest does not run: nothing is frozen', action);
  const begun = hasBegun(world, action);
  const refusal = refuseUnlessHeard(world, machine, action) ?? (begun ? planGivenUp(world, action) : undefined);
  if (refusal !== undefined) return refusal;
  return {
    ...steps('Thaw', ...(begun ? [] : (['begin-action'] as const)), 'thaw-guest', 'end-action'),
    outcome: outcome('Succeeded', 'Thawed', 'the guest writes to its file systems again', action),
  };
}
