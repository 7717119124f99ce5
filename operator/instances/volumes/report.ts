/** What status says of volumes: those that the machine has, is being given, or has not let go of. Pure. */
import type { AttachedVolume, InstanceStatus } from '../../../crds/instance.ts';
import type { World } from '../plan/types.ts';
import type { MachineDisk } from '../../../drivers/contract.ts';
import { diskNameOf, volumeSerial } from './disk.ts';
import type { RootVolume } from './root.ts';
import type { InstanceVolume } from './resolve.ts';

/**
 * `wasRead`: the definition was read. While it stands here nobody else is given the Volume, so what is not asked for any
 * more goes only once it was seen to be gone: or where there never was a machine.
 */
export function volumesOf(
  { record, machine }: World,
  volumes: readonly InstanceVolume[],
  { volumes: listed = [] }: InstanceStatus,
): InstanceStatus['volumes'] | undefined {
  const neverMade = record.machineId === undefined && (record.hypervisorName === undefined || machine.kind === 'Absent');
  const attached = volumes.flatMap((one): readonly AttachedVolume[] => {
    const isListed = listed.some(({ name, volumeUid }) => name === one.name && volumeUid === one.volumeUid);
    if (!one.wanted) return neverMade ? [] : [attachedAs(one, 'Detaching')];
    if (one.plugged === 'Yes') return [attachedAs(one, 'Attached')];
    return isListed || one.plugged === 'Partly' ? [attachedAs(one, 'Attaching')] : [];
  });
  return attached.length === 0 ? undefined : attached;
}

/** Of a machine that has its Volume, while status was lost: from now on it is claimed again. */
export function rootVolumeIn(disks: readonly MachineDisk[], root: RootVolume | undefined): InstanceStatus['rootVolume'] | undefined {
  const uid = root?.volume?.metadata.uid;
  const has = uid !== undefined && disks.some(({ role, name }) => role === 'root' && name === diskNameOf(root?.volume, uid));
  return has ? { volumeName: root?.volumeName ?? '', volumeUid: uid } : undefined;
}

export const attachedAs = (
  { name, volumeName, volumeUid }: Pick<InstanceVolume, 'name' | 'volumeName' | 'volumeUid'>,
  phase: AttachedVolume['phase'],
): AttachedVolume => ({ name, volumeName, volumeUid, serial: volumeSerial(volumeUid), phase });
