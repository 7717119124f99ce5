/** Secrets that the host keeps for disks. They are private: libvirt hands their values to QEMU, and to nobody who asks. */
import { ErrorCode, isLibvirtError, type LibvirtClient } from 'node-libvirt';
import type { HostSecret } from '../../contract.ts';
import type { Left } from '../time.ts';
import { buildXml } from '../xml.ts';

/** Not ephemeral: a host that starts its machines again, or a daemon that was restarted, still has it. */
export async function keepSecret(client: LibvirtClient, { id, description, value }: HostSecret, left: Left): Promise<void> {
  const xml = buildXml('secret', { '@ephemeral': 'no', '@private': 'yes', uuid: id, description });
  const secret = await client.secrets.define(xml, left());
  await client.secrets.setValue(secret, value, left());
}

/** Gone already is fine. */
export async function forgetSecret(client: LibvirtClient, id: string, left: Left): Promise<void> {
  try {
    const secret = await client.secrets.lookupByUuid(id, left());
    if (secret !== undefined) await client.secrets.undefine(secret, left());
  } catch (error) {
    if (!isLibvirtError(error, ErrorCode.NO_SECRET)) throw error;
  }
}
