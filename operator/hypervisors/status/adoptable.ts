/** The condition that tells what became of the machines that `spec.adoptable` offers. Pure. */
import type { AdoptableMachine } from '../../../crds/hypervisor.ts';
import type { MachineState } from '../../../drivers/contract.ts';
import type { ConditionInput } from '../../kernel/status/conditions.ts';

/** More are counted, not named. */
const NAMED = 20;

/** Undefined: none are offered. */
export function adoptableMachines(
  offered: readonly AdoptableMachine[],
  machines: ReadonlyMap<string, Pick<MachineState, 'name' | 'owner'>>,
): ConditionInput | undefined {
  if (offered.length === 0) return undefined;
  const lines = offered
    .map(({ machineId, namespace }) => `${machineId} for namespace ${namespace}: ${told(machines.get(machineId))}`)
    .sort();
  const message = lines.slice(0, NAMED).join('; ') + (lines.length > NAMED ? '; and others' : '');
  return { type: 'AdoptableMachines', status: 'True', reason: 'Offered', message };
}

function told(machine: Pick<MachineState, 'name' | 'owner'> | undefined): string {
  if (machine === undefined) return 'not on the host';
  const { name, owner } = machine;
  return owner === undefined || owner.role === 'retained' ? `nobody's (${name})` : `of Instance ${owner.namespace}/${owner.name}`;
}
