/** Disks in a pool of Ceph. An image that was just made is empty, and libvirt has no way to write anything into one. */
import { isLibvirtError, type LibvirtClient } from 'node-libvirt';
import type { DiskSpec } from '../../contract.ts';
import { DriverError } from '../../labels.ts';
import type { Left } from '../time.ts';
import { whyNotMade } from './pool-kinds.ts';
import type { Pool } from './pools.ts';
import { deviceVolume, viewVolume, volumeRef } from './volumes.ts';

/** One that is as large is kept. */
export async function createBlank(client: LibvirtClient, pool: Pool, disk: DiskSpec, left: Left): Promise<void> {
  const { name, sizeBytes, baseKey, fromDisk } = disk;
  if (baseKey !== undefined || fromDisk !== undefined) throw notInCeph(pool, name);
  try {
    await pool.turns.take(left, () => client.volumes.create(pool.ref, deviceVolume(name, sizeBytes), left()));
  } catch (error) {
    const found = isLibvirtError(error) ? await viewVolume(client, volumeRef(pool, name), left) : undefined;
    if (found === undefined) throw error;
    if (found.capacityBytes === sizeBytes) return;
    const message = `disk ${name} is in pool ${pool.ref.name} already and differs (${found.capacityBytes} bytes): it is left as it is`;
    throw new DriverError('Conflict', message, { reason: 'DiskExists', cause: error });
  }
}

export const notInCeph = (pool: Pool, name: string): DriverError =>
  new DriverError('Unsupported', `disk ${name} is not made: storage pool ${pool.ref.name} is ${whyNotMade(pool.type)}: name another pool`, {
    reason: 'PoolTypeUnsupported',
  });
