/**
 * Whose machine is it? Asked before anything is made: a name is not an identity, and the mark on the machine counts.
 *
 * Twins come from the last observation of every host, and, right before a create, from asking the chosen host and the
 * last known one afresh.
 */
import type { Plan, Steps, Twin, World } from './types.ts';
import { blocked, steps } from './types.ts';

/** What the twins found so far forbid or ask for; undefined: nothing stands in the way of making the machine. */
export function planIdentity(world: World, twins: readonly Twin[]): Plan | undefined {
  const ours = twins.filter(({ kind }) => kind === 'Ours');
  const elsewhere = ours.find(({ hypervisorName }) => hypervisorName !== world.record.hypervisorName);
  const here = ours.find(({ hypervisorName }) => hypervisorName === world.record.hypervisorName);
  if (elsewhere !== undefined && here === undefined) return follow(elsewhere);
  const namesake = twins.find(({ kind }) => kind === 'Namesake');
  if (namesake !== undefined && here === undefined) {
    return namesake.machineId === world.desired.adoptMachineId ? adopt(namesake) : identityConflict(namesake);
  }
  const stranger = twins.find(
    ({ kind, hypervisorName }) => kind === 'Stranger' && hypervisorName === (world.record.hypervisorName ?? hypervisorName),
  );
  return stranger === undefined ? undefined : instanceExists(stranger.machineId, stranger.hypervisorName);
}

/** Our machine is on another host than status says: status follows it, whoever moved it. */
export const follow = (twin: Twin): Steps => ({ ...steps('Follow', 'add-finalizer', 'follow'), twin });

/** The machine that `spec.adopt` names becomes this Instance's: claimed first, then marked. */
export const adopt = (twin: Twin): Plan => ({ ...steps('Adopt', 'add-finalizer', 'claim-machine', 'adopt-mark'), twin });

/** Whether a machine that is not this Instance's stands in the way: it may go, by our own doing for an earlier object or by a person's. */
export const isInTheWay = (reason: string): boolean => reason === 'IdentityConflict' || reason === 'InstanceExists';

export function identityConflict({ machineId, hypervisorName }: Twin): Plan {
  return blocked(
    'IdentityConflict',
    `machine ${machineId} on Hypervisor ${hypervisorName} was made by this cluster for an earlier Instance of this name: ` +
      `set spec.adopt.machineId to ${machineId} to take it over, or remove it there`,
  );
}

export function instanceExists(machineId: string, hypervisorName: string): Plan {
  return blocked(
    'InstanceExists',
    `machine ${machineId} on Hypervisor ${hypervisorName} has the id or the name of this Instance without its mark, ` +
      'and is not touched: rename or remove it there',
  );
}
