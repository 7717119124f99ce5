/** The disks made for a machine that are exchanged for others in its life: root, ephemeral and swap, and config drives. */
import type { Disk } from '../../../drivers/contract.ts';
import { configDriveOwner, diskPrefix, incarnationOf } from '../naming.ts';
import type { Pass } from '../pass.ts';
import { reads } from './host.ts';
import { poolNames } from './pools.ts';

/** Uids that the names of its disks begin with: its own, and that of the object that it was made for. */
export function owners({ scene, status }: Pass): readonly string[] {
  const { uid } = scene.world.identity;
  return [...new Set([uid, status.machineId ?? uid])];
}

/** Of every incarnation, in all pools of the host. */
export async function ownDisks(pass: Pass): Promise<readonly Disk[]> {
  const found: Disk[] = [];
  for (const owner of owners(pass)) {
    const query = { pools: poolNames(pass), namePrefix: diskPrefix(owner) };
    const disks = await reads(pass, (driver, call) => driver.listDisks(query, call));
    found.push(...disks.filter(({ name }) => incarnationOf(name, owner) !== undefined || configDriveOwner(name) === owner));
  }
  return found;
}
