/** A root disk that is a Volume: the instance boots from it instead of from a disk made of an Image. */
import { Type } from 'typebox';
import type { Rule } from '../schema/rule.ts';
import type { Read } from '../schema/static.ts';
import { objectName, word } from '../schema/text.ts';

export const RootVolume = Type.Object(
  {
    volumeName: objectName('Volume of this namespace that the instance boots from: accessMode ReadWriteOnce, not encrypted.'),
    deleteOnTermination: Type.Optional(
      Type.Boolean({
        description:
          'Whether deleting the Instance, with deletionPolicy Delete, deletes the Volume; its own deletionPolicy then says what becomes of the disk. Absent means false.',
      }),
    ),
  },
  { description: 'The root disk, instead of imageName. Another one than the machine has waits for an InstanceAction SwapVolume.' },
);
export type RootVolume = Read<typeof RootVolume>;

export const RootVolumeRecord = Type.Object(
  {
    volumeName: objectName('The Volume.'),
    volumeUid: word('Its UID.', 63),
  },
  { description: 'The Volume that is the root disk. While it stands here no other instance is given it.' },
);
export type RootVolumeRecord = Read<typeof RootVolumeRecord>;

/** Of the spec. */
export const rootVolumeRules: readonly Rule[] = [
  { rule: 'has(self.imageName) != has(self.rootVolume)', message: 'set one of imageName and rootVolume' },
  {
    rule: 'has(self.rootVolume) == has(oldSelf.rootVolume)',
    message: 'an instance keeps its kind of root disk: make another Instance',
    fieldPath: '.rootVolume',
  },
  {
    rule: '!has(self.rootVolume) || !has(self.volumes) || self.volumes.all(one, one.volumeName != self.rootVolume.volumeName)',
    message: 'the Volume of the root disk cannot be in volumes, too',
    fieldPath: '.volumes',
  },
];
