/** Starting a machine, with its CPUs stopped until the filters are in force. */
import { DomainAffect, DomainMetadataType, DomainStart, DomainXml, LibvirtError, type LibvirtClient } from 'node-libvirt';
import type { RunMark } from '../../contract.ts';
import { STARTING, type OwnerMark, type Target } from '../../owner.ts';
import { isVariablesNote, VARIABLES_NAMESPACE, VARIABLES_PREFIX } from '../domain/variables.ts';
import type { Left } from '../time.ts';
import { attribute, buildXml, child, children, parseXml, type XmlElement } from '../xml.ts';
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
    case 'Stopped': {
      const run: OwnerMark | undefined = fresh.owner && { ...fresh.owner, operation: STARTING, runId, bootHash };
      // The mark first: whatever runs under it was started for this. Until it is unpaused, the mark says that it may not have begun.
      const [resets] = await Promise.all([readVariablesNote(client, fresh, left), run && writeMark(client, fresh, run, left)]);
      await start(client, fresh, resets, left);
      if (resets) await removeVariablesNote(client, fresh, left);
    }
  }
}

async function start(client: LibvirtClient, { domain }: Fresh, resets: boolean, left: Left): Promise<void> {
  const flags = DomainStart.PAUSED | (resets ? DomainStart.RESET_NVRAM : 0);
  try {
    await client.domains.start(domain, { flags, ...left() });
  } catch (error) {
    if (!(error instanceof LibvirtError && error.message.includes('O_DIRECT'))) throw error;
    await avoidDirectIo(client, domain.uuid, left);
    await client.domains.start(domain, { flags, ...left() });
  }
}

/** Whether the firmware's variables are to begin anew (domain/variables.ts). */
async function readVariablesNote(client: LibvirtClient, { domain }: Fresh, left: Left): Promise<boolean> {
  const query = { type: DomainMetadataType.ELEMENT, uri: VARIABLES_NAMESPACE, flags: DomainAffect.CONFIG };
  return isVariablesNote(await client.domains.metadata(domain, { ...query, ...left() }));
}

/** A start that was cut off before this resets them once more: what the guest wrote in between is lost, and it boots. */
async function removeVariablesNote(client: LibvirtClient, { domain }: Fresh, left: Left): Promise<void> {
  const change = { type: DomainMetadataType.ELEMENT, value: undefined, prefix: VARIABLES_PREFIX, uri: VARIABLES_NAMESPACE };
  await client.domains.setMetadata(domain, change, { flags: DomainAffect.CONFIG, ...left() });
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

/** Only what bypasses the cache now; the way of reading and writing that goes with that goes, too. */
function diskWithCache(disk: XmlElement, cache: string): XmlElement {
  const driver = child(disk, 'driver');
  if (!['none', 'directsync'].includes(attribute(driver, 'cache') ?? 'none')) return disk;
  return {
    ...disk,
    driver: { ...driver, '@cache': cache, '@io': attribute(driver, 'io') === 'native' ? undefined : attribute(driver, 'io') },
  };
}
