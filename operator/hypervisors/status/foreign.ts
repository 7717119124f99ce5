/**
 * Machines that another cluster made, on a host that is now ours: most likely this cluster is the other one, rebuilt.
 *
 * Then its cluster id must be set before any manifest is applied again, or each Instance would get a second machine.
 */
import type { OwnerMark } from '../../../drivers/owner.ts';
import type { ConditionInput } from '../../kernel/status/conditions.ts';

const NAMED = 3;

/** Undefined: there are none. `marks`: by cluster id. */
export function foreignMachines(marks: ReadonlyMap<string, readonly OwnerMark[]>, clusterId: string): ConditionInput | undefined {
  const clusters = [...marks].filter(([, owners]) => owners.length > 0).sort(([a], [b]) => (a < b ? -1 : 1));
  const [first, ...others] = clusters;
  if (first === undefined) return undefined;
  const message = `${clusters.map(describe).join('; ')}. This cluster is "${clusterId}". If it is the other one rebuilt, set the chart value clusterId to "${first[0]}"${others.length > 0 ? ' (or to the one that it was)' : ''} before anything else is applied; otherwise leave them to the cluster that made them`;
  return { type: 'ForeignMachines', status: 'True', reason: 'OtherCluster', message };
}

function describe([clusterId, owners]: readonly [string, readonly OwnerMark[]]): string {
  const names = owners.map(({ namespace, name }) => `${namespace}/${name}`).sort();
  const shown = names.slice(0, NAMED).join(', ') + (names.length > NAMED ? ', ...' : '');
  return `${names.length} ${names.length === 1 ? 'machine carries' : 'machines carry'} the mark of cluster "${clusterId}" (${shown})`;
}
