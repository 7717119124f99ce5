/** Start: boots a guest that should run and has ended, whatever the restart policy says. */
import type { ObservedMachine, Plan, PowerOff, World } from '../types.ts';
import type { StartAction } from '../types.ts';
import { begin, end, hasBegun } from './protocol.ts';
import { hasRun, planRun, refuseUnlessAskedToRun } from './run.ts';

export function planStart(world: World, machine: ObservedMachine, action: StartAction, powerOff: PowerOff | undefined): Plan | undefined {
  if (hasRun(machine, action)) return end('Succeeded', 'Started', 'the guest was started', action);
  if (machine.power === 'Running') return end('Succeeded', 'AlreadyRunning', 'the guest was running: nothing was done', action);
  const refusal = refuseUnlessAskedToRun(world, action);
  if (refusal !== undefined) return refusal;
  // A guest that is paused or saved goes on as the spec asks.
  if (machine.power !== 'Stopped') return undefined;
  return hasBegun(world, action) ? planRun(world, machine, powerOff, action, 'Start') : begin();
}
