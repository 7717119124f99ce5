/** Disks of an Instance: made under names of its own, and deleted by them. */
import type { Disk, DiskRef, MachineDisk } from '../../../drivers/contract.ts';
import { topmostFirst } from '../../../drivers/disk-names.ts';
import { DriverError, type Label } from '../../../drivers/labels.ts';
import { imagePlaceOf } from '../../hypervisors/pools.ts';
import { extraDisks } from '../extra-disks.ts';
import { diskName, configDriveOwner, configDrivePrefix, diskPrefix, isRootDisk } from '../naming.ts';
import type { Pass } from '../pass.ts';
import { NEW_ROOT } from '../plan/actions/new-root.ts';
import { rootImage } from '../root-image.ts';
import { isOffloaded } from '../shelf.ts';
import { changes, hostOf, QUICK_MS, reads, targetOf, WORK_MS } from './host.ts';
import { poolNames, poolsOfTwins } from './pools.ts';
import { incarnationOfPass, preservesEphemeral, throwIfHopeless } from './rebuild.ts';
import type { Pending, Undo } from './types.ts';

/** The image in the pool: fetched in the background where it is not there yet. */
export async function ensureBase(pass: Pass): Promise<Pending | undefined> {
  const { services, scene, call } = pass;
  const { pool } = scene.wanted;
  const image = rootImage(pass)?.image;
  if (image === undefined || pool === undefined)
    throw new DriverError('Conflict', 'the image or the pool went missing meanwhile', { reason: 'ReferenceLost' });
  const held = isOffloaded(pass.status);
  const host = hostOf(pass);
  const request = { host, ...imagePlaceOf(services.caches.hypervisors.get(host.name)?.spec, pool.name), image, held };
  const state = await services.bases.ensure(request, call.signal);
  switch (state.kind) {
    case 'Ready':
      pass.base = state.base;
      return undefined;
    case 'InProgress':
      return { reason: 'ImageTransferring', message: state.message, percent: state.percent };
    case 'Failed':
      if (NEW_ROOT.has(pass.plan.operation)) throwIfHopeless(pass, state);
      if (isFull(pass, state)) throw new DriverError(state.label, state.message, { reason: state.reason });
      return { reason: state.reason, message: state.message, retryAt: state.retryAt };
  }
}

/** No room for the image here: another host may have it. Where all have been tried it is waited for. */
function isFull({ plan, scene: { world }, status }: Pass, { label }: { readonly label: Label }): boolean {
  const { desired, record } = world;
  const isNew = record.failure?.operation !== 'Spawn' || !record.failure.failedOn.includes(status.hypervisorName ?? '');
  return label === 'InsufficientCapacity' && plan.operation === 'Spawn' && desired.pinnedTo === undefined && isNew;
}

export async function createRootDisk(pass: Pass, register: (undo: Undo) => void): Promise<undefined> {
  const { base, scene } = pass;
  const { size } = scene.wanted;
  if (base === undefined || size === undefined)
    throw new DriverError('Conflict', 'the base image or the flavor went missing meanwhile', { reason: 'ReferenceLost' });
  const from = rootImage(pass);
  // A disk of its own may be larger than the flavor: resizes cut nothing off.
  if (from?.restored === undefined && size.rootDiskBytes !== 0 && size.rootDiskBytes < base.virtualSizeBytes) {
    throw new DriverError(
      'InvalidSpec',
      `Image ${from?.image.metadata.name ?? ''} needs a root disk of ${base.virtualSizeBytes} bytes and Flavor ${size.flavorName} has ${size.rootDiskBytes}: name a larger Flavor`,
      { reason: 'FlavorDiskTooSmall' },
    );
  }
  const sizeBytes = Math.max(size.rootDiskBytes, base.virtualSizeBytes);
  pass.rootDiskBytes = sizeBytes;
  await createDisk(pass, register, {
    name: diskName(scene.world.identity.uid, 'root', incarnationOfPass(pass)),
    sizeBytes,
    baseKey: base.key,
  });
  return undefined;
}

export async function createExtraDisks(pass: Pass, register: (undo: Undo) => void): Promise<undefined> {
  const { identity } = pass.scene.world;
  const { size } = pass.scene.wanted;
  if (size === undefined) throw new DriverError('Conflict', 'the flavor went missing meanwhile', { reason: 'ReferenceLost' });
  // But for those that a rebuild preserves.
  const made = extraDisks(identity.uid, size, incarnationOfPass(pass)).filter(
    ({ role }) => role !== 'ephemeral' || !preservesEphemeral(pass),
  );
  for (const { name, sizeBytes } of made) await createDisk(pass, register, { name, sizeBytes });
  return undefined;
}

