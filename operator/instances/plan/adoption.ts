/**
 * Taking over a machine that exists, by `spec.adopt.machineId`.
 *
 * Allowed for one that this cluster made for an Instance of this very namespace and name which no longer lives: a
 * cluster restored from backup ends with the same machines. Its mark gets the new uid; it keeps its id, name and disks.
 */
import { adopt, follow } from './identity.ts';
import type { Plan, World } from './types.ts';
import { blocked, wait } from './types.ts';

/** Undefined: nothing is to be adopted, or it has been. */
export function planAdoption(world: World): Plan | undefined {
  const { adoptMachineId } = world.desired;
  if (adoptMachineId === undefined || world.record.machineId === adoptMachineId) return undefined;
  if (world.record.machineId !== undefined) {
    return blocked(
      'AdoptionNotAllowed',
      `this Instance already is machine ${world.record.machineId}: remove spec.adopt, or make another Instance`,
    );
  }
  const twin = world.elsewhere.twins.find(({ machineId }) => machineId === adoptMachineId);
  if (twin === undefined) return planSearch(world, adoptMachineId);
  switch (twin.kind) {
    case 'Ours':
      return follow(twin);
    case 'Namesake':
      return adopt(twin);
    case 'Stranger':
      return blocked(
        'AdoptionNotAllowed',
        `machine ${adoptMachineId} on Hypervisor ${twin.hypervisorName} was not made by this cluster for an Instance of this namespace and name, or that Instance still lives`,
      );
  }
}

function planSearch({ elsewhere }: World, machineId: string): Plan {
  const unheard = elsewhere.unheard.length === 0 ? '' : ` (not heard yet: ${elsewhere.unheard.join(', ')})`;
  return wait('AdoptionTargetNotFound', `machine ${machineId} is seen on a Hypervisor${unheard}`);
}
