/**
 * Deleting an Instance, from every state it can be in: the machine, then the disks made for it, then the finalizer.
 *
 * The finalizer goes on proof only: nothing was ever made, the machine was let go of, or its host says that it is gone.
 * No path here needs a spawn that worked, an image, a flavor or a secret. What stands in the way is named in `Deleting`.
 */
import { HOST_UNREACHABLE, planHost } from './host.ts';
import { planSearch } from './lost.ts';
import { planPower } from './power.ts';
import { shutdownProgress } from './shutdown.ts';
import type { ObservedMachine, Plan, World } from './types.ts';
import { observing, settled, steps, wait } from './types.ts';
import { planNotObserved } from './unfinished.ts';

const letGo = steps('Delete', 'remove-finalizer');

/** Undefined: the object is not being deleted. */
export function planDeletion(world: World): Plan | undefined {
  if (!world.deleting) return undefined;
  if (!world.finalizer) return settled('Gone');
  if (world.desired.deletionProtection) return wait('DeletionProtected', 'spec.deletionProtection is removed');
  if (world.desired.deletionPolicy === 'Abandon' || world.record.hypervisorName === undefined) return letGo;
  return planPolicy(world) ?? planDeletionHost(world) ?? planNotObserved(world) ?? planRemoval(world);
}

function planPolicy({ desired }: World): Plan | undefined {
  if (desired.deletionPolicy === 'Retain') return undefined;
  switch (desired.reconcilePolicy) {
    case 'Reconcile':
    case 'EnsureExists':
      return undefined;
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
  if (world.host?.fenced === true && world.desired.deletionPolicy === 'Delete') return letGo;
  return silent.kind === 'Wait' && silent.quiet !== true
    ? wait(HOST_UNREACHABLE, `${silent.until}, is fenced, or spec.deletionPolicy is Abandon`)
    : silent;
}

function planRemoval(world: World): Plan {
  const { machine } = world;
  switch (machine.kind) {
    case 'Present':
      return planPresent(world, machine.machine);
    case 'Absent':
      return planAbsent(world, machine.readings);
    case 'NotOurs':
      return planNotOurs(machine.mark, machine.machineId);
    case 'NotObserved':
      return observing('the host has been observed');
  }
}

function planPresent(world: World, machine: ObservedMachine): Plan {
  if (machine.busy) return wait('MachineBusy', 'the job that runs on the machine ends');
  if (world.desired.deletionPolicy === 'Retain') return steps('Delete', 'retain', 'remove-finalizer');
  // Undefining takes a saved state with it; everything else must be off first.
  if (machine.power === 'Suspended' || machine.power === 'Stopped') return steps('Delete', ...REMOVE);
  const stop = planPower(
    { powerState: 'Stopped', restartPolicy: 'Never' },
    {
      now: world.now,
      power: machine.power,
      powerReason: machine.powerReason,
      end: undefined,
      everStarted: true,
      startAsked: 'No',
      shutdown: shutdownProgress(world.record.shutdown, world.desired.shutdownTimeoutMs, world.now),
      restarts: undefined,
    },
  );
  if (stop.kind !== 'Steps') return stop;
  return stop.steps.includes('power-off') ? steps('Delete', 'power-off', ...REMOVE) : { ...stop, operation: 'Delete' };
}

const REMOVE = ['undefine', 'prove-gone', 'delete-disks', 'remove-finalizer'] as const;

function planAbsent(world: World, readings: number): Plan {
  // A spawn that was cut off may have made it since the host was observed: the step asks afresh.
  if (world.record.machineId !== undefined) {
    const search = planSearch(world, readings);
    if (search !== undefined) return search;
  }
  return world.desired.deletionPolicy === 'Retain'
    ? steps('Delete', 'prove-gone', 'remove-finalizer')
    : steps('Delete', 'prove-gone', 'delete-disks', 'remove-finalizer');
}

function planNotOurs(mark: 'None' | 'Retained' | 'Namesake' | 'Other', machineId: string): Plan {
  switch (mark) {
    case 'Retained':
    case 'Namesake':
    case 'Other':
      return letGo;
    case 'None':
      // Its id is ours, its mark is gone: whose it is only a person can say.
      return wait(
        'MarkMissing',
        `machine ${machineId}, which lost its owner mark, is removed from the host, or spec.deletionPolicy is Abandon`,
      );
  }
}
