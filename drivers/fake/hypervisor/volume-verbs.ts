/** Volumes into and out of fake machines. A guest lets go of one when it is up, unless its rule says otherwise. */
import type { DiskRef, MachineVolume } from '../../contract.ts';
import { DriverError } from '../../labels.ts';
import type { Ask, Hardware } from '../protocol.ts';
import type { FakeHost } from './host.ts';
import { isOn, type MachineRecord } from './machine.ts';
import { idle, needed, owned } from './machine-verbs.ts';

export function attachVolume(host: FakeHost, { target, volume }: Ask<'attachVolume'>): void {
  const machine = idle(owned(needed(host, target.machineId), target));
  if (machine.power === 'Suspended') {
    throw new DriverError('Conflict', `Machine ${machine.name} is suspended: no volume is attached to it`, { reason: 'IsSuspended' });
  }
  if (host.storage.disk(volume) === undefined) {
    throw new DriverError('NotFound', `Disk ${volume.name} is not in pool ${volume.pool}`, { reason: 'DiskNotFound' });
  }
  const others = diskUsers(host, volume).filter((name) => name !== machine.name);
  if (others.length > 0 && volume.shared === undefined) {
    throw new DriverError('Conflict', `Disk ${volume.name} is that of another machine already`, { reason: 'DiskInUse' });
  }
  const add = (hardware: Hardware): Hardware => withVolumes(hardware, [...without(hardware, volume.id), volume]);
  if (has(machine.hardware, volume.id) && (!isOn(machine) || machine.run === undefined || has(machine.run.hardware, volume.id))) return;
  if (volume.bus === 'sata' && isOn(machine)) {
    throw new DriverError('Unsupported', `Volume ${volume.id} is on SATA: nothing is plugged into that while ${machine.name} is on`, {
      reason: 'BusNotPluggable',
    });
  }
  host.put(changed(machine, add, isOn(machine) ? add : (run) => run), 'Definition');
}

export function detachVolume(host: FakeHost, { target, id }: Ask<'detachVolume'>): void {
  const machine = host.get(target.machineId);
  if (machine === undefined) return;
  owned(machine, target);
  const plugged = isOn(machine) && machine.run !== undefined && has(machine.run.hardware, id);
  if (!plugged && !has(machine.hardware, id)) return;
  const remove = (hardware: Hardware): Hardware => withVolumes(hardware, without(hardware, id));
  const letsGo =
    machine.power === 'Running' &&
    machine.run?.guest === 'Up' &&
    host.guestRule(machine).volumes !== 'Keeps' &&
    !isOnSata(machine.run.hardware, id);
  host.put(changed(idle(machine), remove, letsGo ? remove : (run) => run), 'Definition');
  if (!plugged || letsGo) return;
  throw new DriverError('Conflict', `The guest of machine ${machine.name} has not let go of volume ${id}`, { reason: 'NotReleased' });
}

export function diskUsers(host: FakeHost, disk: DiskRef): readonly string[] {
  const uses = (hardware: Hardware | undefined): boolean =>
    [...(hardware?.disks ?? []), ...(hardware?.volumes ?? [])].some(({ pool, name }) => pool === disk.pool && name === disk.name);
  return [...host.machines()].filter(({ hardware, run }) => uses(hardware) || uses(run?.hardware)).map(({ name }) => name);
}

export const has = ({ volumes = [] }: Hardware, id: string): boolean => volumes.some((one) => one.id === id);
const isOnSata = ({ volumes = [] }: Hardware, id: string): boolean => volumes.some((one) => one.id === id && one.bus === 'sata');
export const without = ({ volumes = [] }: Hardware, id: string): readonly MachineVolume[] => volumes.filter((one) => one.id !== id);

/** Hardware that never had a volume says nothing of any. */
export function withVolumes(before: Hardware, volumes: readonly MachineVolume[]): Hardware {
  const { volumes: _, ...hardware } = before;
  return volumes.length === 0 ? hardware : { ...hardware, volumes };
}

export function changed(
  machine: MachineRecord,
  next: (hardware: Hardware) => Hardware,
  live: (hardware: Hardware) => Hardware,
): MachineRecord {
  const run = machine.run && { ...machine.run, hardware: live(machine.run.hardware) };
  return { ...machine, hardware: next(machine.hardware), ...(run && { run }) };
}
