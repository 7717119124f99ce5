/**
 * Room for what is about to be written into a pool. A pool that is filled to the last byte stops every guest that writes to
 * a disk in it, whoever's it is: what cannot end well is not begun.
 */
import { isLibvirtError, type LibvirtClient } from 'node-libvirt';
import { DriverError } from '../../labels.ts';
import type { Left } from '../time.ts';
import { type Pool, type Pools, refreshPool } from './pools.ts';
import { viewVolume, volumeRef } from './volumes.ts';

/** What is left to the guests that are there: a part of the pool in so many, and no more than so many bytes. */
const LEFT_SHARE = 20;
const MOST_LEFT_BYTES = 2 ** 30;

/** Rejects with `InsufficientCapacity`, reason `OutOfSpace`, where so many bytes more would fill the pool. */
export async function needRoom(client: LibvirtClient, pool: Pool, bytes: number, left: Left): Promise<void> {
  await look(client, pool, left);
  const { capacityBytes, availableBytes } = await client.pools.info(pool.ref, left());
  if (bytes + Math.min(capacityBytes / LEFT_SHARE, MOST_LEFT_BYTES) <= availableBytes) return;
  throw new DriverError(
    'InsufficientCapacity',
    `storage pool ${pool.ref.name} has ${availableBytes} bytes free, and ${bytes} are to be written: full, it would stop every guest with a disk in it`,
    { reason: 'OutOfSpace' },
  );
}

/** Guests fill a pool past libvirt, which remembers what was free when it last looked. While a disk is being made it does not look. */
async function look(client: LibvirtClient, pool: Pool, left: Left): Promise<void> {
  try {
    await refreshPool(client, pool, left);
  } catch (error) {
    if (!isLibvirtError(error) || !error.message.includes('asynchronous jobs')) throw error;
  }
}

/** Longer chains nobody makes; a ring would never end. */
const LONGEST_CHAIN = 64;

/** How much a copy of the disk takes, about: what it and those that it stands on take, and no more than a guest sees of it. */
export async function contentBytes(client: LibvirtClient, pools: Pools, pool: Pool, name: string, left: Left): Promise<number> {
  const disk = await viewVolume(client, volumeRef(pool, name), left);
  let bytes = 0;
  let next = disk;
  for (let depth = 0; next !== undefined && depth < LONGEST_CHAIN; depth += 1) {
    bytes += next.allocatedBytes;
    const below = next.backingPath === undefined ? undefined : pools.diskAt(next.backingPath);
    next =
      below === undefined || below.pool === ''
        ? undefined
        : await viewVolume(client, volumeRef(await pools.named(below.pool, left), below.name), left);
  }
  return Math.min(bytes, disk?.capacityBytes ?? 0);
}
