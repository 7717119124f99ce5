/** For status: the InstanceAction, or InstanceSnapshot, that is being carried out, or was last. */
import { Type } from 'typebox';
import type { Read } from '../schema/static.ts';
import { camelCase, enumOf, labelName, text, timestamp, word } from '../schema/text.ts';
import { INSTANCE_ACTS, MAX_VOLUME_LENGTH } from '../vocabulary.ts';
import { Resolved } from './resolved.ts';
import { AttachedVolume } from './volumes.ts';

/** What a rebuild, or a restore, is making; written before it makes anything. */
export const RebuildRecord = Type.Object(
  {
    volume: word('Name of the new root disk. The machine is rebuilt once its definition names it.', MAX_VOLUME_LENGTH),
    resolved: Resolved,
  },
  { description: 'Of a rebuild or restore: what it makes, and of what. It stays until the disks that nothing uses any more are gone.' },
);
export type RebuildRecord = Read<typeof RebuildRecord>;

/** While a volume moves: the Volume that it moves to is this instance's. */
export const SwapRecord = Type.Object(
  {
    name: Type.Optional(labelName('Name of the volume within the instance. Absent: the root Volume.')),
    volumeName: AttachedVolume.properties.volumeName,
    volumeUid: AttachedVolume.properties.volumeUid,
  },
  { description: 'Of a SwapVolume: where it moves to.' },
);
export type SwapRecord = Read<typeof SwapRecord>;

export const encryptedPassword = word(
  'The password that was made up, encrypted to the RSA key of its owner (OAEP with SHA-256), in base64.',
  2048,
);

export const ActionRecord = Type.Object(
  {
    uid: word('UID of the InstanceAction or InstanceSnapshot. One that is finished here is never begun again.', 63),
    name: word('Name of the InstanceAction or InstanceSnapshot.', 253),
    action: enumOf(INSTANCE_ACTS, 'What was asked for.'),
    phase: enumOf(['Running', 'Succeeded', 'Failed'], 'What came of it.'),
    reason: camelCase('Why, in one word.'),
    message: text('For people.', 4096),
    startedAt: timestamp('When it was begun, or refused.'),
    encryptedPassword: Type.Optional(encryptedPassword),
    finishedAt: Type.Optional(timestamp('When it succeeded or failed.')),
    rebuild: Type.Optional(RebuildRecord),
    swap: Type.Optional(SwapRecord),
  },
  {
    description:
      'The InstanceAction or InstanceSnapshot that is being carried out, or was last. They are carried out one at a time, the oldest first.',
  },
);
export type ActionRecord = Read<typeof ActionRecord>;
