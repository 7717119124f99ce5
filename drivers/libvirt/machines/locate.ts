/** Every machine that answers to an identity: what is asked on a host before anything is made there. */
import type { LocateQuery, Machine } from '../../contract.ts';
import type { OwnerMark } from '../../owner.ts';
import type { Left } from '../time.ts';
import { inspectMachine, type Inspector } from './inspect.ts';

/** Ids and names are asked of the host; marks are those of the last reading, kept current by events. What is found is read afresh. */
export async function locate(inspector: Inspector, query: LocateQuery, left: Left): Promise<readonly Machine[]> {
  const matches = markMatcher(query);
  const [named, marked] = await Promise.all([
    query.name === undefined ? undefined : inspector.client.domains.lookupByName(query.name, left()),
    matches === undefined ? [] : inspector.registry.findMarks(matches, left),
  ]);
  const asked = new Set(query.machineIds.map((id) => id.toLowerCase()));
  const ids = new Set([...asked, ...(named === undefined ? [] : [named.uuid]), ...marked]);
  const machines = await Promise.all([...ids].map((id) => inspectMachine(inspector, id, left)));
  return machines.filter((machine): machine is Machine => {
    if (machine === undefined) return false;
    const byMark = matches !== undefined && machine.owner !== undefined && matches(machine.owner);
    return asked.has(machine.machineId) || machine.name === query.name || byMark;
  });
}

function markMatcher({ clusterId, namespacedName }: LocateQuery): ((mark: OwnerMark) => boolean) | undefined {
  if (namespacedName === undefined) return undefined;
  const { namespace, name } = namespacedName;
  return (mark) => mark.namespace === namespace && mark.name === name && (clusterId === undefined || mark.clusterId === clusterId);
}
