/** Steps of an Instance that boots from a Volume: the disk is found, and asked about, before a machine gets it. */
import type { InstanceStatus } from '../../../crds/instance.ts';
import { DriverError } from '../../../drivers/labels.ts';
import type { Pass } from '../pass.ts';
import { reads, WORK_MS } from './host.ts';
import { ownName } from './volumes.ts';

/** It is where it should be, and no other machine has it: two guests that write to one disk destroy it. */
export async function findRootVolume(pass: Pass): Promise<undefined> {
  const { disk, volumeName } = pass.scene.wanted.rootVolume ?? {};
  if (disk === undefined)
    throw new DriverError('Conflict', 'the Volume of the root disk went missing meanwhile', { reason: 'ReferenceLost' });
  const { pool, name } = disk;
  const found = await reads(pass, (driver, call) => driver.listDisks({ pools: [pool], namePrefix: name, expected: [name] }, call), WORK_MS);
  const there = found.find((one) => one.name === name);
  if (there === undefined)
    throw new DriverError('NotFound', `disk ${name} of Volume ${volumeName ?? ''} is not in pool ${pool}: bring it back`, {
      reason: 'DiskNotFound',
    });
  const users = await reads(pass, (driver, call) => driver.diskUsers(disk, call), WORK_MS);
  const others = users.filter((user) => user !== ownName(pass));
  if (others.length > 0)
    throw new DriverError(
      'Conflict',
      `disk ${name} of Volume ${volumeName ?? ''} is that of machine ${others.join(', ')} already: take it away there`,
      {
        reason: 'DiskInUse',
      },
    );
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