async function findDisk(pass: Pass, { pool, name }: DiskRef): Promise<Disk | undefined> {
  const disks = await reads(pass, (driver, call) => driver.listDisks({ pools: [pool], namePrefix: name }, call));
  return disks.find((disk) => disk.name === name);
}

/** Bytes that a guest sees of a disk that is there. */
export async function diskSize(pass: Pass, disk: DiskRef): Promise<number> {
  const found = await findDisk(pass, disk);
  if (found !== undefined) return found.capacityBytes;
  throw new DriverError('NotFound', `disk ${disk.name} is not in pool ${disk.pool}`, { reason: 'DiskNotFound' });
}

async function createDisk(
  pass: Pass,
  register: (undo: Undo) => void,
  { name, sizeBytes, baseKey }: { readonly name: string; readonly sizeBytes: number; readonly baseKey?: string },
): Promise<void> {
  const pool = poolOf(pass);
  // What an earlier attempt made, and a guest may have written to, is not this one's to undo.
  if (pass.freshClaim || (await findDisk(pass, { pool, name })) === undefined) register((signal) => undoDisk(pass, { pool, name }, signal));
  const disk = { pool, name, sizeBytes, ...(baseKey === undefined ? {} : { baseKey }) };
  await changes(pass, 'Build', WORK_MS, (driver, call) => driver.createDisk(disk, call));
}

/** What failed may have come after the definition was switched to it: then it is the machine's. */
async function undoDisk(pass: Pass, disk: DiskRef, signal: AbortSignal): Promise<void> {
  if (NEW_ROOT.has(pass.plan.operation)) {
    const machine = await reads(pass, (driver, call) => driver.inspect(targetOf(pass).machineId, call), QUICK_MS, signal);
    if (machine?.disks.some(({ name }) => name === disk.name) === true) return;
  }
  await deleteDisk(pass, disk, signal);
}

/**
 * Disks of this Instance in the host's pools. The host may have to look for those expected, which somebody copied there by
 * hand: a pool is read as a whole then, and takes its time.
 */
export function expectedDisks(pass: Pass, namePrefix: string, names: readonly string[]): Promise<readonly Disk[]> {
  const expected = names.filter((name) => name.startsWith(namePrefix));
  return reads(pass, (driver, call) => driver.listDisks({ pools: poolNames(pass), namePrefix, expected }, call), WORK_MS);
}

const recordedVolumes = ({ status }: Pass): readonly string[] => (status.disks ?? []).map(({ volume }) => volume);

/**
 * Everything made for this Instance, wherever it is on the host; found by name, so that left-overs go too. In a pool that
 * the host of another machine with our mark reaches, the disks are that one's as well: there they go with the last.
 */
export async function deleteDisks(pass: Pass): Promise<undefined> {
  const { identity, record } = pass.scene.world;
  const owners = new Set([identity.uid, record.machineId ?? identity.uid]);
  const shared = poolsOfTwins(pass);
  for (const prefix of [...[...owners].map(diskPrefix), ...earlierOwners(pass).map(configDrivePrefix)]) {
    const disks = await expectedDisks(pass, prefix, recordedVolumes(pass));
    for (const disk of rootsFirst(topmostFirst(disks))) if (!shared.has(disk.pool)) await deleteDisk(pass, disk, pass.call.signal);
  }
  return undefined;
}

/** What is left when a removal is cut off is known to be lost by its root disk. */
const rootsFirst = (disks: readonly Disk[]): readonly Disk[] =>
  disks.toSorted((a, b) => Number(isRootDisk(b.name)) - Number(isRootDisk(a.name)));

/**
 * Uids of earlier Instances that had this machine, as its config drives tell: it was taken over, and keeps the drive until
 * its next start. A uid that lives keeps its own drives, whatever a definition names.
 */
export function earlierOwners(pass: Pass): readonly string[] {
  const named = new Set([...recordedVolumes(pass), ...currentDisks(pass).map(({ name }) => name)].map(configDriveOwner));
  return [...named].filter((uid) => uid !== undefined).filter((uid) => pass.services.caches.instances.getByUid(uid) === undefined);
}

export function deleteDisk(pass: Pass, { pool, name }: DiskRef, signal: AbortSignal): Promise<void> {
  return changes(pass, 'Build', QUICK_MS, (driver, call) => driver.deleteDisk({ pool, name }, call), signal);
}

/** Disks that the machine has now. */
export function currentDisks({ scene }: Pass): readonly MachineDisk[] {
  return scene.details?.disks ?? [];
}

export function poolOf({ scene }: Pass): string {
  const { pool } = scene.wanted;
  if (pool === undefined) throw new DriverError('Conflict', 'the pool went missing meanwhile', { reason: 'ReferenceLost' });
  return pool.name;
}
