/** Volumes into and out of machines, running or not. */
import { DomainDeviceModify, LibvirtError, type Domain, type LibvirtClient } from 'node-libvirt';
import type { DiskRef, MachineVolume } from '../../contract.ts';
import { DriverError } from '../../labels.ts';
import type { Target } from '../../owner.ts';
import { pathOfDisk } from '../domain/view.ts';
import { busOf, hasScsi, SCSI_CONTROLLER } from '../domain/buses.ts';
import { cacheOf, diskElements, freeTarget, volumeElement, volumeIn, type PlacedVolume } from '../domain/volumes.ts';
import { refreshPool, type Pools } from '../storage/pools.ts';
import { volumeRef } from '../storage/volumes.ts';
import type { Left } from '../time.ts';
import { attribute, buildXml, child, type XmlElement } from '../xml.ts';
import { placedVolume } from './definition-verbs.ts';
import { readBoth } from './both.ts';
import { diskUsers } from './disk-users.ts';
import { releases } from './release.ts';
import { readIdle, readOwned, refused, type Fresh } from './fresh.ts';

export interface Plugger {
  readonly client: LibvirtClient;
  readonly pools: Pools;
}

/** What runs first: a definition with a disk that cannot be plugged in would not start the next time. */
export async function attach({ client, pools }: Plugger, target: Target, volume: MachineVolume, left: Left): Promise<void> {
  const fresh = await readIdle(client, target, left);
  if (fresh.power === 'Suspended') throw refused(fresh, 'attach a volume to');
  const placed = await placedVolume(pools, volume, left);
  await needDisk({ client, pools }, volume, left);
  const { next, live } = await readBoth(client, fresh, left);
  const isIn = (definition: XmlElement | undefined): boolean => volumeIn(definition, volume.id) !== undefined;
  if (volume.bus === 'sata' && live !== undefined && !isIn(live)) throw notPluggable(fresh.domain, volume.id);
  const isMissing = !isIn(next) || (live !== undefined && !isIn(live));
  if (isMissing && volume.shared === undefined) await needAlone({ client, pools }, fresh.domain, volume, left);
  const dev = devOf(next, volume.id) ?? devOf(live, volume.id) ?? freeTarget(volume.bus, diskElements(next), diskElements(live));
  if (live !== undefined && !isIn(live)) await plug(client, fresh.domain, placed, live, dev, left);
  if (next !== undefined && !isIn(next)) await plugIntoDefinition(client, fresh, placed, next, dev, left);
}

export async function detach(client: LibvirtClient, target: Target, id: string, left: Left): Promise<void> {
  const fresh = await readOwned(client, target, left);
  if (fresh === undefined) return;
  const { next, live } = await readBoth(client, fresh, left);
  const defined = volumeIn(next, id);
  const plugged = volumeIn(live, id);
  if (defined === undefined && plugged === undefined) return;
  const { domain } = await readIdle(client, target, left);
  if (defined !== undefined) await client.domains.detachDevice(domain, diskXml(defined), { flags: DomainDeviceModify.CONFIG, ...left() });
  if (plugged !== undefined) await askToLetGo(client, domain, id, plugged, left);
}

/** As what runs has it, by any of its paths; undefined: it does not. */
export async function runningDisk(
  client: LibvirtClient,
  fresh: Fresh,
  paths: ReadonlySet<string>,
  left: Left,
): Promise<XmlElement | undefined> {
  const { live } = await readBoth(client, fresh, left);
  return diskElements(live).find((disk) => paths.has(pathOfDisk(disk)));
}

export async function needDisk({ client, pools }: Plugger, { pool: poolName, name }: DiskRef, left: Left): Promise<void> {
  const pool = await pools.withDisks(poolName, left);
  const isThere = async (): Promise<boolean> => (await client.volumes.lookupByName(pool.ref, name, left())) !== undefined;
  if (await isThere()) return;
  await refreshPool(client, pool, left);
  if (!(await isThere())) throw diskNotFound(volumeRef(pool, name));
}

