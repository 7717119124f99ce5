/** Disks that grow: by QEMU where a guest runs with it, so that the guest hears of it, else by the pool. */
import type { DiskRef } from '../../contract.ts';
import { DriverError } from '../../labels.ts';
import type { Target } from '../../owner.ts';
import { pathIn, refreshPool } from '../storage/pools.ts';
import { viewVolume, volumeRef } from '../storage/volumes.ts';
import type { Left } from '../time.ts';
import { readOwned } from './fresh.ts';
import { isPluggedIn, type Plugger } from './volume-verbs.ts';

export async function growDisk(
  { client, pools }: Plugger,
  { pool: poolName, name }: DiskRef,
  sizeBytes: number,
  user: Target | undefined,
  left: Left,
): Promise<void> {
  const pool = await pools.folder(poolName, left);
  const volume = volumeRef(pool, name);
  const path = pathIn(pool, name);
  const fresh = user && (await readOwned(client, user, left));
  const isRunning = fresh?.active === true && (await isPluggedIn(client, fresh, path, left));
  // What libvirt knows of a disk that QEMU made grow is old until it is told to look.
  if (isRunning) await refreshPool(client, pool, left);
  const found = await viewVolume(client, volume, left);
  if (found === undefined) throw new DriverError('NotFound', `disk ${name} is not in pool ${poolName}`, { reason: 'DiskNotFound' });
  if (found.capacityBytes >= sizeBytes) return;
  if (!isRunning) return client.volumes.resize(volume, sizeBytes, left());
  await client.domains.blockResize(fresh.domain, path, sizeBytes, left());
  await refreshPool(client, pool, left);
}
