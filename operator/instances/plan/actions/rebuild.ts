/**
 * Rebuild: the machine gets new disks, the root disk made from the image of the spec, and stays who it is: its id, its MAC
 * addresses, its volumes. What is off and should be off stays off. How: new-root.ts.
 */
import type { ObservedMachine, Plan, PowerOff, RebuildAction, World } from '../types.ts';
import { planNewRoot } from './new-root.ts';

export function planRebuild(world: World, machine: ObservedMachine, action: RebuildAction, powerOff: PowerOff | undefined): Plan {
  return planNewRoot(world, machine, powerOff, {
    action,
    makings: world.desired.makings,
    makes: ['ensure-base', 'create-root-disk', ...(world.desired.extraDisks ? (['create-extra-disks'] as const) : [])],
    refused: undefined,
    done: 'Rebuilt',
  });
}
