/**
 * An operation that an earlier pass, or an earlier process, left unfinished: finished, or rolled back, by what is seen.
 *
 * Only a spawn and an adoption need this: everything else is begun again by the planner that began it.
 */
import { planUnmarked } from './adoption.ts';
import { identityConflict, instanceExists, planIdentity } from './identity.ts';
import { movesElsewhere } from './retry.ts';
import { spawnSteps } from './spawn.ts';
import type { Plan, World } from './types.ts';
import { observing, steps } from './types.ts';
import { isAwayFromVolumes } from './volume-elsewhere.ts';

/** Undefined: the machine has been made. */
export function planUnfinished(world: World): Plan | undefined {
  const { machine } = world;
  if (machine.kind === 'NotOurs') return planNotOurs(world, machine);
  if (world.record.machineId !== undefined) return undefined;
  switch (machine.kind) {
    case 'Present':
      if (machine.machine.runId !== undefined || machine.machine.power !== 'Stopped') return undefined;
      return planRollback(world) ?? (world.desired.powerState === 'Stopped' ? undefined : spawnSteps(world));
    case 'NotObserved':
    case 'Absent':
      // Asked afresh, not from the cache: a call that was lost may have been carried out.
      if (world.looked.twins === undefined) return steps('Look', 'look-for-twins');
      return (
        planIdentity(world, [...world.looked.twins, ...world.elsewhere.twins]) ??
        planFound(world) ??
        planRollback(world) ??
        spawnSteps(world)
      );
  }
}

/** The host has it after all: what it is like must be known before anything is done to it. */
export function planFound({ looked, record, now }: World): Plan | undefined {
  const found = looked.twins?.some(({ kind, hypervisorName }) => kind === 'Ours' && hypervisorName === record.hypervisorName) ?? false;
  return found ? observing('the machine, which was just found, has been observed', now + OBSERVE_AGAIN_MS) : undefined;
}

/**
 * What was made so far goes before a new place is claimed: the claim was for other makings or another host, or this host
 * cannot do it. One that does not answer is waited for: what is on it would be nobody's.
 */
function planRollback(world: World): Plan | undefined {
  const { record, desired } = world;
  const changed = desired.makings !== undefined && record.makings !== desired.makings;
  const unwanted = desired.pinnedTo !== undefined && record.hypervisorName !== desired.pinnedTo;
  return changed || unwanted || isAwayFromVolumes(world) || movesElsewhere(world) ? steps('Spawn', 'remove-leftovers', 'claim') : undefined;
}

function planNotOurs(world: World, machine: Extract<World['machine'], { kind: 'NotOurs' }>): Plan {
  const hypervisorName = world.record.hypervisorName ?? '';
  const namesake = {
    hypervisorName,
    machineId: machine.machineId,
    power: 'Unknown',
    runId: undefined,
    movedAway: false,
    kind: 'Namesake',
  } as const;
  switch (machine.mark) {
    case 'Namesake':
      return world.desired.adoptMachineId === machine.machineId
        ? { ...steps('Adopt', 'adopt-mark'), twin: namesake }
        : identityConflict(namesake);
    case 'None':
    case 'Retained':
      return world.record.origin === 'Adopted' ? planUnmarked(world, machine) : instanceExists(machine.machineId, hypervisorName);
    case 'Other':
      return instanceExists(machine.machineId, hypervisorName);
  }
}

/** No reading is new enough to decide on; one comes with the next tick. */
export function planNotObserved({ machine, host, now }: World): Plan | undefined {
  return machine.kind === 'NotObserved' ? observing(`Hypervisor ${host?.name ?? ''} has been observed`, now + OBSERVE_AGAIN_MS) : undefined;
}

/** Well below the tick, so that no wait is as long as two. */
export const OBSERVE_AGAIN_MS = 3_000;
