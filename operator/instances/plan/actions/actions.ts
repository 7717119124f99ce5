/** InstanceActions on a machine that is there: which planner an action has. The order among them is decided by who observes. */
import type { ObservedMachine, Plan, PowerOff, World } from '../types.ts';
import { planCrashDump } from './crash-dump.ts';
import { planResizeAction } from './resize.ts';
import { planFreeze, planThaw } from './freeze.ts';
import { planGuestAct } from './guest.ts';
import { planReboot } from './reboot.ts';
import { planRebuild } from './rebuild.ts';
import { planRestore } from './restore.ts';
import { planSnapshot } from './snapshot.ts';
import { planSwapVolume } from './swap-volume.ts';
import { planStart } from './start.ts';

/** Undefined: nothing is asked for, or what is asked for leaves the other concerns their say. */
export function planAction(world: World, machine: ObservedMachine, end: PowerOff | undefined): Plan | undefined {
  const { action } = world;
  // What the power is decides what may be begun.
  if (action === undefined || machine.power === 'Unknown') return undefined;
  switch (action.action) {
    case 'Start':
      return planStart(world, machine, action, end);
    case 'Reboot':
      return planReboot(world, machine, action, end);
    case 'Rebuild':
      return planRebuild(world, machine, action, end);
    case 'Restore':
      return planRestore(world, machine, action, end);
    case 'CrashDump':
      return planCrashDump(world, machine, action);
    case 'ConfirmResize':
    case 'RevertResize':
      return planResizeAction(world, action);
    case 'Freeze':
      return planFreeze(world, machine, action);
    case 'Thaw':
      return planThaw(world, machine, action);
    case 'SetPassword':
    case 'InjectFile':
    case 'InjectNetworkInfo':
    case 'InjectMetadata':
    case 'ResetNetwork':
      return planGuestAct(world, machine, action);
    case 'SwapVolume':
      return planSwapVolume(world, machine, action);
    case 'Snapshot':
      return planSnapshot(world, machine, action);
  }
}
