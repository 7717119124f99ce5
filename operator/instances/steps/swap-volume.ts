/** Moving a volume of a machine to another Volume: claimed first, then copied in the background, over many passes. */
import type { SwapRecord } from '../../../crds/instance.ts';
import { DriverError } from '../../../drivers/labels.ts';
import type { Pass } from '../pass.ts';
import type { SwapVolumeAction } from '../plan/types.ts';
import { diskNameOf } from '../volumes/disk.ts';
import { attachedAs } from '../volumes/report.ts';
import { swapKey, volumeToSwap } from '../volumes/swap.ts';
import { changes, hostOf, reads, targetOf, WORK_MS } from './host.ts';
import { inspectAgain } from './look.ts';
import type { Pending } from './types.ts';
import { sharedUsers, withVolumes } from './volumes.ts';

/** What the beginning of the action writes down: from here on no other Instance is given it. Undefined: it is none that moves a volume. */
export function newSwap({ scene, services, instance }: Pass): SwapRecord | undefined {
  const { action } = scene.world;
  if (action?.action !== 'SwapVolume') return undefined;
  const { volume, uid } = readyOf(action);
  const holder = services.volumeClaims.holderBeside(uid, instance);
  if (holder === undefined) return { ...(volume !== undefined && { name: volume }), volumeName: action.to, volumeUid: uid };
  throw new DriverError('Conflict', `Instance ${holder.metadata.name} was given Volume ${action.to} meanwhile`, { reason: 'VolumeInUse' });
}

function readyOf({ volume, state }: SwapVolumeAction): { readonly volume: string | undefined; readonly uid: string } {
  if (state.kind !== 'Ready') throw new DriverError('Conflict', 'the Volume went missing meanwhile', { reason: 'ReferenceLost' });
  return { volume, uid: state.volumeUid };
}

const BUSY_AGAIN_MS = 10_000;

export async function swapVolume(pass: Pass): Promise<Pending | undefined> {
  const { scene, services } = pass;
  const { action, identity, now } = scene.world;
  const record = pass.status.action?.swap;
  if (action?.action !== 'SwapVolume' || record === undefined)
    throw new DriverError('Conflict', 'the action was withdrawn meanwhile', { reason: 'Withdrawn' });
  const swap = volumeToSwap(services.caches, scene.instance, pass.status, record);
  if (swap === undefined)
    throw new DriverError('Conflict', `Volume ${record.volumeName} went missing meanwhile`, { reason: 'ReferenceLost' });
  const { users } = await sharedUsers(pass, swap.to);
  if (users.length > 0)
    throw new DriverError('Conflict', `${users.join(', ')} has the disk of Volume ${record.volumeName}`, { reason: 'DiskInUse' });
  const state = services.captures.swap({
    key: swapKey(action.uid),
    host: hostOf(pass),
    target: targetOf(pass),
    subject: { namespace: identity.namespace, name: identity.name },
    ...swap,
    onBegin: () => pass.memory.note(identity.uid, { untouched: undefined }),
  });
  switch (state.kind) {
    case 'Done':
      pass.acted = true;
      pass.status = swapped(pass.status, record);
      return undefined;
    case 'InProgress':
      return {
        reason: 'SwappingVolume',
        message: `${record.name === undefined ? 'the root disk' : `volume ${record.name}`} moves to Volume ${record.volumeName}`,
        percent: state.percent,
      };
    case 'Failed':
      if (state.error.reason !== 'Busy') throw state.error;
      return { reason: 'MachineBusy', message: state.error.message, retryAt: now + BUSY_AGAIN_MS };
  }
}

/** What status says of volumes once it is through: who has the new one is told in the same write that ends the action. */
export function swapped(status: Pass['status'], { name, volumeName, volumeUid }: SwapRecord): Pass['status'] {
  if (name === undefined) return { ...status, rootVolume: { volumeName, volumeUid } };
  const others = { ...status, volumes: (status.volumes ?? []).filter((one) => one.name !== name) };
  return withVolumes(others, [attachedAs({ name, volumeName, volumeUid }, 'Attached')]);
}

/** Ours, and the copy that the host still makes: the machine keeps what it has. */
export async function endSwap(pass: Pass): Promise<undefined> {
  const { uid, swap } = pass.status.action ?? {};
  if (uid === undefined || swap === undefined) return undefined;
  await pass.services.captures.cancel(swapKey(uid));
  const { name } = swap;
  try {
    if (name !== undefined) await changes(pass, 'Build', WORK_MS, (driver, call) => driver.endSwap(targetOf(pass), name, call));
  } catch (error) {
    // A machine that is somebody else's by now does nothing for us.
    if (!(error instanceof DriverError) || error.reason !== 'NotOurs') throw error;
  }
  await noteRoot(pass, swap);
  if (!isUntouched(pass, uid)) await makeBlank(pass, swap);
  return undefined;
}

/** No host was asked to copy anything yet, for all that anybody could have. */
function isUntouched({ memory, scene }: Pass, actionUid: string): boolean {
  const { untouched } = memory.of(scene.world.identity.uid);
  return untouched?.uid === actionUid && !untouched.term.aborted;
}

/** The host refused it as it is, which it does before it touches a disk. */
function nothingDone({ scene }: Pass): boolean {
  const { failure } = scene.world.record;
  return failure?.operation === 'SwapVolume' && (failure.label === 'Unsupported' || failure.label === 'InvalidSpec');
}

/** Cut off just when it was through: the machine boots from the new one. */
async function noteRoot(pass: Pass, swap: SwapRecord): Promise<void> {
  if (swap.name !== undefined) return;
  const disk = diskNameOf(pass.services.caches.volumes.getByUid(swap.volumeUid), swap.volumeUid);
  const root = (await inspectAgain(pass))?.disks.find(({ role }) => role === 'root');
  if (root?.name === disk) pass.status = swapped(pass.status, swap);
}

/**
 * What a copy with the machine off has made, or is about to make, is no disk to give to anybody: it is made anew, blank, as the
 * Volume had it. Of one under a guest the disk was there all the time. One that somebody has by now is left alone.
 */
async function makeBlank(pass: Pass, swap: SwapRecord): Promise<void> {
  const { scene, services } = pass;
  const made = volumeToSwap(services.caches, scene.instance, pass.status, swap);
  if (made === undefined) return;
  const { pool, name } = made.to;
  const found = await reads(pass, (driver, call) => driver.listDisks({ pools: [pool], namePrefix: name, expected: [name] }, call), WORK_MS);
  const isThere = found.some((one) => one.name === name);
  const { machine } = scene.world;
  const isOn = machine.kind === 'Present' && (machine.machine.power === 'Running' || machine.machine.power === 'Paused');
  if (isThere && (isOn || nothingDone(pass))) return;
  const users = await reads(pass, (driver, call) => driver.diskUsers({ pool, name }, call), WORK_MS);
  if (users.length > 0 || (await sharedUsers(pass, { pool, name })).users.length > 0) return;
  if (isThere) await changes(pass, 'Build', WORK_MS, (driver, call) => driver.deleteDisk({ pool, name }, call));
  await changes(pass, 'Build', WORK_MS, (driver, call) => driver.createDisk({ pool, name, sizeBytes: made.sizeBytes }, call));
}
