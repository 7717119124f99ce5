/** For status: what the names in a spec meant when a machine was made, or is being made. */
import { Type } from 'typebox';
import { ImageProperties } from '../image.ts';
import { count, quantity } from '../schema/number.ts';
import type { Read } from '../schema/static.ts';
import { enumOf, labelName, objectName, word } from '../schema/text.ts';
import { IMAGE_FORMATS } from '../vocabulary.ts';

export const ResolvedImage = Type.Object(
  {
    name: objectName('Name of the Image.'),
    uid: word('UID of the Image object.', 63),
    format: enumOf(IMAGE_FORMATS, 'Format of the source that was taken.'),
    sha256: Type.Optional(word('SHA-256 of that source. Absent: it is a copy that a snapshot made.', 64)),
    baseKey: Type.Optional(word('Name of the base image on the host that the root disk was made from.', 253)),
    properties: Type.Optional(ImageProperties),
  },
  { description: 'The image that the root disk was made from.' },
);
export type ResolvedImage = Read<typeof ResolvedImage>;

/** A disk that was made from a copy of its own, in place of one made from the Image of the spec. */
export const Restored = Type.Object(
  {
    snapshotName: objectName('InstanceSnapshot whose copy it is.'),
    imageName: objectName('Image that the spec named then: it is not asked for again.'),
  },
  { description: 'The root disk is the copy of a snapshot.' },
);
export type Restored = Read<typeof Restored>;

export const Resolved = Type.Object(
  {
    flavorName: Type.Optional(objectName('Flavor that the numbers come from.')),
    vcpus: Type.Optional(count('Virtual CPUs.')),
    memory: Type.Optional(quantity('Memory.')),
    rootDisk: Type.Optional(quantity('Size of the root disk.')),
    pool: Type.Optional(labelName("Key in the Hypervisor's spec.pools where the disks are.")),
    image: Type.Optional(ResolvedImage),
    restored: Type.Optional(Restored),
  },
  { description: 'What the names in the spec meant when the machine was built or last started. Allocations are counted from it.' },
);
export type Resolved = Read<typeof Resolved>;
