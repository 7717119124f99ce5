/**
 * A volume of a running machine onto another disk: a copy job of QEMU, which goes on with what the guest writes, and the pivot.
 *
 * How far it has come is told by what runs: the disk with its mirror, or the new disk. The definition follows it.
 */
import { BlockCopy, BlockJobAbort, DomainDeviceModify, LibvirtError, type Domain, type LibvirtClient } from 'node-libvirt';
import { DriverError } from '../../labels.ts';
import type { Target } from '../../owner.ts';
import type { DiskRef, MachineVolume } from '../../storage.ts';
import { isRoot, type SwapSpec } from '../../swap.ts';
import { mirrorOfDisk, pathOfDisk } from '../domain/view.ts';
import { cacheOf, diskElements, volumeElement, volumeIn, type PlacedVolume } from '../domain/volumes.ts';
import { refreshPool } from '../storage/pools.ts';
import { viewVolume, volumeRef } from '../storage/volumes.ts';
import { pause, type Left } from '../time.ts';
import { attribute, buildXml, child, type XmlElement } from '../xml.ts';
import { readBoth } from './both.ts';
import { placedVolume } from './definition-verbs.ts';
import { readIdle, readOwned, refused, type Fresh } from './fresh.ts';
import { swapWhileOff } from './swap-cold.ts';
import { needAlone, needDisk, plugIntoDefinition, type Plugger } from './volume-verbs.ts';

const FIRST_LOOK_MS = 25;
const LONGEST_LOOK_MS = 1_000;

export async function swapVolume(on: Plugger, target: Target, swap: SwapSpec, left: Left): Promise<void> {
  const { client, pools } = on;
  const { to, onProgress } = swap;
  const fresh = await readIdle(client, target, left);
  if (!fresh.active) return swapWhileOff(on, target, fresh, swap, left);
  if (isRoot(to)) throw refused(fresh, 'move the root disk of');
  const placed = await placedVolume(pools, to, left);
  const { live } = await readBoth(client, fresh, left);
  const disk = volumeIn(live, to.id);
  if (diskElements(live).some((one) => one !== disk && child(one, 'mirror') !== undefined)) throw busy(fresh.domain);
  if (disk === undefined) {
    throw new DriverError('NotFound', `machine ${fresh.domain.name} runs without volume ${to.id}`, { reason: 'VolumeNotPlugged' });
  }
  if (pathOfDisk(disk) !== placed.path) {
    if (mirrorOfDisk(disk) !== placed.path) await begin(on, fresh, disk, to, placed, left);
    await untilReady(client, fresh.domain, to.id, onProgress, left);
    await client.blockJobs.abort(fresh.domain, targetOf(disk), { flags: BlockJobAbort.PIVOT, ...left() });
  }
  await follow(client, fresh, placed, left);
}

export async function endSwap(client: LibvirtClient, target: Target, id: string, left: Left): Promise<void> {
  const fresh = await readOwned(client, target, left);
  if (fresh === undefined || !fresh.active) return;
  const { live, next } = await readBoth(client, fresh, left);
  const disk = volumeIn(live, id);
  if (disk === undefined) return;
  await endCopy(client, fresh.domain, disk, id, left);
  // One that was cut off just when it was through: what the guest wrote since is on the new disk.
  const after = volumeIn((await readBoth(client, fresh, left)).live, id);
  const defined = volumeIn(next, id);
  if (after === undefined || defined === undefined || pathOfDisk(after) === pathOfDisk(defined)) return;
  const moved = { ...defined, source: { '@file': pathOfDisk(after) } };
  await client.domains.updateDevice(fresh.domain, buildXml('disk', moved), { flags: DomainDeviceModify.CONFIG, ...left() });
}

const busy = ({ name }: Domain): DriverError =>
  new DriverError('Conflict', `another disk of machine ${name} is being copied: nothing is changed until that ends`, { reason: 'Busy' });

const targetOf = (disk: XmlElement): string => attribute(child(disk, 'target'), 'dev') ?? '';

