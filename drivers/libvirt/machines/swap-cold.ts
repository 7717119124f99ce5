/**
 * A volume of a machine that is off onto another disk: libvirt makes that one anew with what is on the old one, and the
 * definition names it then.
 *
 * How far it has come the definition tells: until it names the new disk, a copy that was cut off is begun again from nothing.
 * While the old disk is read QEMU's own lock on its file keeps a start out; after that, the definition is put back where
 * somebody was faster.
 */
import { DomainDeviceModify, ErrorCode, isLibvirtError } from 'node-libvirt';
import { DriverError } from '../../labels.ts';
import type { Target } from '../../owner.ts';
import { isRoot, type SwapSpec } from '../../swap.ts';
import { pathOfDisk } from '../domain/view.ts';
import { diskAlias } from '../domain/names.ts';
import { cacheOf, diskElements, volumeElement, volumeIn } from '../domain/volumes.ts';
import { flushVolume } from '../storage/flush.ts';
import { pathIn, type Pool } from '../storage/pools.ts';
import { contentBytes, needRoom } from '../storage/room.ts';
import { deleteVolume, qcow2Volume, viewVolume, volumeRef } from '../storage/volumes.ts';
import type { Left } from '../time.ts';
import { attribute, buildXml, child, type XmlElement } from '../xml.ts';
import { readBoth } from './both.ts';
import { placedVolume } from './definition-verbs.ts';
import { readOwned, refused, type Fresh } from './fresh.ts';
import { needAlone, type Plugger } from './volume-verbs.ts';

export async function swapWhileOff(on: Plugger, target: Target, fresh: Fresh, { to, sizeBytes }: SwapSpec, left: Left): Promise<void> {
  if (fresh.power !== 'Stopped') throw refused(fresh, 'move a volume of');
  const { next } = await readBoth(on.client, fresh, left);
  const what = isRoot(to) ? 'root disk' : `volume ${to.id}`;
  const defined = isRoot(to) ? rootIn(next) : volumeIn(next, to.id);
  if (defined === undefined)
    throw new DriverError('NotFound', `machine ${fresh.domain.name} has no ${what}`, { reason: 'VolumeNotPlugged' });
  const { path, element } = await madeOf(on, to, defined, cacheOf(diskElements(next)), left);
  if (pathOfDisk(defined) === path) return;
  if ((!isRoot(to) && to.secretId !== undefined) || child(defined, 'encryption') !== undefined) throw encrypted(what);
  await needAlone(on, fresh.domain, to, left);
  await copy(on, fresh, pathOfDisk(defined), to, sizeBytes, left);
  await needAlone(on, fresh.domain, to, left);
  await needStillOff(on, target, fresh, left);
  await update(on, fresh, element, left);
  try {
    await needStillOff(on, target, fresh, left);
  } catch (error) {
    await update(on, fresh, defined, left);
    throw error;
  }
}

const rootIn = (definition: XmlElement | undefined): XmlElement | undefined =>
  diskElements(definition).find((disk) => attribute(child(disk, 'alias'), 'name') === diskAlias('root'));

/** How the definition is to name it: of what it boots from nothing but the file is another. */
async function madeOf(
  { pools }: Plugger,
  to: SwapSpec['to'],
  defined: XmlElement,
  cache: string,
  left: Left,
): Promise<{ readonly path: string; readonly element: XmlElement }> {
  if (isRoot(to)) {
    const path = pathIn(await pools.folder(to.pool, left), to.name);
    return { path, element: { ...defined, source: { '@file': path } } };
  }
  const placed = await placedVolume(pools, to, left);
  const placing = { target: attribute(child(defined, 'target'), 'dev') ?? '', cache, address: child(defined, 'address') };
  return { path: placed.path, element: volumeElement(placed, placing) };
}

const encrypted = (what: string): DriverError =>
  new DriverError('Unsupported', `the ${what}, or the one that is to take its place, is encrypted: libvirt copies no such disk`, {
    reason: 'VolumeUnfit',
  });

const update = ({ client }: Plugger, { domain }: Fresh, disk: XmlElement, left: Left): Promise<void> =>
  client.domains.updateDevice(domain, buildXml('disk', disk), { flags: DomainDeviceModify.CONFIG, ...left() });

async function needStillOff({ client }: Plugger, target: Target, before: Fresh, left: Left): Promise<void> {
  const after = await readOwned(client, target, left);
  if (after?.power === 'Stopped' && after.owner?.runId === before.owner?.runId && after.owner?.role === before.owner?.role) return;
  throw startedMeanwhile(before);
}

const startedMeanwhile = ({ domain }: Fresh): DriverError =>
  new DriverError('Conflict', `machine ${domain.name} was started while a volume of it was copied`, { reason: 'StartedMeanwhile' });

/** The file is of no use before it is whole: what is there of it goes first. */
async function copy(on: Plugger, fresh: Fresh, oldPath: string, to: SwapSpec['to'], sizeBytes: number, left: Left): Promise<void> {
  const { client, pools } = on;
  const from = pools.diskAt(oldPath);
  const [source, pool] = await Promise.all([pools.folder(from.pool, left), pools.folder(to.pool, left)]);
  const old = await viewVolume(client, volumeRef(source, from.name), left);
  if (old === undefined) throw new DriverError('NotFound', `disk ${from.name} is not in pool ${from.pool}`, { reason: 'DiskNotFound' });
  if (sizeBytes < old.capacityBytes) {
    const message = `disk ${to.name} would have ${sizeBytes} bytes, and ${from.name} has ${old.capacityBytes}: make it as large`;
    throw new DriverError('InvalidSpec', message, { reason: 'VolumeSizeDiffers' });
  }
  await removeRest(on, pool, to.name, left);
  await needRoom(client, pool, await contentBytes(client, pools, source, from.name, left), left);
  try {
    // Not within the turns of the pool: it takes its time, and what is made quickly must not wait for it.
    const made = qcow2Volume(to.name, old.capacityBytes, undefined);
    const copied = await client.volumes.createFrom(pool.ref, made, volumeRef(source, from.name), left());
    if (sizeBytes === old.capacityBytes) await flushVolume(client, copied, sizeBytes, left);
  } catch (error) {
    if (isLibvirtError(error) && /shared "write" lock/.test(error.message)) throw startedMeanwhile(fresh);
    if (isLibvirtError(error, ErrorCode.STORAGE_VOL_EXIST)) throw stillCopied(to.name);
    throw error;
  }
  if (sizeBytes > old.capacityBytes) await client.volumes.resize(volumeRef(pool, to.name), sizeBytes, left());
}

/** A copy that its caller was cut off from goes on in the host. */
async function removeRest({ client }: Plugger, pool: Pool, name: string, left: Left): Promise<void> {
  try {
    await pool.turns.take(left, () => deleteVolume(client, volumeRef(pool, name), left));
  } catch (error) {
    if (isLibvirtError(error, ErrorCode.OPERATION_INVALID) && /in use|being allocated/.test(error.message)) throw stillCopied(name);
    throw error;
  }
}

const stillCopied = (name: string): DriverError =>
  new DriverError('Conflict', `disk ${name} is being copied to, by an earlier call: that is waited for`, { reason: 'Busy' });