const diskNotFound = ({ pool, name }: DiskRef): DriverError =>
  new DriverError('NotFound', `disk ${name} is not in pool ${pool}`, { reason: 'DiskNotFound' });

/** Two guests that write to one file system destroy it. */
export async function needAlone(plugger: Plugger, { name }: Domain, disk: DiskRef, left: Left): Promise<void> {
  const users = await diskUsers(plugger, disk, left);
  if (users.every((user) => user === name)) return;
  // Not whose: whoever is told may be a stranger to them.
  throw new DriverError('Conflict', `disk ${disk.name} is that of another machine already`, { reason: 'DiskInUse' });
}

const devOf = (definition: XmlElement | undefined, id: string): string | undefined =>
  attribute(child(volumeIn(definition, id), 'target'), 'dev');

async function plug(
  client: LibvirtClient,
  domain: Domain,
  volume: PlacedVolume,
  live: XmlElement,
  target: string,
  left: Left,
): Promise<void> {
  const element = volumeElement(volume, { target, cache: cacheOf(diskElements(live)) });
  await needController(client, domain, volume, live, DomainDeviceModify.LIVE, left);
  await client.domains.attachDevice(domain, diskXml(element), { flags: DomainDeviceModify.LIVE, ...left() });
}

/** In the slot that it has in what runs, if it runs and the slot is free in the definition: a guest then finds it where it was. */
export async function plugIntoDefinition(
  client: LibvirtClient,
  fresh: Fresh,
  volume: PlacedVolume,
  next: XmlElement,
  target: string,
  left: Left,
): Promise<void> {
  const { live } = fresh.active ? await readBoth(client, fresh, left) : { live: undefined };
  const address = child(volumeIn(live, volume.id), 'address');
  await needController(client, fresh.domain, volume, next, DomainDeviceModify.CONFIG, left);
  const attachWith = (placed: { readonly address?: XmlElement | undefined }): Promise<void> => {
    const element = volumeElement(volume, { target, cache: cacheOf(diskElements(next)), ...placed });
    return client.domains.attachDevice(fresh.domain, diskXml(element), { flags: DomainDeviceModify.CONFIG, ...left() });
  };
  try {
    await attachWith({ address });
  } catch (error) {
    if (address === undefined || !(error instanceof LibvirtError)) throw error;
    await attachWith({});
  }
}

/** libvirt itself would add one of a kind that few guests know. */
async function needController(
  client: LibvirtClient,
  domain: Domain,
  { bus }: PlacedVolume,
  definition: XmlElement,
  flags: number,
  left: Left,
): Promise<void> {
  if (bus !== 'scsi' || hasScsi(definition)) return;
  await client.domains.attachDevice(domain, buildXml('controller', SCSI_CONTROLLER), { flags, ...left() });
}

const notPluggable = ({ name }: Domain, id: string): DriverError =>
  new DriverError('Unsupported', `volume ${id} is on SATA, and nothing is plugged into that while machine ${name} is on: restart it`, {
    reason: 'BusNotPluggable',
  });

const diskXml = (disk: XmlElement): string => buildXml('disk', disk);

/** Asks once and looks until it is gone. Of a bus that nothing is taken out of nobody need be asked. */
async function askToLetGo(client: LibvirtClient, domain: Domain, id: string, disk: XmlElement, left: Left): Promise<void> {
  const isThere = (live: XmlElement | undefined): boolean => volumeIn(live, id) !== undefined;
  if (busOf(disk) !== 'sata' && (await releases(client, domain, diskXml(disk), isThere, left))) return;
  throw new DriverError(
    'Conflict',
    `the guest of machine ${domain.name} has not let go of volume ${id}: unmount it there, or end the guest`,
    {
      reason: 'NotReleased',
    },
  );
}
