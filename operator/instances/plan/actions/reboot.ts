/**
 * Reboot: the run of a guest is ended, and the machine started again with its definition brought in line.
 *
 * Soft asks the guest to shut down, as a stop does, and becomes hard when its time is over. Once begun, a machine that is
 * off is started, whoever switched it off. A reboot that fails while the guest runs on is a fault of the action; the
 * Instance is as it was.
 */
import { START_STEPS } from '../power.ts';
import { planShutdown, shutdownProgress } from '../shutdown.ts';
import { planResumable } from '../twins.ts';
import type { ObservedMachine, Plan, PowerOff, RebootAction, World } from '../types.ts';
import { steps } from '../types.ts';
import { begin, end, hasBegun, planGivenUp, refuse } from './protocol.ts';
import { hasRun, planRun, refuseUnlessAskedToRun } from './run.ts';

export function planReboot(world: World, machine: ObservedMachine, action: RebootAction, powerOff: PowerOff | undefined): Plan | undefined {
  if (!hasBegun(world, action)) return refusal(world, machine, action) ?? begin();
  if (hasRun(machine, action)) return end('Succeeded', 'Rebooted', 'the guest was ended and started again', action);
  return refuseUnlessAskedToRun(world, action) ?? planGivenUp(world, action) ?? goOn(world, machine, action, powerOff);
}

function refusal(world: World, machine: ObservedMachine, action: RebootAction): Plan | undefined {
  const unasked = refuseUnlessAskedToRun(world, action);
  if (unasked !== undefined) return unasked;
  switch (machine.power) {
    case 'Running':
      return undefined;
    case 'Paused':
      // A guest that hangs on a full disk, or whose watchdog stopped it, is what a hard reboot is for.
      return action.type === 'Hard'
        ? undefined
        : refuse(action, 'NotRunning', `the guest is paused (${machine.powerReason}) and hears nothing: ask for a reboot of type Hard`);
    case 'Stopped':
      return refuse(action, 'NotRunning', 'the guest is off: an InstanceAction Start boots it');
    case 'Suspended':
    case 'Unknown':
      return refuse(action, 'NotRunning', `the guest is ${machine.power}: ask again when it runs`);
  }
}

function goOn(world: World, machine: ObservedMachine, action: RebootAction, powerOff: PowerOff | undefined): Plan {
  switch (machine.power) {
    case 'Running':
      return action.type === 'Hard' ? hard(action) : soft(world, action);
    case 'Paused':
      // With our run's id it is the new run, which was not unpaused yet. Else it is brought to life, as by a resume.
      return machine.runId === action.uid
        ? planRun(world, machine, powerOff, action, 'Reboot')
        : (planResumable(world, machine) ?? hard(action));
    case 'Stopped':
    case 'Suspended':
    case 'Unknown':
      return planRun(world, machine, powerOff, action, 'Reboot');
  }
}

const hard = ({ uid }: RebootAction): Plan => ({ ...steps('Reboot', 'power-off', ...START_STEPS), runId: uid });

function soft({ record, now }: World, action: RebootAction): Plan {
  const asked = planShutdown(shutdownProgress(record.shutdown, action.timeoutMs, now));
  if (asked.kind === 'Wait') return { ...asked, reason: 'Rebooting' };
  if (asked.kind !== 'Steps' || asked.steps.includes('power-off')) return hard(action);
  return { ...asked, operation: 'Reboot', patienceMs: action.timeoutMs };
}
