/** Volumes into and out of a machine, and who has a disk. */
import type { DiskRef, MachineVolume } from '../../contract.ts';
import { DriverError } from '../../labels.ts';
import type { Target } from '../../owner.ts';
import { isXapi } from '../errors.ts';
import type { Kept } from '../session/objects.ts';
import { run } from '../session/tasks.ts';
import { isMachine, type Site } from '../site.ts';
import { findDisk, needDisk, usersOf } from '../storage/find.ts';
import { pause, type Left } from '../time.ts';
import { freeNumbers } from './devices.ts';
import { readIdle, readOwned, refused, type Vm } from './fresh.ts';
import { vbdRecord } from './in-line.ts';
import { writeSpec } from './marking.ts';
import { isOn } from './power.ts';
import { specOf } from './spec-entry.ts';
import { volumeTag, volumeTagOf } from './tags.ts';
import { vbdsOf } from './view.ts';

export async function attach(site: Site, target: Target, volume: MachineVolume, left: Left): Promise<void> {
  const vm = await readIdle(site, target, left);
  if (vm.power_state === 'Suspended') throw refused(vm, 'attach a volume to');
  const vdi = needDisk(site, volume);
  requireFree(site, vm, vdi, volume);
  const there = vbdOf(site, vm, volume.id);
  // XAPI plugs only into a machine that runs.
  if (vm.power_state === 'Paused' && there?.currently_attached !== true) throw refused(vm, 'attach a volume to');
  if (volume.shared === 'Write' && !vdi.sharable) await site.rpc.call('VDI.set_sharable', { self: vdi.ref, value: true }, left);
  await planVolumes(site, vm, (volumes) => [...volumes.filter(({ id }) => id !== volume.id), volume], left);
  const kind = { type: 'Disk' as const, readOnly: volume.readOnly, bootable: false, tags: volumeTag(volume) };
  const number = freeNumbers(new Set(vbdsOf(site, vm).map(({ userdevice }) => Number(userdevice))))();
  const vbd = there?.ref ?? (await site.rpc.create('VBD', vbdRecord(vm.ref, vdi.ref, number, kind), left));
  if (isOn(vm) && there?.currently_attached !== true) await plug(site, vbd, left);
}

async function plug(site: Site, self: string, left: Left): Promise<void> {
  try {
    await run(site.pool, 'VBD.plug', { self }, left);
  } catch (error) {
    if (!isXapi(error, 'DEVICE_ALREADY_ATTACHED')) throw error;
  }
}

/** Of the machine itself, no more than this volume; of others, none, unless all share it. */
function requireFree(site: Site, vm: Vm, vdi: Kept<'VDI'>, { id, name, shared }: MachineVolume): void {
  const other = usersOf(site, vdi).find(({ ref }) => ref !== vm.ref);
  const isOwn = site.objects.each('VBD', vdi.VBDs).some((vbd) => vbd.VM === vm.ref && volumeTagOf(vbd.other_config)?.id !== id);
  if (!isOwn && (other === undefined || shared !== undefined)) return;
  throw new DriverError('Conflict', `disk ${name} is not attached: machine ${(other ?? vm).name_label} has it`, { reason: 'DiskInUse' });
}

const vbdOf = (site: Site, vm: Vm, id: string): Kept<'VBD'> | undefined =>
  vbdsOf(site, vm).find((vbd) => volumeTagOf(vbd.other_config)?.id === id);

/** In what is kept of the specification, too; a machine that was not defined by us has none. */
async function planVolumes(
  site: Site,
  vm: Vm,
  change: (volumes: readonly MachineVolume[]) => readonly MachineVolume[],
  left: Left,
): Promise<void> {
  const entry = specOf(vm.other_config);
  if (entry === undefined) return;
  const volumes = change(entry.plan.volumes ?? []);
  if (JSON.stringify(volumes) === JSON.stringify(entry.plan.volumes ?? [])) return;
  await writeSpec(site, vm, { ...entry, plan: { ...entry.plan, volumes } }, left);
}

const RELEASE_TRIES = 5;
const BETWEEN_TRIES_MS = 500;

export async function detach(site: Site, target: Target, id: string, left: Left): Promise<void> {
  if ((await readOwned(site, target, left)) === undefined) return;
  const vm = await readIdle(site, target, left);
  await planVolumes(site, vm, (volumes) => volumes.filter((volume) => volume.id !== id), left);
  const vbd = vbdOf(site, vm, id);
  if (vbd === undefined) return;
  if (vm.power_state === 'Suspended') throw refused(vm, 'detach a volume from');
  if (vm.power_state === 'Paused' && vbd.currently_attached)
    throw new DriverError('Conflict', `volume ${id} is let go of only by a machine that runs`, { reason: 'NotReleased' });
  if (isOn(vm) && vbd.currently_attached) await unplug(site, vbd, id, left);
  await site.rpc.destroy('VBD', vbd.ref, left);
}

/** A guest that refuses may let go a little later. */
async function unplug(site: Site, { ref }: Kept<'VBD'>, id: string, left: Left): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await run(site.pool, 'VBD.unplug', { self: ref }, left);
      return;
    } catch (error) {
      if (isXapi(error, 'DEVICE_ALREADY_DETACHED', 'HANDLE_INVALID')) return;
      if (!isXapi(error, 'DEVICE_DETACH_REJECTED', 'DEVICE_DETACH_TIMEOUT')) throw error;
      if (attempt === RELEASE_TRIES)
        throw new DriverError('Conflict', `the guest does not let go of volume ${id}`, { cause: error, reason: 'NotReleased' });
    }
    await pause(BETWEEN_TRIES_MS, left);
  }
}

/** Of all machines in the pool: a repository may be shared. */
export async function diskUsers(site: Site, disk: DiskRef, left: Left): Promise<readonly string[]> {
  await site.pool.sync(left);
  const vdi = findDisk(site, disk);
  const having = vdi === undefined ? [] : usersOf(site, vdi).filter(isMachine);
  const planned = [...site.objects.all('VM')].filter((vm) => isMachine(vm) && plans(vm, disk));
  return [...new Set([...having, ...planned].map(({ name_label }) => name_label))];
}

/** One that has it from its next start on. */
function plans({ other_config }: Vm, { pool, name }: DiskRef): boolean {
  const entry = specOf(other_config);
  if (entry === undefined || entry.applied) return false;
  return [...entry.plan.disks, ...(entry.plan.volumes ?? [])].some((disk) => disk.pool === pool && disk.name === name);
}
