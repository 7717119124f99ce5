/** How the machine of the simulation is switched. */
import type { PowerState, StepName } from '../types.ts';
import { refuse, Refused } from './simulated-faults.ts';
import type { SimMachine } from './simulated-hosts.ts';

export function turn(machine: SimMachine, from: readonly PowerState[], power: PowerState, powerReason: string): void {
  if (!from.includes(machine.power)) throw new Refused(`${machine.power} cannot become ${power}`);
  Object.assign(machine, { power, powerReason });
}

/** `livesBeside`: another machine of the same Instance is on. */
export function powerSteps(machine: SimMachine, livesBeside: () => boolean): Partial<Record<StepName, () => void>> {
  return {
    'apply-filters': () => {
      machine.filtered = true;
    },
    unpause: () => {
      if (machine.power === 'Running') return;
      if (!machine.filtered) throw new Error('ran without its filters');
      refuse(livesBeside(), 'runs twice');
      turn(machine, ['Paused'], 'Running', 'User');
    },
    'power-off': () => turn(machine, ['Running', 'Paused', 'Stopped'], 'Stopped', 'Destroyed'),
    pause: () => turn(machine, ['Running', 'Paused'], 'Paused', 'User'),
    'suspend-to-disk': () => turn(machine, ['Running', 'Paused'], 'Suspended', 'Saved'),
    'restore-from-disk': () => {
      refuse(livesBeside(), 'restored while it lives elsewhere');
      turn(machine, ['Suspended'], 'Running', 'User');
    },
    'discard-saved-state': () => turn(machine, ['Suspended', 'Stopped'], 'Stopped', 'Unknown'),
  };
}
