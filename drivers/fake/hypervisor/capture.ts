/** Copying the disk of a machine into a base image: nothing is ever on a fake disk, so the copy is an empty one of its size. */
import type { BaseImage, CapturedBase, CopySpec } from '../../contract.ts';
import { DriverError } from '../../labels.ts';
import type { Ask } from '../protocol.ts';
import type { FakeHost } from './host.ts';
import { packed } from '../packed.ts';
import { emptyQcow2 } from './empty-qcow2.ts';
import { idle, needed, owned } from './machine-verbs.ts';
import { diskUsers } from './volume-verbs.ts';

/** The guests of the fake have agents, which hold their file systems still. */
export function captureBase(host: FakeHost, { target, disk, pool, key, off, quiesce }: Ask<'captureBase'>): CapturedBase {
  const machine = idle(owned(needed(host, target.machineId), target));
  const complete = host.storage.findBase(pool, key);
  if (complete !== undefined) return complete;
  const { power, name } = machine;
  if (off && power !== 'Stopped')
    throw new DriverError('Conflict', `Machine ${name} is ${power}: cannot copy its disk`, { reason: `Is${power}` });
  const disks = [...machine.hardware.disks, ...(machine.hardware.volumes ?? []), ...(machine.run?.hardware.volumes ?? [])];
  if (!disks.some((one) => one.pool === disk.pool && one.name === disk.name))
    throw new DriverError('NotFound', `Machine ${name} has no disk ${disk.name} in pool ${disk.pool}`, { reason: 'DiskNotFound' });
  return { ...copy(host, { disk, pool, key }), quiesced: power === 'Stopped' || power === 'Suspended' || quiesce !== 'Never' };
}

export function copyToBase(host: FakeHost, asked: Ask<'copyToBase'>): BaseImage {
  const complete = host.storage.findBase(asked.pool, asked.key);
  if (complete !== undefined) return complete;
  const users = diskUsers(host, asked.disk);
  if (users.length > 0) throw new DriverError('Conflict', `Disk ${asked.disk.name} is that of a machine`, { reason: 'DiskInUse' });
  return copy(host, asked);
}

function copy(host: FakeHost, { disk, pool, key }: CopySpec): BaseImage {
  const source = host.storage.disk(disk);
  if (source === undefined)
    throw new DriverError('NotFound', `There is no disk ${disk.name} in pool ${disk.pool}`, { reason: 'DiskNotFound' });
  const content = emptyQcow2(source.sizeBytes);
  const base = { key, format: 'qcow2', sizeBytes: content.length, virtualSizeBytes: source.sizeBytes } as const;
  const begun = host.storage.beginImport(pool, key, 'qcow2', base.sizeBytes);
  if (typeof begun === 'number') host.storage.finishImport(pool, begun, base, packed(content));
  return base;
}

/** A capture of the fake is done at once: there is none to end. */
export function endCapture(host: FakeHost, { target }: Ask<'endCapture'>): void {
  const machine = host.get(target.machineId);
  if (machine !== undefined) owned(machine, target);
}
