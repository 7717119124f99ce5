/**
 * Taking over a machine that exists, by `spec.adopt.machineId`.
 *
 * Allowed for one that this cluster made for an Instance of this very namespace and name which no longer lives: a
 * cluster restored from backup ends with the same machines. And for one that is nobody's and that its Hypervisor lists for
 * this namespace: that stays as it is, whatever the spec says (adopted.ts). Its mark gets the new uid; it keeps its id, name
 * and disks.
 */
import { adopt, follow } from './identity.ts';
import type { Plan, World } from './types.ts';
import { blocked, steps, wait } from './types.ts';

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
    case 'Adoptable':
      return adopt(twin);
    case 'Stranger':
      return notAllowed(world, adoptMachineId, twin.hypervisorName);
  }
}

function planSearch({ elsewhere }: World, machineId: string): Plan {
  const unheard = elsewhere.unheard.length === 0 ? '' : ` (not heard yet: ${elsewhere.unheard.join(', ')})`;
  return wait('AdoptionTargetNotFound', `machine ${machineId} is seen on a Hypervisor${unheard}`);
}

/** Claimed, and not marked before the operator was cut off; or it lost its mark. */
export function planUnmarked(world: World, { machineId, adoptable }: Extract<World['machine'], { kind: 'NotOurs' }>): Plan {
  const hypervisorName = world.record.hypervisorName ?? '';
  if (adoptable !== true || world.desired.adoptMachineId !== machineId) return notAllowed(world, machineId, hypervisorName);
  return {
    ...steps('Adopt', 'adopt-mark'),
    twin: { hypervisorName, machineId, power: 'Unknown', runId: undefined, movedAway: false, kind: 'Adoptable' },
  };
}

const notAllowed = ({ identity }: World, machineId: string, hypervisorName: string): Plan =>
  blocked(
    'AdoptionNotAllowed',
    `machine ${machineId} on Hypervisor ${hypervisorName} was not made by this cluster for an Instance of this namespace and name that is gone. ` +
      `If it is nobody's, list it in spec.adoptable of the Hypervisor, for namespace ${identity.namespace}`,
  );
