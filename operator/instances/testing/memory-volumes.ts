/** Volumes of machines in memory. */
import type { DiskRef, Machine, MachineVolume, PluggedVolume } from '../../../drivers/contract.ts';
import { isRoot, type SwapSpec } from '../../../drivers/swap.ts';
import { DriverError } from '../../../drivers/labels.ts';
import type { MemoryMachine } from './memory-machine.ts';

interface MemoryStore {
  readonly machines: ReadonlyMap<string, MemoryMachine>;
  readonly disks: Map<string, number>;
  /** What guests do when they are asked to let go of a volume. */
  readonly letsGo: boolean;
  /** Called while a disk is copied that is off: throws where it is cut off. */
  readonly whileCopied: () => void;
}

export function plugIn(store: MemoryStore, machine: MemoryMachine, volume: MachineVolume): void {
  if (!store.disks.has(`${volume.pool}/${volume.name}`)) throw new DriverError('NotFound', 'no disk', { reason: 'DiskNotFound' });
  const isOthers = usersOf(store, volume).some((name) => name !== machine.name);
  if (isOthers && volume.shared === undefined) throw new DriverError('Conflict', 'used', { reason: 'DiskInUse' });
  if (volume.bus === 'sata' && isOn(machine)) throw new DriverError('Unsupported', 'on SATA', { reason: 'BusNotPluggable' });
  machine.spec = { ...machine.spec, volumes: withVolume(machine.spec.volumes, volume) };
  if (isOn(machine)) machine.plugged = withVolume(machine.plugged, volume);
}

export function plugOut({ letsGo }: MemoryStore, machine: MemoryMachine, id: string): void {
  machine.spec = { ...machine.spec, volumes: (machine.spec.volumes ?? []).filter((one) => one.id !== id) };
  if (!isOn(machine) || !(machine.plugged ?? []).some((one) => one.id === id)) return;
  if (!letsGo || machine.power !== 'Running') throw new DriverError('Conflict', 'kept by the guest', { reason: 'NotReleased' });
  machine.plugged = (machine.plugged ?? []).filter((one) => one.id !== id);
}

export function swap(store: MemoryStore, machine: MemoryMachine, to: SwapSpec['to'], sizeBytes: number): void {
  if (machine.power === 'Stopped') return swapWhileOff(store, machine, to, sizeBytes);
  if (!isOn(machine) || isRoot(to)) throw new DriverError('Conflict', `it is ${machine.power}`, { reason: `Is${machine.power}` });
  const old = (machine.plugged ?? []).find(({ id }) => id === to.id);
  if (old === undefined) throw new DriverError('NotFound', 'not plugged', { reason: 'VolumeNotPlugged' });
  const size = store.disks.get(`${to.pool}/${to.name}`);
  if (size === undefined) throw new DriverError('NotFound', 'no disk', { reason: 'DiskNotFound' });
  if (usersOf(store, to).some((name) => name !== machine.name)) throw new DriverError('Conflict', 'used', { reason: 'DiskInUse' });
  if (size !== store.disks.get(`${old.pool}/${old.name}`))
    throw new DriverError('InvalidSpec', 'another size', { reason: 'VolumeSizeDiffers' });
  machine.spec = { ...machine.spec, volumes: withVolume(machine.spec.volumes, to) };
  machine.plugged = withVolume(machine.plugged, to);
}

/** The disk goes first, and is there again when all is copied: a call that is cut off in between leaves none. */
function swapWhileOff(store: MemoryStore, machine: MemoryMachine, to: SwapSpec['to'], sizeBytes: number): void {
  const path = `${to.pool}/${to.name}`;
  const { disks, volumes = [] } = machine.spec;
  const old = isRoot(to) ? disks.find(({ role }) => role === 'root') : volumes.find(({ id }) => id === to.id);
  if (old === undefined) throw new DriverError('NotFound', 'not plugged', { reason: 'VolumeNotPlugged' });
  if (path === `${old.pool}/${old.name}`) return;
  if (usersOf(store, to).some((name) => name !== machine.name)) throw new DriverError('Conflict', 'used', { reason: 'DiskInUse' });
  if (sizeBytes < (store.disks.get(`${old.pool}/${old.name}`) ?? 0))
    throw new DriverError('InvalidSpec', 'smaller', { reason: 'VolumeSizeDiffers' });
  store.disks.delete(path);
  store.whileCopied();
  store.disks.set(path, sizeBytes);
  machine.spec = isRoot(to)
    ? { ...machine.spec, disks: disks.map((disk) => (disk === old ? to : disk)) }
    : { ...machine.spec, volumes: withVolume(volumes, to) };
}

export function usersOf({ machines }: Pick<MemoryStore, 'machines'>, disk: DiskRef): readonly string[] {
  const has = ({ spec, plugged = [] }: MemoryMachine): boolean =>
    [...spec.disks, ...(spec.volumes ?? []), ...plugged].some(({ pool, name }) => pool === disk.pool && name === disk.name);
  return [...machines.values()].filter(has).map(({ name }) => name);
}

const isOn = ({ power }: MemoryMachine): boolean => power === 'Running' || power === 'Paused';

const withVolume = (volumes: readonly MachineVolume[] = [], volume: MachineVolume): readonly MachineVolume[] => [
  ...volumes.filter(({ id }) => id !== volume.id),
  volume,
];

export function volumesOf(machine: MemoryMachine): Pick<Machine, 'volumes'> {
  const next = machine.spec.volumes ?? [];
  const run = isOn(machine) ? (machine.plugged ?? []) : [];
  const ids = new Set([...next, ...run].map(({ id }) => id));
  const volumes = [...ids].flatMap((id): readonly PluggedVolume[] => {
    const [defined, running] = [next.find((one) => one.id === id), run.find((one) => one.id === id)];
    const { pool, name } = defined ?? running ?? { pool: '', name: '' };
    return [{ id, pool, name, plugged: defined === undefined ? 'Run' : running === undefined ? 'Next' : 'Both' }];
  });
  return volumes.length === 0 ? {} : { volumes };
}

export function grow(disks: Map<string, number>, { pool, name }: DiskRef, sizeBytes: number): void {
  const known = disks.get(`${pool}/${name}`);
  if (known === undefined) throw new DriverError('NotFound', 'no disk', { reason: 'DiskNotFound' });
  disks.set(`${pool}/${name}`, Math.max(known, sizeBytes));
}
