/** Every machine of the host that answers to one of the given identities, read afresh. */
import type { LocateQuery, Machine } from '../../contract.ts';
import { markOf } from '../mark.ts';
import type { Site } from '../site.ts';
import type { Left } from '../time.ts';
import type { Vm } from './fresh.ts';
import { machineOf } from './view.ts';

export async function locate(site: Site, query: LocateQuery, left: Left): Promise<readonly Machine[]> {
  await site.pool.sync(left);
  return site
    .machines()
    .filter((vm) => answers(vm, query))
    .map((vm) => machineOf(site, vm));
}

function answers({ uuid, name_label, other_config }: Vm, { machineIds, name, clusterId, namespacedName }: LocateQuery): boolean {
  if (machineIds.includes(uuid) || name_label === name) return true;
  const mark = namespacedName && markOf(other_config);
  if (mark === undefined) return false;
  return (
    mark.namespace === namespacedName?.namespace && mark.name === namespacedName.name && (clusterId ?? mark.clusterId) === mark.clusterId
  );
}
