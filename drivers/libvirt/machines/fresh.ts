/** A machine as it is at this moment: what every changing verb reads first, in one round trip of parallel calls. */
import { DomainAffect, DomainMetadataType, ErrorCode, isLibvirtError, type Domain, type LibvirtClient } from 'node-libvirt';
import type { Power } from '../../contract.ts';
import { DriverError } from '../../labels.ts';
import { isOwnedBy, type OwnerMark, type Target } from '../../owner.ts';
import { MARK_NAMESPACE, markOfMetadata } from '../mark.ts';
import { isActive, isJobPause, powerOf } from '../power.ts';
import type { Left } from '../time.ts';
import { hasJob } from './jobs.ts';

export interface Fresh {
  readonly domain: Domain;
  readonly power: Power;
  readonly powerReason: string;
  /** A process runs it. */
  readonly active: boolean;
  readonly persistent: boolean;
  readonly busy: boolean;
  readonly owner: OwnerMark | undefined;
}

/** Undefined when the host says there is no such machine. */
export async function readFresh(client: LibvirtClient, machineId: string, left: Left): Promise<Fresh | undefined> {
  if (!isUuid(machineId)) return undefined;
  const ref = { uuid: machineId };
  try {
    const [domain, raw, persistent, managedSave, owner, job] = await Promise.all([
      client.domains.lookupByUuid(machineId, left()),
      client.domains.state(ref, left()),
      client.domains.isPersistent(ref, left()),
      client.domains.hasManagedSave(ref, left()),
      readMark(client, machineId, left),
      hasJob(client, machineId, left),
    ]);
    if (domain === undefined) return undefined;
    const power = powerOf(raw, managedSave);
    return { domain, ...power, active: isActive(raw), persistent, busy: job || isJobPause(power), owner };
  } catch (error) {
    if (isLibvirtError(error, ErrorCode.NO_DOMAIN)) return undefined;
    throw error;
  }
}

/** Ids of libvirt machines are UUIDs: anything else names none. */
export const isUuid = (id: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id);

/** The machine with the target's mark; undefined when it is gone. Rejects with `Conflict`, `NotOurs`, on any other. */
export async function readOwned(client: LibvirtClient, target: Target, left: Left): Promise<Fresh | undefined> {
  const fresh = await readFresh(client, target.machineId, left);
  if (fresh === undefined || isOwnedBy(fresh.owner, target)) return fresh;
  throw notOurs(fresh.domain);
}

/** As `readOwned`, for verbs that need the machine and must not disturb a job on it. */
export async function readIdle(client: LibvirtClient, target: Target, left: Left): Promise<Fresh> {
  const fresh = await readOwned(client, target, left);
  if (fresh === undefined) throw notFound(target.machineId);
  if (!fresh.busy) return fresh;
  throw new DriverError('Conflict', `a job runs on machine ${fresh.domain.name} (${fresh.powerReason}): nothing is changed until it ends`, {
    reason: 'Busy',
  });
}

export const notFound = (machineId: string): DriverError =>
  new DriverError('NotFound', `there is no machine ${machineId} on the host`, { reason: 'MachineNotFound' });

export const notOurs = ({ name, uuid }: Domain): DriverError =>
  new DriverError('Conflict', `machine ${name} (${uuid}) carries another owner's mark, or none: it is not touched`, { reason: 'NotOurs' });

/** A verb that the machine's power state does not allow. */
export const refused = ({ domain, power, powerReason }: Fresh, verb: string): DriverError =>
  new DriverError('Conflict', `machine ${domain.name} is ${power} (${powerReason}): cannot ${verb} it`, { reason: `Is${power}` });

/** The persistent definition's mark; of a machine that has none any more, that of what runs. */
export async function readMark(client: LibvirtClient, uuid: string, left: Left): Promise<OwnerMark | undefined> {
  const read = (flags: number) =>
    client.domains.metadata({ uuid }, { type: DomainMetadataType.ELEMENT, uri: MARK_NAMESPACE, flags, ...left() });
  const metadata = await read(DomainAffect.CONFIG).catch((error: unknown) => {
    if (isLibvirtError(error, ErrorCode.OPERATION_INVALID)) return read(DomainAffect.LIVE);
    throw error;
  });
  return metadata === undefined ? undefined : markOfMetadata(metadata);
}
