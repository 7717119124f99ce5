/** Both definitions of a machine, as XML: of what runs, and of the next start. */
import { DomainXml, ErrorCode, isLibvirtError, type LibvirtClient } from 'node-libvirt';
import type { Left } from '../time.ts';
import { parseXml, type XmlElement } from '../xml.ts';
import type { Fresh } from './fresh.ts';

export interface Both {
  /** Undefined: it has no definition any more, only a run. */
  readonly next: XmlElement | undefined;
  /** Undefined: it does not run. */
  readonly live: XmlElement | undefined;
}

/** A machine that is gone meanwhile has neither. */
export async function readBoth(
  client: LibvirtClient,
  { domain, active, persistent }: Pick<Fresh, 'domain' | 'active' | 'persistent'>,
  left: Left,
): Promise<Both> {
  const read = async (flags: number): Promise<XmlElement> => parseXml('domain', await client.domains.xml(domain, { flags, ...left() }));
  try {
    const [next, live] = await Promise.all([persistent ? read(DomainXml.INACTIVE) : undefined, active ? read(0) : undefined]);
    return { next, live };
  } catch (error) {
    if (isLibvirtError(error, ErrorCode.NO_DOMAIN)) return { next: undefined, live: undefined };
    throw error;
  }
}
