/** The volumes of an instance: which it asks for, and how far they have come. */
import { Type } from 'typebox';
import { atomicList, listMap } from '../schema/collections.ts';
import type { Read } from '../schema/static.ts';
import { enumOf, labelName, objectName, word } from '../schema/text.ts';
import { ATTACHMENT_PHASES, MAX_VOLUMES, VOLUME_BUSES } from '../vocabulary.ts';

export const VolumeAttachment = Type.Object(
  {
    name: labelName('Name of the volume within the instance.'),
    volumeName: objectName('Volume of this namespace. Another one than the machine has waits for an InstanceAction SwapVolume.'),
    readOnly: Type.Optional(Type.Boolean({ description: 'Whether the guest may only read it. Absent means false.' })),
    bus: Type.Optional(
      enumOf(
        VOLUME_BUSES,
        'What the guest sees it on. SATA is for guests that are off: a change waits for the next start. Absent means Virtio.',
      ),
    ),
    tag: Type.Optional(
      word(
        'What programs in the guest find it by: the config drive (OpenStack layout) tells its serial number, from the next start on.',
        60,
      ),
    ),
  },
  {
    'x-kubernetes-validations': [
      {
        rule: "!has(self.bus) || self.bus != 'SATA' || !has(self.readOnly) || !self.readOnly",
        message: 'a volume on SATA cannot be readOnly',
        fieldPath: '.readOnly',
      },
      {
        rule: '[has(self.readOnly) == has(oldSelf.readOnly) && (!has(self.readOnly) || self.readOnly == oldSelf.readOnly), has(self.bus) == has(oldSelf.bus) && (!has(self.bus) || self.bus == oldSelf.bus), has(self.tag) == has(oldSelf.tag) && (!has(self.tag) || self.tag == oldSelf.tag)].all(one, one)',
        message:
          'of a volume of an instance only volumeName can be changed, for an InstanceAction SwapVolume: take it out, and add one under another name',
      },
    ],
  },
);
export type VolumeAttachment = Read<typeof VolumeAttachment>;

export const volumes = listMap(VolumeAttachment, ['name'], {
  maxItems: MAX_VOLUMES,
  description:
    'Volumes to attach. They are attached and detached while the instance runs; one that cannot be had is left out, and VolumesReady tells why. Absent or empty: none.',
  'x-kubernetes-validations': [
    {
      rule: 'self.all(one, self.exists_one(other, other.volumeName == one.volumeName))',
      message: 'a Volume can be named once',
    },
  ],
});

export const AttachedVolume = Type.Object({
  name: labelName('Name of the volume within the instance.'),
  volumeName: objectName('The Volume.'),
  volumeUid: word('Its UID.', 63),
  serial: word('What the guest knows the disk by: Linux calls it /dev/disk/by-id/virtio-<serial>.', 20),
  phase: enumOf(ATTACHMENT_PHASES, 'How far it has come. No other instance is given the Volume while it stands here.'),
});
export type AttachedVolume = Read<typeof AttachedVolume>;

export const attachedVolumes = atomicList(AttachedVolume, {
  maxItems: 2 * MAX_VOLUMES,
  description: 'Volumes that the machine has, is being given, or has not let go of yet.',
});
