/** Disks as VDIs: made once, found by name, removed for good. */
import type { Disk, DiskQuery, DiskRef, DiskSpec } from '../../contract.ts';
import { isMadeFrom } from '../../disk-names.ts';
import { DriverError, isUndoable } from '../../labels.ts';
import { toDriverError } from '../errors.ts';
import type { Ref } from '../model/model.ts';
import type { StringMap } from '../numbered.ts';
import type { Kept } from '../session/objects.ts';
import { run } from '../session/tasks.ts';
import type { Site } from '../site.ts';
import { ownTime, type Left } from '../time.ts';
import { needBase } from './bases.ts';
import { disksIn, findDisk, needDisk, repositoryForMaking, usersOf, vdisIn } from './find.ts';
import { DISK_KEY, diskNameOf, FROM_BASE_KEY, FROM_DISK_KEY, SIZE_KEY, sizeOf } from './names.ts';
import { needRoom } from './room.ts';
import { importRaw } from './transfer.ts';
import { createVdi, destroyVdi } from './vdi.ts';

export async function createDisk(site: Site, spec: DiskSpec, left: Left): Promise<void> {
  await site.pool.sync(left);
  const repository = repositoryForMaking(site, spec.pool);
  if (spec.secretId !== undefined)
    throw new DriverError('Unsupported', 'a Xen host does not encrypt disks', { reason: 'EncryptionUnsupported' });
  if (spec.fromDisk !== undefined && !isMadeFrom(spec.name, spec.fromDisk))
    throw new DriverError('InvalidSpec', `the name ${spec.name} does not tell that the disk is made from ${spec.fromDisk}`);
  const there = findDisk(site, spec);
  if (there !== undefined) return keep(there, spec);
  const origin = originOf(site, spec);
  if (origin === undefined) {
    needRoom(repository, 0);
    await create(site, repository, spec, left);
  } else await clone(site, origin, spec, left);
}

/** Whoever asks again means the same disk; another one of that name is kept, too. */
function keep(vdi: Kept<'VDI'>, { name, sizeBytes, baseKey = '', fromDisk = '' }: DiskSpec): void {
  const { other_config: config } = vdi;
  const isSame = (config[FROM_BASE_KEY] ?? '') === baseKey && (config[FROM_DISK_KEY] ?? '') === fromDisk;
  const isAsLarge = fromDisk !== '' || sizeOf(vdi) === sizeBytes;
  if (isSame && isAsLarge) return;
  throw new DriverError('Conflict', `there is a disk ${name} already, of ${sizeOf(vdi)} bytes and another origin or size`, {
    reason: 'DiskExists',
  });
}

function originOf(site: Site, { pool, baseKey, fromDisk }: DiskSpec): Kept<'VDI'> | undefined {
  if (baseKey !== undefined) return needBase(site, pool, baseKey);
  return fromDisk === undefined ? undefined : needDisk(site, { pool, name: fromDisk });
}

const tagsOf = ({ name, sizeBytes, baseKey, fromDisk }: DiskSpec): StringMap => ({
  [DISK_KEY]: name,
  [SIZE_KEY]: String(sizeBytes),
  ...(baseKey !== undefined && { [FROM_BASE_KEY]: baseKey }),
  ...(fromDisk !== undefined && { [FROM_DISK_KEY]: fromDisk }),
});

/** Several machines may write only to what is no file with a format of its own. */
function create(site: Site, { ref: SR }: Kept<'SR'>, spec: DiskSpec, left: Left): Promise<Ref> {
  const shared = spec.format === 'raw';
  return createVdi(site, { SR, name: spec.name, sizeBytes: spec.sizeBytes, tags: tagsOf(spec), shared }, left);
}

/** A clone has the tags of its origin for a moment: cut off then, there is one more of the same, which is as good. */
async function clone(site: Site, origin: Kept<'VDI'>, spec: DiskSpec, left: Left): Promise<void> {
  const vdi = await site.rpc.call('VDI.clone', { vdi: origin.ref }, left);
  try {
    await site.rpc.set('VDI', vdi, 'other_config', tagsOf({ ...spec, sizeBytes: Math.max(spec.sizeBytes, sizeOf(origin)) }), left);
    await site.rpc.call('VDI.set_name_label', { self: vdi, value: spec.name }, left);
    if (spec.sizeBytes > origin.virtual_size) await run(site.pool, 'VDI.resize', { vdi, size: spec.sizeBytes }, left);
  } catch (error) {
    const failure = toDriverError(error, `make disk ${spec.name}`, 'Change', left().signal);
    if (isUndoable(failure)) await destroyVdi(site, vdi, ownTime(UNDO_MS)).catch(() => undefined);
    throw failure;
  }
}

const UNDO_MS = 30_000;

/** In place where it is as large; else anew, and the old one goes. */
export async function writeDisk(site: Site, ref: DiskRef, content: Uint8Array, left: Left): Promise<void> {
  await site.pool.sync(left);
  const repository = repositoryForMaking(site, ref.pool);
  needRoom(repository, content.length);
  const there = findDisk(site, ref);
  const isAsLarge = there !== undefined && sizeOf(there) === content.length;
  if (there !== undefined && !isAsLarge) await destroyVdi(site, there.ref, left);
  const spec = { ...ref, sizeBytes: content.length };
  const vdi = isAsLarge ? there.ref : await create(site, repository, spec, left);
  await importRaw(site, { vdi, SR: repository.ref, format: 'raw', length: content.length, content: once(content) }, left);
}

async function* once(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(content);
}

export async function listDisks(site: Site, { pools, namePrefix, expected = [] }: DiskQuery, left: Left): Promise<readonly Disk[]> {
  await site.pool.sync(left);
  const isMissing = (): boolean => {
    const names = new Set(pools.flatMap((pool) => disksIn(site, site.repository(pool)).map(diskNameOf)));
    return expected.some((name) => !names.has(name));
  };
  if (isMissing()) {
    for (const pool of pools) await run(site.pool, 'SR.scan', { sr: site.repository(pool).ref }, left);
    await site.pool.sync(left);
  }
  return pools.flatMap((pool) => {
    const found = disksIn(site, site.repository(pool)).filter((vdi) => diskNameOf(vdi).startsWith(namePrefix));
    return found.map((vdi) => ({ pool, name: diskNameOf(vdi), capacityBytes: sizeOf(vdi) }));
  });
}

export async function deleteDisk(site: Site, ref: DiskRef, left: Left): Promise<void> {
  await site.pool.sync(left);
  const repository = repositoryForMaking(site, ref.pool);
  const vdi = findDisk(site, ref);
  if (vdi === undefined) return;
  const above = [...vdisIn(site, repository)].find(({ other_config: config }) => config[FROM_DISK_KEY] === ref.name);
  if (above !== undefined) throw inUse(ref, `disk ${diskNameOf(above)} was made from it`);
  const [user] = usersOf(site, vdi);
  if (user !== undefined) throw inUse(ref, `machine ${user.name_label} has it`);
  await destroyVdi(site, vdi.ref, left);
}

const inUse = ({ name }: DiskRef, why: string): DriverError =>
  new DriverError('Conflict', `disk ${name} is not deleted: ${why}`, { reason: 'DiskInUse' });
