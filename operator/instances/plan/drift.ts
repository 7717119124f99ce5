/**
 * What differs from the spec once the power is as asked: changed while it runs where that can be done, else left for the
 * next start, or for a person.
 */
import { planResizeAtRest } from './resize/resize.ts';
import type { ObservedMachine, Plan, World } from './types.ts';
import { blocked, settled, steps, wait } from './types.ts';

/** Undefined: the machine is as the spec asks. */
export function planDrift(world: World, machine: ObservedMachine): Plan | undefined {
  const { desired, record } = world;
  if (machine.liveDrift.length > 0 && machine.power === 'Running') return steps('Update', 'update-live');
  // Back on its own disk it is started anew, and the rest is looked at then.
  if (machine.role === 'rescue') return undefined;
  if (needsRebuild(world)) {
    return blocked(
      'RebuildRequired',
      `the machine was made from Image ${record.imageName ?? ''} and spec.imageName is ${desired.imageName ?? ''}: set it back, or ask for an InstanceAction Rebuild`,
    );
  }
  const resize = planResizeAtRest(world, machine);
  if (resize !== undefined) return resize;
  const unmet = world.missing.find((reference) => reference.unmet === true);
  if (unmet !== undefined) return wait(unmet.reason, unmet.until);
  if (!needsRestart(world, machine)) return undefined;
  // It runs on as it is; but no start would come of what the spec asks now.
  return desired.refused === undefined
    ? settled('RestartRequired', 'a change of the spec takes effect at the next start: set powerState to Stopped, then to Running')
    : blocked(desired.refused.reason, desired.refused.message);
}

/** A running or saved guest was started for something else than the spec says now. */
export function needsRestart({ desired, record }: World, { power, bootHash, role }: ObservedMachine): boolean {
  return (
    // What was taken over as it is stays so.
    record.origin !== 'Adopted' &&
    role === 'main' &&
    power !== 'Stopped' &&
    power !== 'Unknown' &&
    bootHash !== undefined &&
    desired.bootHash !== undefined &&
    bootHash !== desired.bootHash
  );
}

export const needsRebuild = ({ record, desired }: Pick<World, 'record' | 'desired'>): boolean =>
  record.imageName !== undefined && desired.imageName !== undefined && record.imageName !== desired.imageName;
