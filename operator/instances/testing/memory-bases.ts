/** Base images of the hypervisor in memory: copied from disks, and kept while a disk stands on them. */
import type { BaseImage, CapturedBase, CaptureSpec, CopySpec } from '../../../drivers/contract.ts';
import { DriverError } from '../../../drivers/labels.ts';
import type { MemoryMachine } from './memory-machine.ts';

/** All by `pool/name`. */
interface Storage {
  readonly disks: ReadonlyMap<string, number>;
  readonly bases: Map<string, BaseImage>;
  readonly standing: ReadonlyMap<string, string>;
}

export function deleteBase({ bases, standing }: Storage, path: string): void {
  const user = [...standing].find(([, base]) => base === path);
  if (user !== undefined) throw new DriverError('Conflict', `disk ${user[0]} stands on base image ${path}`, { reason: 'BaseInUse' });
  bases.delete(path);
}

export function checkCapturable({ power, busy }: MemoryMachine, { off }: CaptureSpec): void {
  if (busy) throw new DriverError('Conflict', 'a job runs on it', { reason: 'Busy' });
  if (off === true && power !== 'Stopped') throw new DriverError('Conflict', `it is ${power}`, { reason: `Is${power}` });
}

export function captureBase({ disks, bases }: Storage, { disk, pool, key }: CopySpec): CapturedBase {
  const complete = bases.get(`${pool}/${key}`);
  if (complete !== undefined) return complete;
  const sizeBytes = disks.get(`${disk.pool}/${disk.name}`);
  if (sizeBytes === undefined) throw new DriverError('NotFound', `no disk ${disk.name}`, { reason: 'DiskNotFound' });
  const base: BaseImage = { key, format: 'qcow2', sizeBytes, virtualSizeBytes: sizeBytes };
  bases.set(`${pool}/${key}`, base);
  return { ...base, quiesced: true };
}
