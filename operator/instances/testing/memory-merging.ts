/** Disks in memory that take in those that they were made from: a job that is over when it was asked after some times. */
import type { DiskRef, Merging } from '../../../drivers/contract.ts';
import { isMadeFrom } from '../../../drivers/disk-names.ts';
import { DriverError } from '../../../drivers/labels.ts';
import type { MemoryMachine } from './memory-machine.ts';
import type { MemoryStorage } from './memory-storage.ts';

export function merge(storage: MemoryStorage, machine: MemoryMachine, { pool, name }: DiskRef): Merging {
  const { disks, merged, merging } = storage;
  const path = `${pool}/${name}`;
  if (!machine.spec.disks.some((disk) => disk.name === name))
    throw new DriverError('NotFound', `no disk ${name}`, { reason: 'DiskNotFound' });
  const [lowest] = [...disks.keys()].filter((other) => isMadeFrom(path, other)).toSorted();
  if (lowest === undefined || merged.has(path)) return { kind: 'Done' };
  if (machine.power !== 'Running' && machine.power !== 'Paused') {
    // The job went with the process that did it.
    merging.delete(path);
    throw new DriverError('Conflict', `it is ${machine.power}`, { reason: `Is${machine.power}` });
  }
  const left = merging.get(path);
  if (left === undefined) {
    merging.set(path, storage.mergingTakes);
    return { kind: 'Begun' };
  }
  if (left > 1) {
    merging.set(path, left - 1);
    return { kind: 'GoesOn', percent: 50 };
  }
  merging.delete(path);
  merged.add(path);
  // It stands on what the lowest of them stood on.
  for (const kept of [storage.origins, storage.standing]) {
    const base = kept.get(lowest);
    if (base !== undefined) kept.set(path, base);
  }
  return { kind: 'Done' };
}
