/** Work of the host on a machine: while it goes on the machine is left alone. */
import { DomainJobType, ErrorCode, isLibvirtError, type LibvirtClient } from 'node-libvirt';
import type { Left } from '../time.ts';
import { child, children, parseXml } from '../xml.ts';

/** A migration, save or dump. A machine that is off has none, and says so with an error. */
export async function hasJob(client: LibvirtClient, uuid: string, left: Left): Promise<boolean> {
  try {
    const { type } = await client.domains.jobInfo({ uuid }, left());
    return type === DomainJobType.BOUNDED || type === DomainJobType.UNBOUNDED;
  } catch (error) {
    if (isLibvirtError(error, ErrorCode.OPERATION_INVALID, ErrorCode.OPERATION_UNSUPPORTED, ErrorCode.NO_SUPPORT)) return false;
    throw error;
  }
}

/** A disk that is being copied says so in the definition of what runs. */
export function hasBlockJob(xml: string): boolean {
  return children(child(parseXml('domain', xml), 'devices'), 'disk').some((disk) => child(disk, 'mirror') !== undefined);
}

/** Either of them. */
export async function isAtWork(client: LibvirtClient, uuid: string, left: Left): Promise<boolean> {
  const [job, xml] = await Promise.all([hasJob(client, uuid, left), client.domains.xml({ uuid }, left())]);
  return job || hasBlockJob(xml);
}