async function begin(on: Plugger, fresh: Fresh, disk: XmlElement, to: MachineVolume, placed: PlacedVolume, left: Left): Promise<void> {
  const { client } = on;
  await endCopy(client, fresh.domain, disk, to.id, left);
  await needDisk(on, to, left);
  await needAlone(on, fresh.domain, to, left);
  await needFit(on, disk, to, left);
  const copy = buildXml('disk', { '@type': 'file', source: { '@file': placed.path }, driver: { '@name': 'qemu', '@type': 'qcow2' } });
  // TRANSIENT_JOB: a copy that the end of the guest cuts off is begun anew.
  const flags = BlockCopy.REUSE_EXT | BlockCopy.TRANSIENT_JOB;
  await client.blockJobs.copy(fresh.domain, targetOf(disk), copy, { flags, ...left() });
}

/** QEMU copies to disks of the same size only; what is below another file would be seen through holes. */
async function needFit({ client, pools }: Plugger, disk: XmlElement, { pool: poolName, name }: DiskRef, left: Left): Promise<void> {
  const from = pools.diskAt(pathOfDisk(disk));
  const [there, here] = await Promise.all([pools.folder(from.pool, left), pools.folder(poolName, left)]);
  // What libvirt knows of disks that grew under a guest is old until it is told to look.
  for (const pool of new Set([there, here])) await refreshPool(client, pool, left);
  const [old, found] = await Promise.all([
    viewVolume(client, volumeRef(there, from.name), left),
    viewVolume(client, volumeRef(here, name), left),
  ]);
  if (found?.capacityBytes !== old?.capacityBytes) {
    const message = `disk ${name} has ${found?.capacityBytes ?? 0} bytes, and ${from.name} has ${old?.capacityBytes ?? 0}: make them the same size`;
    throw new DriverError('InvalidSpec', message, { reason: 'VolumeSizeDiffers' });
  }
  if (found?.format === 'qcow2' && found.backingPath === undefined) return;
  throw new DriverError('InvalidSpec', `disk ${name} stands on another file, or is none of ours: take a blank one`, {
    reason: 'VolumeNotBlank',
  });
}

async function untilReady(
  client: LibvirtClient,
  domain: Domain,
  id: string,
  onProgress: SwapSpec['onProgress'],
  left: Left,
): Promise<void> {
  const begunAt = performance.now();
  for (;;) {
    const { live } = await readBoth(client, { domain, active: true, persistent: false }, left);
    const disk = volumeIn(live, id);
    const mirror = child(disk, 'mirror');
    if (disk === undefined || mirror === undefined) throw ended(domain, id);
    if (attribute(mirror, 'ready') === 'yes') return;
    const info = await client.blockJobs.info(domain, targetOf(disk), left());
    if (info !== undefined && info.total > 0) onProgress?.(Math.floor((100 * info.processed) / info.total));
    await pause(Math.min(Math.max(FIRST_LOOK_MS, (performance.now() - begunAt) / 20), LONGEST_LOOK_MS), left);
  }
}

const ended = ({ name }: Domain, id: string): DriverError =>
  new DriverError('Transient', `the copy of volume ${id} of machine ${name} was ended by the host`, { reason: 'SwapEnded' });

/** Whatever it was copied to; waits until it is over. */
async function endCopy(client: LibvirtClient, domain: Domain, disk: XmlElement, id: string, left: Left): Promise<void> {
  let found: XmlElement | undefined = disk;
  for (let wait = FIRST_LOOK_MS; child(found, 'mirror') !== undefined; wait = Math.min(2 * wait, LONGEST_LOOK_MS)) {
    await client.blockJobs.abort(domain, targetOf(disk), left()).catch((error: unknown) => {
      // It has ended by itself.
      if (!(error instanceof LibvirtError)) throw error;
    });
    await pause(wait, left);
    found = volumeIn((await readBoth(client, { domain, active: true, persistent: false }, left)).live, id);
  }
}

/** The definition names what runs. */
async function follow(client: LibvirtClient, fresh: Fresh, placed: PlacedVolume, left: Left): Promise<void> {
  const { next, live } = await readBoth(client, fresh, left);
  const running = volumeIn(live, placed.id);
  if (running === undefined || pathOfDisk(running) !== placed.path) throw ended(fresh.domain, placed.id);
  if (next === undefined) return;
  const defined = volumeIn(next, placed.id);
  if (defined === undefined) return plugIntoDefinition(client, fresh, placed, next, targetOf(running), left);
  const placing = { target: targetOf(defined), cache: cacheOf(diskElements(next)), address: child(defined, 'address') };
  const disk = buildXml('disk', volumeElement(placed, placing));
  await client.domains.updateDevice(fresh.domain, disk, { flags: DomainDeviceModify.CONFIG, ...left() });
}
