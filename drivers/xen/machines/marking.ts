/** Writing the owner mark of a machine, and changing it by a verb of its own. */
import { isDeepStrictEqual } from 'node:util';
import { isOwnedBy, STARTING, type OwnerMark, type Target } from '../../owner.ts';
import { markChange, markOf } from '../mark.ts';
import type { MapChange } from '../numbered.ts';
import type { Site } from '../site.ts';
import type { Left } from '../time.ts';
import { notFound, notOurs, readFresh, type Vm } from './fresh.ts';
import { specChange, type SpecEntry } from './spec-entry.ts';

export async function setMark(site: Site, target: Target, mark: OwnerMark, left: Left): Promise<void> {
  const vm = await readFresh(site, target.machineId, left);
  if (vm === undefined) throw notFound(target.machineId);
  const found = markOf(vm.other_config);
  if (isDeepStrictEqual(found, mark)) return;
  if (!isOwnedBy(found, target)) throw notOurs(vm);
  await writeMark(site, vm, mark, left);
}

export async function adopt(site: Site, machineId: string, mark: OwnerMark, left: Left): Promise<void> {
  const vm = await readFresh(site, machineId, left);
  if (vm === undefined) throw notFound(machineId);
  const found = markOf(vm.other_config);
  if (isDeepStrictEqual(found, mark)) return;
  if (found !== undefined && found.role !== 'retained') throw notOurs(vm);
  await writeMark(site, vm, mark, left);
}

/** `vm` is as it was read last: its entries are those that are replaced. The same mark already: nothing is written. */
export async function writeMark(site: Site, vm: Vm, mark: OwnerMark, left: Left): Promise<void> {
  if (isDeepStrictEqual(markOf(vm.other_config), mark)) return;
  await change(site, vm, markChange(vm.other_config, mark), left);
}

export const writeSpec = (site: Site, vm: Vm, entry: SpecEntry, left: Left): Promise<void> =>
  change(site, vm, specChange(vm.other_config, entry), left);

async function change(site: Site, { ref }: Vm, { add, remove }: MapChange, left: Left): Promise<void> {
  for (const [key, value] of add) await site.rpc.add('VM', ref, 'other_config', key, value, left);
  for (const key of remove) await site.rpc.remove('VM', ref, 'other_config', key, left);
}

/** That a start may not have come further than the mark: kept by every definition until the machine is unpaused. */
export function startOf(mark: OwnerMark | undefined): Pick<OwnerMark, 'operation'> {
  return mark?.operation === STARTING ? { operation: STARTING } : {};
}

/** What a mark tells of its run, which is kept where a new mark does not name another. */
export function runOf(mark: Pick<OwnerMark, 'runId' | 'bootHash'> | undefined): Pick<OwnerMark, 'runId' | 'bootHash'> {
  const { runId, bootHash } = mark ?? {};
  return { ...(runId === undefined ? {} : { runId }), ...(bootHash === undefined ? {} : { bootHash }) };
}
