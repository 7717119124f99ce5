/** Merging of fake disks: of those a disk was made from only their names exist, and it needs them no more at once. */
import type { Merging } from '../../contract.ts';
import { DriverError } from '../../labels.ts';
import type { Ask } from '../protocol.ts';
import type { FakeHost } from './host.ts';
import { idle, needed, owned } from './machine-verbs.ts';

export function mergeDisk(host: FakeHost, { target, disk }: Ask<'mergeDisk'>): Merging {
  const machine = idle(owned(needed(host, target.machineId), target));
  const { power, name } = machine;
  const record = machine.hardware.disks.some((one) => one.pool === disk.pool && one.name === disk.name) && host.storage.disk(disk);
  if (record === false || record === undefined)
    throw new DriverError('NotFound', `Machine ${name} has no disk ${disk.name} in pool ${disk.pool}`, { reason: 'DiskNotFound' });
  if (record.fromDisk === undefined) return { kind: 'Done' };
  if (power !== 'Running' && power !== 'Paused')
    throw new DriverError('Conflict', `Machine ${name} is ${power}: cannot merge its disks`, { reason: `Is${power}` });
  host.storage.mergeDisk(disk);
  return { kind: 'Begun' };
}
