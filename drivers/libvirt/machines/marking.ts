/** Writing the owner mark of a machine, and changing it by a verb of its own. */
import { DomainAffect, DomainMetadataType, type LibvirtClient } from 'node-libvirt';
import { isDeepStrictEqual } from 'node:util';
import { isOwnedBy, STARTING, type OwnerMark, type Target } from '../../owner.ts';
import { MARK_NAMESPACE, MARK_PREFIX, markForMetadataCall } from '../mark.ts';
import type { Left } from '../time.ts';
import { notFound, notOurs, readFresh, type Fresh } from './fresh.ts';

export async function setMark(client: LibvirtClient, target: Target, mark: OwnerMark, left: Left): Promise<void> {
  const fresh = await readFresh(client, target.machineId, left);
  if (fresh === undefined) throw notFound(target.machineId);
  if (isDeepStrictEqual(fresh.owner, mark)) return;
  if (!isOwnedBy(fresh.owner, target)) throw notOurs(fresh.domain);
  await writeMark(client, fresh, mark, left);
}

export async function adopt(client: LibvirtClient, machineId: string, mark: OwnerMark, left: Left): Promise<void> {
  const fresh = await readFresh(client, machineId, left);
  if (fresh === undefined) throw notFound(machineId);
  if (isDeepStrictEqual(fresh.owner, mark)) return;
  if (fresh.owner !== undefined && fresh.owner.role !== 'retained') throw notOurs(fresh.domain);
  await writeMark(client, fresh, mark, left);
}

/** To the definition, where there is one, and to what runs. */
export async function writeMark(client: LibvirtClient, { domain, active, persistent }: Fresh, mark: OwnerMark, left: Left): Promise<void> {
  const change = { type: DomainMetadataType.ELEMENT, value: markForMetadataCall(mark), prefix: MARK_PREFIX, uri: MARK_NAMESPACE };
  const flags = (active ? DomainAffect.LIVE : 0) | (persistent ? DomainAffect.CONFIG : 0);
  await client.domains.setMetadata(domain, change, { flags, ...left() });
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
