/**
 * Copies of disks as base images that stand alone. Of a machine that is on, a snapshot of the disk is copied: it holds still,
 * and goes when the copy is made; one that was left is removed by the next attempt.
 */
import type { BaseImage, CapturedBase, CaptureSpec, CopySpec } from '../../contract.ts';
import { DriverError } from '../../labels.ts';
import type { Target } from '../../owner.ts';
import { readFresh, readIdle, readOwned, refused } from '../machines/fresh.ts';
import { isOn, powerOf } from '../machines/power.ts';
import { vbdsOf } from '../machines/view.ts';
import type { Ref } from '../model/model.ts';
import type { Kept } from '../session/objects.ts';
import { runToRef } from '../session/tasks.ts';
import type { Site } from '../site.ts';
import { ownTime, type Left } from '../time.ts';
import { completeBase, findBase, removeLeftOvers } from './bases.ts';
import { needDisk, repositoryForMaking, usersOf } from './find.ts';
import { BASE_KEY, diskNameOf, SIZE_KEY, sizeOf } from './names.ts';
import { needRoom } from './room.ts';
import { destroyVdi } from './vdi.ts';

export async function captureBase(site: Site, target: Target, spec: CaptureSpec, left: Left): Promise<CapturedBase> {
  const vm = await readIdle(site, target, left);
  if (spec.off === true && vm.power_state !== 'Halted') throw refused(vm, 'copy the disk of');
  const there = await findBase(site, spec.pool, spec.key, left);
  if (there !== undefined) return there;
  const on = isOn(vm);
  if (on && spec.quiesce === 'Required')
    throw new DriverError('Unsupported', 'a Xen host cannot hold the file systems of a guest still', { reason: 'QuiesceFailed' });
  const vdi = diskOf(site, vm, spec);
  const base = await copy(site, vdi, spec, on || vm.power_state === 'Suspended', left);
  const after = spec.off === true ? await readFresh(site, vm.uuid, left) : undefined;
  if (after !== undefined && after.power_state !== 'Halted') {
    await removeLeftOvers(site, repositoryForMaking(site, spec.pool), spec.key, ownTime(UNDO_MS), 'Complete');
    throw new DriverError('Conflict', `machine ${vm.name_label} is ${powerOf(after).power}: it was started while its disk was copied`, {
      reason: 'StartedMeanwhile',
    });
  }
  return vm.power_state === 'Halted' ? { ...base, quiesced: true } : base;
}

function diskOf(site: Site, vm: Kept<'VM'>, { disk }: CopySpec): Kept<'VDI'> {
  const repository = site.repository(disk.pool);
  const vdis = vbdsOf(site, vm).flatMap(({ VDI }) => site.objects.get('VDI', VDI) ?? []);
  const vdi = vdis.find((one) => one.SR === repository.ref && diskNameOf(one) === disk.name);
  if (vdi !== undefined) return vdi;
  throw new DriverError('NotFound', `machine ${vm.name_label} has no disk ${disk.name}`, { reason: 'DiskNotFound' });
}

export async function copyToBase(site: Site, spec: CopySpec, left: Left): Promise<BaseImage> {
  const there = await findBase(site, spec.pool, spec.key, left);
  if (there !== undefined) return there;
  const vdi = needDisk(site, spec.disk);
  requireUnused(site, vdi, spec);
  return copy(site, vdi, spec, false, left);
}

function requireUnused(site: Site, vdi: Kept<'VDI'>, { disk }: CopySpec): void {
  const [user] = usersOf(site, vdi);
  if (user !== undefined)
    throw new DriverError('Conflict', `disk ${disk.name} is not copied: machine ${user.name_label} has it`, { reason: 'DiskInUse' });
}

const UNDO_MS = 30_000;

async function copy(site: Site, vdi: Kept<'VDI'>, { pool, key }: CopySpec, isUsed: boolean, left: Left): Promise<BaseImage> {
  const repository = repositoryForMaking(site, pool);
  needRoom(repository, vdi.physical_utilisation);
  await removeLeftOvers(site, repository, key, left);
  const snapshot = isUsed ? await runToRef(site.pool, 'VDI.snapshot', { vdi: vdi.ref }, left) : undefined;
  const size = sizeOf(vdi);
  let made: Ref | undefined;
  try {
    made = await runToRef(site.pool, 'VDI.copy', { vdi: snapshot ?? vdi.ref, sr: repository.ref }, left);
    await site.rpc.set('VDI', made, 'other_config', { [BASE_KEY]: key, [SIZE_KEY]: String(size) }, left);
    await site.rpc.call('VDI.set_name_label', { self: made, value: key }, left);
    const image: BaseImage = { key, format: 'raw', sizeBytes: size, virtualSizeBytes: size };
    await completeBase(site, made, image, left);
    return image;
  } catch (error) {
    if (made !== undefined && site.pool.connected) await destroyVdi(site, made, ownTime(UNDO_MS)).catch(() => undefined);
    throw error;
  } finally {
    if (snapshot !== undefined && site.pool.connected) await destroyVdi(site, snapshot, ownTime(UNDO_MS)).catch(() => undefined);
  }
}

/** Copies are tasks of the server, which end with whoever began them: there is nothing to end. */
export async function endCapture(site: Site, target: Target, _pool: string, _key: string, left: Left): Promise<void> {
  await readOwned(site, target, left);
}
