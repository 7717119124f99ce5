/** Steps of an Instance that boots from a Volume: the disk is found, and asked about, before a machine gets it. */
import type { InstanceStatus } from '../../../crds/instance.ts';
import { DriverError } from '../../../drivers/labels.ts';
import type { Pass } from '../pass.ts';
import { toldUsers } from '../volumes/disk-users.ts';
import { hostOf, reads, WORK_MS } from './host.ts';
import type { Pending } from './types.ts';
import { ownName, sharedUsers } from './volumes.ts';

/** Nobody tells when somebody puts a disk back, or takes it away from a machine by hand. */
const LOOK_AGAIN_MS = 30_000;

/** It is where it should be, and no other machine has it: two guests that write to one disk destroy it. No other host would do better. */
export async function findRootVolume(pass: Pass): Promise<Pending | undefined> {
  const { disk, volumeName = '' } = pass.scene.wanted.rootVolume ?? {};
  if (disk === undefined)
    throw new DriverError('Conflict', 'the Volume of the root disk went missing meanwhile', { reason: 'ReferenceLost' });
  const { pool, name } = disk;
  const waits = (reason: string, until: string): Pending => ({
    reason,
    message: `waits until ${until}`,
    retryAt: pass.services.clock.now() + LOOK_AGAIN_MS,
  });
  const found = await reads(pass, (driver, call) => driver.listDisks({ pools: [pool], namePrefix: name, expected: [name] }, call), WORK_MS);
  const there = found.find((one) => one.name === name);
  if (there === undefined)
    return waits('DiskNotFound', `disk ${name} of Volume ${volumeName} is in pool ${pool} again: it was made, and is gone`);
  const users = await reads(pass, (driver, call) => driver.diskUsers(disk, call), WORK_MS);
  const elsewhere = await sharedUsers(pass, disk);
  const here = toldUsers(
    users.filter((user) => user !== ownName(pass)),
    hostOf(pass),
    pass.scene.world.identity,
  );
  const others = [...here, ...elsewhere.users].join(', ');
  if (others !== '') return waits('DiskInUse', `disk ${name} of Volume ${volumeName} is taken away from ${others}`);
  pass.rootDiskBytes = there.capacityBytes;
  return undefined;
}

/** The Volume that a claim of this pass takes; undefined: it takes none. */
export function claimedRoot({ scene }: Pass): InstanceStatus['rootVolume'] {
  const { rootVolume } = scene.wanted;
  if (rootVolume === undefined) return undefined;
  const { volume, volumeName } = rootVolume;
  if (volume === undefined) throw new DriverError('Conflict', `Volume ${volumeName} went missing meanwhile`, { reason: 'ReferenceLost' });
  return { volumeName, volumeUid: volume.metadata.uid };
}

/** The one that was claimed, and no namesake of it. It waits for the Instance to be gone. */
export async function deleteRootVolume(pass: Pass): Promise<undefined> {
  const { rootVolume } = pass.status;
  if (rootVolume === undefined) return undefined;
  const { namespace } = pass.instance.metadata;
  await pass.services.deleteVolume({ namespace, name: rootVolume.volumeName }, rootVolume.volumeUid, pass.call);
  return undefined;
}
