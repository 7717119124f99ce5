/** Starting a machine, with its CPUs stopped until the filters are in force. */
import { DomainStart, DomainXml, LibvirtError, type LibvirtClient } from 'node-libvirt';
import type { RunMark } from '../../contract.ts';
import { STARTING, type Target } from '../../owner.ts';
import type { Left } from '../time.ts';
import { buildXml, child, children, parseXml, type XmlElement } from '../xml.ts';
import { readIdle, refused, type Fresh } from './fresh.ts';
import { writeMark } from './marking.ts';

export async function startPaused(client: LibvirtClient, target: Target, { runId, bootHash }: RunMark, left: Left): Promise<void> {
  const fresh = await readIdle(client, target, left);
  switch (fresh.power) {
    case 'Running':
    case 'Paused':
      return;
    case 'Suspended':
    case 'Unknown':
      throw refused(fresh, 'start');
    case 'Stopped':
      // The mark first: whatever runs under it was started for this. Until it is unpaused, the mark says that it may not have begun.
      if (fresh.owner !== undefined) await writeMark(client, fresh, { ...fresh.owner, operation: STARTING, runId, bootHash }, left);
      await start(client, fresh, left);
  }
}

async function start(client: LibvirtClient, { domain }: Fresh, left: Left): Promise<void> {
  try {
    await client.domains.start(domain, { flags: DomainStart.PAUSED, ...left() });
  } catch (error) {
    if (!(error instanceof LibvirtError && error.message.includes('O_DIRECT'))) throw error;
    await avoidDirectIo(client, domain.uuid, left);
    await client.domains.start(domain, { flags: DomainStart.PAUSED, ...left() });
  }
}

/** Some file systems cannot bypass the host's cache; nobody can tell before QEMU has tried. Writing through it is as safe, and slower. */
async function avoidDirectIo(client: LibvirtClient, uuid: string, left: Left): Promise<void> {
  const domain = parseXml('domain', await client.domains.xml({ uuid }, { flags: DomainXml.INACTIVE, ...left() }));
  await client.domains.define(buildXml('domain', withCache(domain, 'writethrough')), left());
}

function withCache(domain: XmlElement, cache: string): XmlElement {
  const devices = child(domain, 'devices');
  return { ...domain, devices: { ...devices, disk: children(devices, 'disk').map((disk) => diskWithCache(disk, cache)) } };
}

const diskWithCache = (disk: XmlElement, cache: string): XmlElement => ({ ...disk, driver: { ...child(disk, 'driver'), '@cache': cache } });
