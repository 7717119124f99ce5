/** Runs that an action asks for: such a run gets the uid of the action as its id, so that it is begun once. */
import { planMachinePower } from '../machine-power.ts';
import type { AskedAction, ObservedMachine, Operation, Plan, PowerOff, World } from '../types.ts';
import { refuse } from './protocol.ts';

/** The run that the action asked for was begun, and got as far as running. */
export function hasRun({ runId, power, powerReason }: ObservedMachine, { uid }: AskedAction): boolean {
  return runId === uid && !(power === 'Paused' && powerReason === 'User');
}

/** Starts what is off, as power planning would for anybody who asks; finishes a start that was cut off. */
export function planRun(
  world: World,
  machine: ObservedMachine,
  powerOff: PowerOff | undefined,
  action: AskedAction,
  operation: Operation,
): Plan {
  const power = planMachinePower(world, machine, powerOff, 'Action');
  return power.kind === 'Steps' && power.operation === 'Start' ? { ...power, operation, runId: action.uid } : power;
}

/** Whoever wants a guest to run says so in the spec; an action is for one that should. */
export function refuseUnlessAskedToRun({ desired }: World, action: AskedAction): Plan | undefined {
  if (desired.powerState === 'Running') return undefined;
  return refuse(action, 'NotAskedToRun', `spec.powerState is ${desired.powerState}: set it to Running, which starts the guest`);
}
