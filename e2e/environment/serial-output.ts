/**
 * What a guest printed on its first serial port, read from the file that its definition names.
 */
import { existsSync, readFileSync } from 'node:fs';
import { XMLParser } from 'fast-xml-parser';
import type { LibvirtHost } from './libvirt-host.ts';
import { Virsh } from './virsh.ts';

interface SerialXml {
  readonly type?: string;
  readonly log?: { readonly file?: string };
  readonly source?: { readonly path?: string };
}

/** File of this machine that holds the output of the guest's first serial port; throws when the definition logs it nowhere. */
export async function serialLogFile(host: LibvirtHost, domain: string): Promise<string> {
  const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '', isArray: (name) => name === 'serial' });
  const parsed = parser.parse(await new Virsh(host.uri).xml(domain)) as { domain?: { devices?: { serial?: readonly SerialXml[] } } };
  const serial = parsed.domain?.devices?.serial?.[0];
  const file = serial?.log?.file ?? (serial?.type === 'file' ? serial.source?.path : undefined);
  if (file === undefined) throw new Error(`the first serial port of ${domain} is not logged to a file`);
  return host.outside(file);
}

/** Everything printed so far; empty before the first start. */
export async function serialOutput(host: LibvirtHost, domain: string): Promise<string> {
  const file = await serialLogFile(host, domain);
  return existsSync(file) ? readFileSync(file, 'latin1') : '';
}
