/**
 * Soft deletion: the guest is shut down, all that is its own is kept, and it is what it was when it is active again. After
 * an interval machine and disks are removed for good, as by a deletion; the object stays, for it is the user's.
 *
 * Status remembers since when it is so, and that nothing is left; how far a removal has come is told by observation.
 * Of one that is shelved: shelve/shelve.ts.
 */
import { planGoingOff } from './going-off.ts';
import { follow, planIdentity } from './identity.ts';
import { planSearch } from './lost.ts';
import { rootVolumeEnds } from './root-volume.ts';
import { planStatusLost } from './status-lost.ts';
import { isOff, ourTwins, planLivesTwice, planLivingFirst, planObserved, planUnseen } from './twins.ts';
import type { ObservedMachine, Plan, PowerOff, StepName, World } from './types.ts';
import { blocked, observing, settled, steps, wait } from './types.ts';

/** The world as it is for an instance that is put away: it should be off. */
export function seenPutAway(world: World): World {
  const { desired } = world;
  return desired.softDeleted === undefined && desired.shelved === undefined
    ? world
    : { ...world, desired: { ...desired, powerState: 'Stopped' } };
}

/** Before a host is claimed: one whose machine is gone for good gets no other, and one that is put away gets none now. */
export function planNothingMade(world: World): Plan | undefined {
  const { desired, record, elsewhere, shelf } = world;
  if (record.lifecycle?.reclaimed === true) {
    return desired.softDeleted === undefined
      ? blocked('DisksLost', 'its time as SoftDeleted was over, and its disks were removed: delete this Instance, and make another')
      : settled('Reclaimed', 'its machine and disks were removed: delete this Instance');
  }
  const isAway = desired.softDeleted !== undefined || desired.shelved !== undefined;
  if (record.hypervisorName !== undefined || !(isAway || shelf.kind === 'Unclaimed')) return undefined;
  // A machine of ours may be there, left by a status that was lost.
  const known = planIdentity(world, elsewhere.twins);
  if (known !== undefined) return known;
  if (elsewhere.unheard.length > 0) return observing(`these Hypervisors have been observed: ${elsewhere.unheard.join(', ')}`);
  return planStatusLost(world) ?? (shelf.kind === 'Unclaimed' ? unclaimed(shelf.snapshotName) : keptAway(world));
}

/** Nothing is made from the image while this may be what was on the disk. */
const unclaimed = (name: string): Plan =>
  blocked(
    'ShelvedCopyUnclaimed',
    `InstanceSnapshot ${name} is the copy of a disk that this Instance had, and what status said of it is lost: make an Instance from its Image, or delete it`,
  );

/** There is no machine: there never was, or it was offloaded. */
function keptAway(world: World): Plan {
  const { desired, record } = world;
  const offloaded = record.lifecycle?.offload === 'Done';
  if (desired.shelved !== undefined)
    return offloaded
      ? settled('Offloaded', 'machine and disks are off their host: it is made from the copy of its root disk when it is Active')
      : settled('Shelved', 'nothing is made of it until it is Active');
  if (!offloaded) return settled('SoftDeleted', 'nothing is made of it until it is Active');
  if (isDue(world)) return planRefusal(world) ?? steps('Reclaim', 'end-reclaim');
  const until = dueAt(world) ?? beginsNow(world);
  return { ...settled('SoftDeleted', 'the copy of its root disk is kept'), ...(until !== undefined && { until }) };
}

/** Of a machine that is not there: what a removal that was cut off left. Undefined: it is not to be removed, and is lost. */
export function planReclaimRest(world: World): Plan | undefined {
  const { machine, record, desired } = world;
  if (machine.kind !== 'Absent' || record.machineId === undefined || desired.reconcilePolicy === 'EnsureExists') return undefined;
  if (!isDue(world)) return undefined;
  return planRefusal(world) ?? planSearch(world, machine.readings, () => true) ?? reclaim(world);
}

/** Undefined: it is in use. */
export function planSoftDeleted(world: World, machine: ObservedMachine, end: PowerOff | undefined): Plan | undefined {
  if (world.desired.softDeleted === undefined || machine.power === 'Unknown') return undefined;
  // A saved guest is off, and goes on where it was.
  const stop = isOff(machine) ? undefined : planGoingOff(world, machine, 'Stop', 'ShuttingDown');
  if (stop !== undefined) return stop;
  if (!isDue(world)) return planLivesTwice(world, machine) ?? kept(world);
  return (
    planRefusal(world) ??
    planLivingFirst(world, machine) ??
    planUnseen(world, machine, end) ??
    planObserved(world.elsewhere, world.now) ??
    reclaim(world, 'undefine')
  );
}

/** Undefined: it is kept without end, or its time has not begun to count. */
function dueAt({ desired, record }: World): number | undefined {
  const { reclaimAfterMs } = desired.softDeleted ?? {};
  const since = record.lifecycle?.softDeletedAt;
  return reclaimAfterMs === undefined || since === undefined ? undefined : since + reclaimAfterMs;
}

/** When its time is over that begins to count in this pass: status says since when at the end of it, and nothing may wake it again. */
function beginsNow({ desired, now }: World): number | undefined {
  const { reclaimAfterMs } = desired.softDeleted ?? {};
  return reclaimAfterMs === undefined ? undefined : now + reclaimAfterMs;
}

function isDue(world: World): boolean {
  const at = dueAt(world);
  return at !== undefined && world.now >= at;
}

function kept(world: World): Plan {
  const at = dueAt(world) ?? beginsNow(world);
  return at === undefined
    ? settled('SoftDeleted', 'the guest is off, and kept with all its disks')
    : { ...settled('SoftDeleted', `the guest is off; its machine and disks are removed at ${new Date(at).toISOString()}`), until: at };
}

/** What protects an object, or its machine, from a deletion protects it from this. */
function planRefusal({ desired: { deletionProtection, deletionPolicy } }: World): Plan | undefined {
  if (deletionProtection) return wait('DeletionProtected', 'spec.deletionProtection is removed, or spec.lifecycle.reclaimAfter is');
  return deletionPolicy === 'Delete'
    ? undefined
    : blocked(
        'ReclaimNotAllowed',
        `its time as SoftDeleted is over and spec.deletionPolicy is ${deletionPolicy}: set it to Delete, or remove spec.lifecycle.reclaimAfter`,
      );
}

/** What is left elsewhere with our mark, copied or moved by hand, has its turn before it is said that all is gone. */
function reclaim(world: World, ...first: readonly StepName[]): Plan {
  const [other] = ourTwins(world.elsewhere);
  const gone = steps('Reclaim', ...first, 'prove-gone', 'delete-disks');
  if (other === undefined) return { ...gone, steps: [...gone.steps, ...rootVolumeEnds(world), 'end-reclaim'] };
  const next = follow(other);
  return next.kind === 'Steps' ? { ...next, operation: 'Reclaim', steps: [...gone.steps, 'follow'] } : next;
}
