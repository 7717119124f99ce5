/**
 * The machine is not where it should be.
 *
 * Believed after two observations of a host that answers. Then it is looked for everywhere: somebody may have moved it,
 * and two copies of one guest on one disk destroy it. Only what is surely gone is defined again, on its own disks;
 * nothing is ever made from the image a second time.
 */
import { follow, planIdentity } from './identity.ts';
import { SILENT_AGAIN_MS } from './look-again.ts';
import { OBSERVE_AGAIN_MS, planFound } from './unfinished.ts';
import { isOff, ourTwins } from './twins.ts';
import type { Plan, Steps, Twin, World } from './types.ts';
import { blocked, steps, wait } from './types.ts';

export const CONSISTENT_READINGS = 2;

/** Undefined: it is there. */
export function planLost(world: World): Plan | undefined {
  if (world.machine.kind !== 'Absent') return undefined;
  const { run } = world.record;
  // One that is off, and was moved away or had another run, is a left-over of some move: its disk is old.
  const isIt = (twin: Twin): boolean => !isOff(twin) || (twin.runId === run?.id && !twin.movedAway);
  return planSearch(world, world.machine.readings, isIt) ?? planRedefine(world);
}

/** Undefined: it is surely nowhere. `isIt`: which of the machines with our mark is it. */
export function planSearch(world: World, readings: number, isIt: (twin: Twin) => boolean): Plan | undefined {
  if (readings < CONSISTENT_READINGS) {
    return wait('MachineMissing', `a second observation of Hypervisor ${world.host?.name ?? ''}`, world.now + OBSERVE_AGAIN_MS);
  }
  const found = ourTwins(world.elsewhere).find(isIt);
  if (found !== undefined) return leaving(world, follow(found));
  if (world.elsewhere.unheard.length > 0) {
    const names = world.elsewhere.unheard.join(', ');
    return wait('MachineMissing', `these Hypervisors have been looked at: ${names}`, world.now + OBSERVE_AGAIN_MS);
  }
  if (world.elsewhere.silentSharers.length > 0) {
    const names = world.elsewhere.silentSharers.join(', ');
    return wait('MachineMissing', `these Hypervisors, which reach its disks, answer or are fenced: ${names}`, world.now + SILENT_AGAIN_MS);
  }
  return undefined;
}

/** What was made here for a rescue before anybody knew that the machine had left is nobody's afterwards; a person's work is none of it. */
function leaving({ record, desired: { lock, reconcilePolicy } }: World, plan: Steps): Plan {
  const mayTidy = lock === undefined && reconcilePolicy === 'Reconcile';
  return record.rescue === undefined || !mayTidy ? plan : { ...plan, steps: ['delete-rescue-disks', ...plan.steps] };
}

function planRedefine(world: World): Plan {
  const { looked, record } = world;
  if (record.origin === 'Adopted') {
    return blocked('MachineLost', `machine ${record.machineId ?? ''} is gone, and was not made by Hostler: it cannot be made again`);
  }
  if (looked.twins === undefined || looked.disks === undefined) return steps('Look', 'look-for-twins', 'look-for-disks');
  const twin = planIdentity(world, looked.twins) ?? planFound(world);
  if (twin !== undefined) return twin;
  if (!looked.disks.rootExists) {
    return blocked(
      'DisksLost',
      'the root disk is gone; nothing is made from the image again by itself: bring the disk back, or delete the Instance',
    );
  }
  return steps('Redefine', 'define');
}

/** It runs, but somebody undefined it: the definition is given back without a restart. */
export function planPersistence({ machine }: World): Plan | undefined {
  return machine.kind === 'Present' && !machine.machine.persistent && machine.machine.power !== 'Stopped'
    ? steps('Redefine', 'define')
    : undefined;
}
