/**
 * Disks that take in what they stand on of the disks that they were made from: a pull of QEMU, which copies upwards what is
 * only below. The disk is whole at every moment, and the guest's writes go to it as always: one that is broken off is begun
 * again, and leaves out what it has copied. Why it is a pull, and not a commit: docs/adr/0017.
 */
import { BlockJobType, LibvirtError, type DomainRef, type LibvirtClient } from 'node-libvirt';
import { posix } from 'node:path';
import type { DiskRef, Merging } from '../../contract.ts';
import { isMadeFrom } from '../../disk-names.ts';
import { DriverError } from '../../labels.ts';
import type { Target } from '../../owner.ts';
import { diskAt, filesBelow, targetDev } from '../domain/chain.ts';
import { diskElements } from '../domain/volumes.ts';
import { isFolder, pathIn, refreshPool, type Pool, type Pools } from '../storage/pools.ts';
import { viewVolume, volumeRef } from '../storage/volumes.ts';
import type { Left } from '../time.ts';
import type { XmlElement } from '../xml.ts';
import { readBoth } from './both.ts';
import { readIdle, refused } from './fresh.ts';
import { isMirrored } from './jobs.ts';

interface Merger {
  readonly client: LibvirtClient;
  readonly pools: Pools;
}

export async function mergeDisk(
  { client, pools }: Merger,
  target: Target,
  { pool: poolName, name }: DiskRef,
  left: Left,
): Promise<Merging> {
  const fresh = await readIdle(client, target, left);
  const pool = await pools.made(poolName, left);
  const path = pathIn(pool, name);
  const { next, live } = await readBoth(client, fresh, left);
  const disk = diskAt(live ?? next, path);
  if (disk === undefined)
    throw new DriverError('NotFound', `machine ${fresh.domain.name} has no disk ${name} in pool ${poolName}`, { reason: 'DiskNotFound' });
  // A whole copy.
  if (!isFolder(pool)) return { kind: 'Done' };
  if (live === undefined) {
    if (await standsOnOrigin(client, pool, name, left)) throw refused(fresh, `merge disk ${name} of`);
    return { kind: 'Done' };
  }
  const job = await client.blockJobs.info(fresh.domain, path, left());
  if (isMirrored(live) || (job !== undefined && job.type !== BlockJobType.PULL))
    throw new DriverError('Conflict', `a disk of machine ${fresh.domain.name} is being copied: nothing is changed until that ends`, {
      reason: 'Busy',
    });
  if (job !== undefined) return { kind: 'GoesOn', percent: job.total === 0 ? 0 : Math.floor((100 * job.processed) / job.total) };
  const below = filesBelow(disk);
  const origins = below.filter((file) => isOrigin(pool, name, file));
  if (origins.length > 0) {
    await client.blockJobs.pull(fresh.domain, path, below[origins.length], left());
    return { kind: 'Begun' };
  }
  // What libvirt knows of the pool is from before the job.
  if (await standsOnOrigin(client, pool, name, left)) await refreshPool(client, pool, left);
  return { kind: 'Done' };
}

/** Ends what a merging still does to the disks of a running machine: other jobs want them for themselves. It is begun again. */
export async function endMergings(client: LibvirtClient, domain: DomainRef, live: XmlElement | undefined, left: Left): Promise<void> {
  const merging = diskElements(live).filter((disk) => filesBelow(disk).length > 0);
  await Promise.all(merging.map((disk) => endMerging(client, domain, targetDev(disk), left)));
}

async function endMerging(client: LibvirtClient, domain: DomainRef, dev: string, left: Left): Promise<void> {
  const job = await client.blockJobs.info(domain, dev, left());
  if (job?.type !== BlockJobType.PULL) return;
  await client.blockJobs.abort(domain, dev, left()).catch((error: unknown) => {
    // It has ended by itself.
    if (!(error instanceof LibvirtError)) throw error;
  });
}

async function standsOnOrigin(client: LibvirtClient, pool: Pool, name: string, left: Left): Promise<boolean> {
  const { backingPath } = (await viewVolume(client, volumeRef(pool, name), left)) ?? {};
  return backingPath !== undefined && isOrigin(pool, name, backingPath);
}

const isOrigin = (pool: Pool, name: string, file: string): boolean =>
  posix.dirname(file) === pool.path && isMadeFrom(name, posix.basename(file));
