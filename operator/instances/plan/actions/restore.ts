/**
 * Restore: the machine gets a new root disk, made from a snapshot of its own, and stays who it is: its id, its MAC addresses,
 * its volumes, its ephemeral disks. What is off and should be off stays off. How: new-root.ts.
 *
 * The image of the spec counts as taken: whoever asks for a snapshot of the machine wants that, and no other disk.
 */
import type { ObservedMachine, Plan, PowerOff, RestoreAction, World } from '../types.ts';
import { planNewRoot } from './new-root.ts';

export function planRestore(world: World, machine: ObservedMachine, action: RestoreAction, powerOff: PowerOff | undefined): Plan {
  const { from } = action;
  return planNewRoot(world, machine, powerOff, {
    action,
    makings: from.kind === 'Ready' ? from.makings : undefined,
    makes: ['ensure-base', 'create-root-disk'],
    refused: from.kind === 'Unfit' ? from : undefined,
    done: 'Restored',
  });
}
