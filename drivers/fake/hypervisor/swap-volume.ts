/** A volume of a running fake machine onto another disk, at once: of a fake disk only its size counts. */
import { DriverError } from '../../labels.ts';
import type { Ask, Hardware } from '../protocol.ts';
import type { FakeHost } from './host.ts';
import { isOn } from './machine.ts';
import { idle, needed, owned } from './machine-verbs.ts';
import { changed, diskUsers, has, without, withVolumes } from './volume-verbs.ts';

export function swapVolume(host: FakeHost, { target, volume }: Ask<'swapVolume'>): void {
  const machine = idle(owned(needed(host, target.machineId), target));
  const { name, power, run } = machine;
  if (!isOn(machine) || run === undefined)
    throw new DriverError('Conflict', `Machine ${name} is ${power}: its volumes are not moved`, { reason: `Is${power}` });
  const old = (run.hardware.volumes ?? []).find(({ id }) => id === volume.id);
  if (old === undefined)
    throw new DriverError('NotFound', `Machine ${name} runs without volume ${volume.id}`, { reason: 'VolumeNotPlugged' });
  if (old.pool !== volume.pool || old.name !== volume.name) {
    const disk = host.storage.disk(volume);
    if (disk === undefined)
      throw new DriverError('NotFound', `Disk ${volume.name} is not in pool ${volume.pool}`, { reason: 'DiskNotFound' });
    if (diskUsers(host, volume).some((user) => user !== name))
      throw new DriverError('Conflict', `Disk ${volume.name} is that of another machine already`, { reason: 'DiskInUse' });
    if (disk.sizeBytes !== host.storage.disk(old)?.sizeBytes)
      throw new DriverError('InvalidSpec', `Disks ${volume.name} and ${old.name} differ in size`, { reason: 'VolumeSizeDiffers' });
    if (disk.baseKey !== undefined || disk.fromDisk !== undefined)
      throw new DriverError('InvalidSpec', `Disk ${volume.name} is not blank`, { reason: 'VolumeNotBlank' });
  }
  const put = (hardware: Hardware): Hardware => withVolumes(hardware, [...without(hardware, volume.id), volume]);
  const isThere = (hardware: Hardware): boolean =>
    has(hardware, volume.id) && (hardware.volumes ?? []).some(({ name: disk }) => disk === volume.name);
  if (!isThere(run.hardware) || !isThere(machine.hardware)) host.put(changed(machine, put, put), 'Definition');
}

export function endSwap(host: FakeHost, { target }: Ask<'endSwap'>): void {
  const machine = host.get(target.machineId);
  if (machine !== undefined) owned(machine, target);
}
