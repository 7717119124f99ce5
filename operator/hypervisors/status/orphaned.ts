/** The condition that tells of machines whose Instance does not exist any more. Pure. */
import type { ConditionInput } from '../../kernel/status/conditions.ts';
import type { Orphan } from '../orphans.ts';

/** More are counted, not named. */
const NAMED = 20;

/** Undefined: there are none. */
export function orphanedMachines(orphans: readonly Orphan[]): ConditionInput | undefined {
  if (orphans.length === 0) return undefined;
  const names = orphans.map(({ machineId, owner: { namespace, name } }) => `${namespace}/${name} (${machineId})`).sort();
  const shown = names.slice(0, NAMED).join(', ') + (names.length > NAMED ? ' and others' : '');
  const carry = orphans.length === 1 ? '1 machine carries' : `${orphans.length} machines carry`;
  const message = `${carry} the mark of an Instance that does not exist: ${shown}. Nothing is done to them: an Instance of that namespace and name takes one over with spec.adopt.machineId; what nobody needs is removed on the host`;
  return { type: 'OrphanedMachines', status: 'True', reason: 'InstanceGone', message };
}
