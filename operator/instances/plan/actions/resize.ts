/** ConfirmResize and RevertResize: a person's word on a resize that awaits it. The reverting itself is planned like the resize. */
import { REVERT_ASKED, revert } from '../resize/resize.ts';
import type { ObservedMachine, Plan, World } from '../types.ts';
import { steps } from '../types.ts';
import { begin, end, hasBegun, planGivenUp, refuse } from './protocol.ts';
import type { ResizeAction } from '../resize/types.ts';

/** A rescue gives back the disks that it found: there is nothing to decide on them meanwhile. Undefined: nobody asks for it. */
export function refuseInRescue({ action, record: { resize } }: World, { role }: ObservedMachine): Plan | undefined {
  if (role !== 'rescue' || resize?.phase !== 'AwaitingConfirmation') return undefined;
  return action?.action === 'ConfirmResize' || action?.action === 'RevertResize'
    ? refuse(action, 'Rescued', 'the machine runs a rescue system: remove spec.rescue, and ask again when it is itself')
    : undefined;
}

export function planResizeAction(world: World, action: ResizeAction): Plan {
  const awaited = world.record.resize?.phase === 'AwaitingConfirmation';
  if (!hasBegun(world, action)) return awaited ? begin() : refuse(action, 'NoResizePending', 'no resize awaits its confirmation');
  if (awaited) {
    const next =
      action.action === 'ConfirmResize' ? steps('ConfirmResize', 'confirm-resize') : revert({ reason: REVERT_ASKED, message: '' });
    return planGivenUp(world, action) ?? next;
  }
  const reverted = world.record.resize !== undefined;
  if (action.action === 'RevertResize') return end('Succeeded', 'Reverted', 'the instance has its old size and root disk again', action);
  return reverted
    ? end('Failed', 'NoResizePending', 'the resize was reverted meanwhile', action)
    : end('Succeeded', 'Confirmed', 'the new size stays', action);
}
