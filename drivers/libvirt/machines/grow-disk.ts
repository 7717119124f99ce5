/** Disks that grow: by QEMU where a guest runs with it, so that the guest hears of it, else by the pool. */
import type { GrownDisk } from '../../contract.ts';
import { DriverError } from '../../labels.ts';
import type { Target } from '../../owner.ts';
import { targetDev } from '../domain/chain.ts';
import { isFolder, isVolumeGroup, pathsOf, refreshPool } from '../storage/pools.ts';
import { viewVolume, volumeRef } from '../storage/volumes.ts';
import type { Left } from '../time.ts';
import { readOwned } from './fresh.ts';
import { runningDisk, type Plugger } from './volume-verbs.ts';

export async function growDisk(
  { client, pools }: Plugger,
  { pool: poolName, name, format }: GrownDisk,
  sizeBytes: number,
  user: Target | undefined,
  left: Left,
): Promise<void> {
  const pool = await pools.made(poolName, left);
  const volume = volumeRef(pool, name);
  const fresh = user && (await readOwned(client, user, left));
  const running = fresh?.active === true ? await runningDisk(client, fresh, pathsOf(pool, name), left) : undefined;
  const isRunning = fresh !== undefined && running !== undefined;
  // What libvirt knows of a disk that QEMU made grow is old until it is told to look.
  if (isRunning) await refreshPool(client, pool, left);
  const found = await viewVolume(client, volume, left);
  if (found === undefined) throw new DriverError('NotFound', `disk ${name} is not in pool ${poolName}`, { reason: 'DiskNotFound' });
  // Of one that guests write raw, what libvirt makes out in it is what a guest wants it to: only its file counts.
  const raw = format === 'raw' && isFolder(pool);
  if ((raw ? found.physicalBytes : found.capacityBytes) >= sizeBytes) return;
  if (raw && found.format !== 'raw' && !isRunning) throw foreignHeader(name, found.format);
  if (isVolumeGroup(pool)) throw notGrown(name, poolName);
  if (!isRunning) return client.volumes.resize(volume, sizeBytes, left());
  await client.domains.blockResize(fresh.domain, targetDev(running), sizeBytes, left());
  await refreshPool(client, pool, left);
}

/** libvirt would have such a file grown as what it looks like, and with it whatever other file its header names. */
const foreignHeader = (name: string, format: string): DriverError =>
  new DriverError(
    'Conflict',
    `disk ${name} begins like a ${format} image, which a guest wrote into it, and is not grown as one: start a machine with it, under which it grows as what it is`,
    { reason: 'ForeignHeader' },
  );

const notGrown = (name: string, pool: string): DriverError =>
  new DriverError('Unsupported', `disk ${name} is not grown: libvirt has no way to make a logical volume larger (storage pool ${pool})`, {
    reason: 'PoolTypeUnsupported',
  });
