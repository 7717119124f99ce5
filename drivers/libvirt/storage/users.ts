/** Which disk of a pool stands on a base image: as long as there is one, the base must stay. */
import type { LibvirtClient } from 'node-libvirt';
import { eachOf, type Left } from '../time.ts';
import type { Pool } from './pools.ts';
import { viewVolume } from './volumes.ts';

const READS_AT_ONCE = 16;

/** Name of the first one found; undefined: none. All of the pool is read. */
export async function findDiskOn(client: LibvirtClient, pool: Pool, basePath: string, left: Left): Promise<string | undefined> {
  const volumes = await client.volumes.list(pool.ref, left());
  const users = await eachOf(volumes, READS_AT_ONCE, async (volume) =>
    (await viewVolume(client, volume, left))?.backingPath === basePath ? volume.name : undefined,
  );
  return users.find((name) => name !== undefined);
}
