/**
 * Deleting an Instance, from every state it can be in: the machine, then the disks made for it, then the finalizer.
 *
 * The finalizer goes on proof only: nothing was ever made, the machine was let go of, or its host says that it is gone.
 * No path here needs a spawn that worked, an image, a flavor or a secret. What stands in the way is named in `Deleting`.
 *
 * Of a machine that somebody moved or copied by hand every one with our mark goes, one host after the other, those that live
 * first; the finalizer goes with the last. Which disks go when: `steps/disks.ts`.
 */
import { planPreempted } from './actions/protocol.ts';
import { planGoingOff } from './going-off.ts';
import { HOST_UNREACHABLE, planHost } from './host.ts';
import { planLockedDeletion } from './lock.ts';
import { follow } from './identity.ts';
import { planSearch } from './lost.ts';
import { rootVolumeEnds } from './root-volume.ts';
import { planStatusLost } from './status-lost.ts';
import { isOff, livesElsewhere, ourTwins, planLivingFirst, planObserved, planUnseen } from './twins.ts';
import type { ObservedMachine, Plan, PowerOff, StepName, World } from './types.ts';
import { observing, settled, steps, wait } from './types.ts';
import { planNotObserved } from './unfinished.ts';

/** Undefined: the object is not being deleted. `end`: why the machine is off. */
export function planDeletion(world: World, end: PowerOff | undefined): Plan | undefined {
  if (!world.deleting) return undefined;
  if (!world.finalizer) return settled('Gone');
  if (world.desired.deletionProtection) return wait('DeletionProtected', 'spec.deletionProtection is removed');
  if (world.desired.deletionPolicy === 'Abandon') return steps('Delete', 'remove-finalizer');
  if (world.record.hypervisorName === undefined)
    return planOthers(world) ?? planStatusLost(world, ', or spec.deletionPolicy is Abandon') ?? planLetGo(world);
  return planPolicy(world) ?? planDeletionHost(world) ?? planNotObserved(world) ?? planRemoval(world, end);
}

/** Nothing of ours is left here. */
function planLetGo(world: World): Plan {
  return planOthers(world) ?? steps('Delete', 'remove-finalizer');
}

/** Another one with our mark, and hosts that this process has not looked at yet. */
function planOthers({ elsewhere, now }: World): Plan | undefined {
  const [other] = ourTwins(elsewhere);
  return other === undefined ? planObserved(elsewhere, now) : follow(other);
}

function planPolicy(world: World): Plan | undefined {
  const { desired } = world;
  if (desired.deletionPolicy === 'Retain') return undefined;
  switch (desired.reconcilePolicy) {
    case 'Reconcile':
    case 'EnsureExists':
      return planLockedDeletion(world);
    case 'WatchOnly':
    case 'DryRun':
    case 'Disabled':
      return wait(
        'BlockedByPolicy',
        `spec.reconcilePolicy is no longer ${desired.reconcilePolicy}, or spec.deletionPolicy is Retain or Abandon`,
      );
  }
}

/** A host that is surely off runs nothing: what is left on it shows as a mark without an Instance when it comes back. */
function planDeletionHost(world: World): Plan | undefined {
  const silent = planHost(world);
  if (silent === undefined) return undefined;
  if (world.host?.fenced === true && world.desired.deletionPolicy === 'Delete')
    return planOthers(world) ?? steps('Delete', ...rootVolumeEnds(world), 'remove-finalizer');
  return silent.kind === 'Wait' && silent.quiet !== true
    ? wait(HOST_UNREACHABLE, `${silent.until}, is fenced, or spec.deletionPolicy is Abandon`)
    : silent;
}

function planRemoval(world: World, end: PowerOff | undefined): Plan {
  const { machine } = world;
  switch (machine.kind) {
    case 'Present':
      return planPresent(world, machine.machine, end);
    case 'Absent':
      return planAbsent(world, machine.readings);
    case 'NotOurs':
      return planNotOurs(world, machine.mark, machine.machineId);
    case 'NotObserved':
      return observing('the host has been observed');
  }
}

function planPresent(world: World, machine: ObservedMachine, end: PowerOff | undefined): Plan {
  const preempted = planPreempted(world);
  if (preempted !== undefined) return preempted;
  if (machine.busy) return wait('MachineBusy', 'the job that runs on the machine ends');
  const elsewhere = planLivingFirst(world, machine) ?? planUnseen(world, machine, end);
  if (elsewhere !== undefined) return elsewhere;
  if (world.desired.deletionPolicy === 'Retain')
    return planObserved(world.elsewhere, world.now) ?? steps('Delete', 'retain', ...lastly(world));
  // Undefining takes a saved state with it; everything else must be off first.
  if (isOff(machine)) return planObserved(world.elsewhere, world.now) ?? steps('Delete', ...removal(world));
  const stop = planGoingOff(world, machine, 'Delete', 'ShuttingDown');
  if (stop !== undefined && (stop.kind !== 'Steps' || !stop.steps.includes('power-off'))) return stop;
  // Once it is off, one that lives elsewhere has its turn before any disk goes.
  if (livesElsewhere(world)) return steps('Delete', 'power-off');
  return planObserved(world.elsewhere, world.now) ?? steps('Delete', 'power-off', ...removal(world));
}

const removal = (world: World): readonly StepName[] => ['undefine', 'prove-gone', 'delete-disks', ...lastly(world)];

/** The finalizer stays while there is another one. */
const lastly = (world: World): readonly StepName[] =>
  ourTwins(world.elsewhere).length === 0 ? [...rootVolumeEnds(world), 'remove-finalizer'] : [];

function planAbsent(world: World, readings: number): Plan {
  // A spawn that was cut off may have made it since the host was observed: the step asks afresh.
  const search = world.record.machineId === undefined ? planOthers(world) : planSearch(world, readings, () => true);
  if (search !== undefined) return planLeave(world, search);
  return world.desired.deletionPolicy === 'Retain'
    ? steps('Delete', 'prove-gone', 'remove-finalizer')
    : steps('Delete', 'prove-gone', 'delete-disks', ...rootVolumeEnds(world), 'remove-finalizer');
}

/** Disks that are left here go before another one is followed: afterwards nobody would know of them. But none from under a guest that lives. */
function planLeave({ desired }: World, search: Plan): Plan {
  const other = search.kind === 'Steps' ? search.twin : undefined;
  if (other === undefined || !isOff(other) || desired.deletionPolicy !== 'Delete') return search;
  return { ...steps('Delete', 'prove-gone', 'delete-disks', 'follow'), twin: other };
}

function planNotOurs(world: World, mark: 'None' | 'Retained' | 'Namesake' | 'Other', machineId: string): Plan {
  switch (mark) {
    case 'Retained':
    case 'Namesake':
    case 'Other':
      return planLetGo(world);
    case 'None':
      // Claimed to be taken over, and not marked yet.
      if (world.record.origin === 'Adopted') return planLetGo(world);
      // Its id is ours, its mark is gone: whose it is only a person can say.
      return wait(
        'MarkMissing',
        `machine ${machineId}, which lost its owner mark, is removed from the host, or spec.deletionPolicy is Abandon`,
      );
  }
}
