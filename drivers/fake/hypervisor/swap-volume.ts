/** A volume of a fake machine onto another disk, at once: of a fake disk only its size counts. */
import type { DiskRef, MachineVolume } from '../../contract.ts';
import { DriverError } from '../../labels.ts';
import { isRoot, type RootDisk } from '../../swap.ts';
import type { Ask, Hardware } from '../protocol.ts';
import type { FakeHost } from './host.ts';
import { isOn, type MachineRecord } from './machine.ts';
import { idle, needed, owned } from './machine-verbs.ts';
import { changed, diskUsers, has, without, withVolumes } from './volume-verbs.ts';

export function swapVolume(host: FakeHost, { target, volume, sizeBytes }: Ask<'swapVolume'>): void {
  const machine = idle(owned(needed(host, target.machineId), target));
  const { name, power } = machine;
  if (power === 'Suspended')
    throw new DriverError('Conflict', `Machine ${name} is suspended: its volumes are not moved`, { reason: 'IsSuspended' });
  if (isRoot(volume)) return swapRoot(host, machine, volume, sizeBytes);
  const run = isOn(machine) ? machine.run : undefined;
  const old = ((run?.hardware ?? machine.hardware).volumes ?? []).find(({ id }) => id === volume.id);
  if (old === undefined)
    throw new DriverError('NotFound', `Machine ${name} does not have volume ${volume.id}`, { reason: 'VolumeNotPlugged' });
  if (old.pool !== volume.pool || old.name !== volume.name) {
    if (run === undefined) {
      needPlain(old, volume);
      makeCopy(host, name, old, volume, sizeBytes);
    } else needFit(host, name, old, volume);
  }
  const put = (hardware: Hardware): Hardware => withVolumes(hardware, [...without(hardware, volume.id), volume]);
  const isThere = (hardware: Hardware): boolean =>
    has(hardware, volume.id) && (hardware.volumes ?? []).some(({ name: disk }) => disk === volume.name);
  const isRun = run === undefined || isThere(run.hardware);
  if (!isRun || !isThere(machine.hardware)) host.put(changed(machine, put, run === undefined ? (one) => one : put), 'Definition');
}

function swapRoot(host: FakeHost, machine: MachineRecord, to: RootDisk, sizeBytes: number): void {
  const { name, power, hardware } = machine;
  if (power !== 'Stopped')
    throw new DriverError('Conflict', `Machine ${name} is ${power}: its root disk is not moved`, { reason: `Is${power}` });
  const old = hardware.disks.find(({ role }) => role === 'root');
  if (old === undefined) throw new DriverError('NotFound', `Machine ${name} has no root disk`, { reason: 'VolumeNotPlugged' });
  if (old.pool === to.pool && old.name === to.name) return;
  makeCopy(host, name, old, to, sizeBytes);
  const disks = hardware.disks.map((disk) => (disk === old ? to : disk));
  host.put({ ...machine, hardware: { ...hardware, disks } }, 'Definition');
}

function needPlain(old: MachineVolume, volume: MachineVolume): void {
  if (old.secretId !== undefined || volume.secretId !== undefined)
    throw new DriverError('Unsupported', `Disk ${volume.name} or ${old.name} is encrypted`, { reason: 'VolumeUnfit' });
}

/** Under a guest. */
function needFit(host: FakeHost, machine: string, old: MachineVolume, volume: MachineVolume): void {
  const disk = host.storage.disk(volume);
  if (disk === undefined)
    throw new DriverError('NotFound', `Disk ${volume.name} is not in pool ${volume.pool}`, { reason: 'DiskNotFound' });
  needAlone(host, machine, volume);
  if (disk.sizeBytes !== host.storage.disk(old)?.sizeBytes)
    throw new DriverError('InvalidSpec', `Disks ${volume.name} and ${old.name} differ in size`, { reason: 'VolumeSizeDiffers' });
  if (disk.baseKey !== undefined || disk.fromDisk !== undefined)
    throw new DriverError('InvalidSpec', `Disk ${volume.name} is not blank`, { reason: 'VolumeNotBlank' });
}

/** While it is off: the disk is made anew. */
function makeCopy(host: FakeHost, machine: string, old: DiskRef, volume: DiskRef, sizeBytes: number): void {
  needAlone(host, machine, volume);
  const from = host.storage.disk(old);
  if (from === undefined) throw new DriverError('NotFound', `Disk ${old.name} is not in pool ${old.pool}`, { reason: 'DiskNotFound' });
  if (sizeBytes < from.sizeBytes)
    throw new DriverError('InvalidSpec', `Disk ${volume.name} would be smaller than ${old.name}`, { reason: 'VolumeSizeDiffers' });
  const { pool, name } = volume;
  host.storage.deleteDisk({ pool, name });
  host.storage.createDisk({ pool, name, sizeBytes });
}

function needAlone(host: FakeHost, machine: string, volume: DiskRef): void {
  if (diskUsers(host, volume).some((user) => user !== machine))
    throw new DriverError('Conflict', `Disk ${volume.name} is that of another machine already`, { reason: 'DiskInUse' });
}

export function endSwap(host: FakeHost, { target }: Ask<'endSwap'>): void {
  const machine = host.get(target.machineId);
  if (machine !== undefined) owned(machine, target);
}
