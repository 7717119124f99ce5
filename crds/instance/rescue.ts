/** Running an instance from another image for a while, to mend what is on its own disks. */
import { Type } from 'typebox';
import { secretKeyRef } from '../schema/references.ts';
import type { Read } from '../schema/static.ts';
import { camelCase, duration, objectName, text, timestamp } from '../schema/text.ts';

export const Rescue = Type.Object(
  {
    imageName: objectName('Image that the rescue system is made from. A change begins anew.'),
    passwordSecretKeyRef: Type.Optional(
      secretKeyRef('Key of a Secret with a password for the default user of the rescue system. Absent: none.'),
    ),
    timeout: Type.Optional(duration('How long it lasts, from the first start of the rescue system. Absent: until spec.rescue is removed.')),
  },
  {
    description: 'While it is here the instance runs from a rescue disk, with its own disks attached. Absent: no rescue.',
  },
);
export type Rescue = Read<typeof Rescue>;

export const RescueRecord = Type.Object(
  {
    imageName: objectName('The image that was asked for.'),
    startedAt: Type.Optional(timestamp('When the rescue system first ran.')),
    ended: Type.Optional(
      Type.Object(
        {
          reason: camelCase('Why: TimedOut, or what failed.'),
          message: text('For people.', 4096),
        },
        { description: 'Over, though still asked for.' },
      ),
    ),
  },
  { description: 'The rescue under way, or over.' },
);
export type RescueRecord = Read<typeof RescueRecord>;
