/**
 * Shelving: the guest is shut down and its root disk copied; then, after a time, machine and disks are removed from the host,
 * whose room is free for others. When it is active again it is made anew, from the copy, on any host that reaches that.
 *
 * Nothing is removed before the copy is complete and status says that it is what the instance is made from. From then on
 * what was begun is finished, whatever is asked for meanwhile: half a machine is worth nothing, and the copy is whole.
 */
import { planSnapshot } from '../actions/snapshot.ts';
import { planGoingOff } from '../going-off.ts';
import { planSearch } from '../lost.ts';
import { planTidy } from '../tidy.ts';
import { ourTwins, planLivingFirst, planObserved, planUnseen } from '../twins.ts';
import type { ObservedMachine, Plan, PowerOff, StepName, World } from '../types.ts';
import { blocked, settled, steps, wait } from '../types.ts';

/** Undefined: it is in use. */
export function planShelved(world: World, machine: ObservedMachine, end: PowerOff | undefined): Plan | undefined {
  if (world.desired.shelved === undefined || machine.power === 'Unknown') return undefined;
  return (
    planRefusal(world) ??
    planGoingOff(world, machine, 'Stop', 'ShuttingDown') ??
    // First what a rebuild left, for the copy counts as made from what status tells; in a rescue the definition is another.
    (machine.role === 'main' ? planTidy(world) : undefined) ??
    planCopy(world, machine) ??
    kept(world) ??
    planLivingFirst(world, machine) ??
    planUnseen(world, machine, end) ??
    planObserved(world.elsewhere, world.now) ??
    offload(world, 'begin-offload', 'undefine')
  );
}

/** Of a machine that is not there: what an offload that was cut off left. Undefined: none was begun, and the machine is lost. */
export function planOffloadRest(world: World): Plan | undefined {
  const { machine, record } = world;
  if (machine.kind !== 'Absent' || record.machineId === undefined || record.lifecycle?.offload !== 'Begun') return undefined;
  return planSearch(world, machine.readings, () => false) ?? offload(world);
}

function planRefusal({ desired: { shelved }, record }: World): Plan | undefined {
  const { resize, origin } = record;
  if (origin === 'Adopted')
    return blocked(
      'ShelveNotPossible',
      'the machine was taken over as it is, and is not for Hostler to make anew: set spec.lifecycle.state to Active',
    );
  if (resize !== undefined && resize.phase !== 'Reverted')
    return blocked('ResizePending', 'a resize awaits its confirmation: set spec.lifecycle.state to Active, and confirm or revert it first');
  return shelved?.refused && blocked(shelved.refused.reason, shelved.refused.message);
}

/** Undefined: it is complete. */
function planCopy(world: World, machine: ObservedMachine): Plan | undefined {
  const { shelf, action } = world;
  switch (shelf.kind) {
    case 'Ready':
      return undefined;
    case 'Failed':
      return blocked(
        'ShelveFailed',
        `its disk could not be copied (${shelf.reason}: ${shelf.message}): the machine is whole; set spec.lifecycle.state to Active, or change the spec to try again`,
      );
    case 'None':
    case 'Unclaimed':
    case 'Taking':
      return (action?.action === 'Snapshot' ? planSnapshot(world, machine, action) : undefined) ?? awaitCopy(world, machine);
  }
}

/** Whoever copies it goes by the disks that status tells of. */
function awaitCopy({ looked }: World, { root }: ObservedMachine): Plan {
  if (root === undefined && looked.twins === undefined) return steps('Look', 'look-for-twins');
  return wait('Shelving', 'its root disk has been copied');
}

/** Undefined: its time on the host is over. */
function kept({ desired: { shelved }, record: { lifecycle }, now }: World): Plan | undefined {
  // Status says since when at the end of this pass.
  const dueAt = (lifecycle?.shelvedAt ?? now) + (shelved?.offloadAfterMs ?? 0);
  if (dueAt <= now) return undefined;
  const at = new Date(dueAt).toISOString();
  return {
    ...settled('Shelved', `the guest is off, and its disk is copied; machine and disks are removed from the host at ${at}`),
    until: dueAt,
  };
}

/** A copy of the machine elsewhere could be taken for it, and be copied in its place. */
function offload({ elsewhere }: World, ...first: readonly StepName[]): Plan {
  const [other] = ourTwins(elsewhere);
  return other === undefined
    ? steps('Offload', ...first, 'prove-gone', 'delete-disks', 'end-offload')
    : blocked(
        'MachineCopied',
        `machine ${other.machineId} is on Hypervisor ${other.hypervisorName} as well: remove it there, with its disks`,
      );
}
