/** Resizing an instance to another flavor: how it is done, and for status how far it has come. */
import { Type } from 'typebox';
import { atomicList } from '../schema/collections.ts';
import { camelCase, duration, enumOf, objectName, text, timestamp, word } from '../schema/text.ts';
import { count, quantity } from '../schema/number.ts';
import type { Read } from '../schema/static.ts';
import { LONGEST_RUN_ID, MAX_VOLUME_LENGTH, RESIZE_CONFIRMATIONS, RESIZE_PHASES, RESIZED_DISKS } from '../vocabulary.ts';

export const Resize = Type.Object(
  {
    confirm: enumOf(
      RESIZE_CONFIRMATIONS,
      'Who says that the new size stays: Automatic, it does once the instance is as asked and confirmAfter is over; Manual, an InstanceAction ConfirmResize says so. Until then the old disks can be returned to.',
    ),
    confirmAfter: Type.Optional(
      duration('How long a resize that confirms itself can be reverted, from the moment it was done. Absent: not at all.'),
    ),
  },
  {
    description:
      'How a change of flavorName is carried out: at once, with the guest stopped, resized and started again. Setting flavorName back, or an InstanceAction RevertResize, returns to the old size and to the root and ephemeral disks as they were. Absent: the change takes effect at the next start, and the root disk keeps its size.',
    'x-kubernetes-validations': [
      {
        rule: "!has(self.confirmAfter) || self.confirm == 'Automatic'",
        message: 'confirmAfter is of an automatic confirmation',
        fieldPath: '.confirmAfter',
      },
    ],
  },
);
export type Resize = Read<typeof Resize>;

const ResizedDisk = Type.Object({
  name: enumOf(RESIZED_DISKS, 'What it is for.'),
  volume: word('Name of the disk on the host.', MAX_VOLUME_LENGTH),
  size: quantity('Size that the guest sees.'),
});
export type ResizedDisk = Read<typeof ResizedDisk>;

const ResizeEnd = (description: string) =>
  Type.Object(
    {
      flavorName: objectName('The flavor.'),
      vcpus: count('Virtual CPUs.'),
      memory: quantity('Memory.'),
      disks: atomicList(ResizedDisk, { maxItems: 2, description: 'The disks that the flavor sizes, the root disk first.' }),
    },
    { description },
  );

export const ResizeRecord = Type.Object(
  {
    phase: enumOf(
      RESIZE_PHASES,
      'How far it has come: Resizing; AwaitingConfirmation, the instance has the new size; Reverting; Reverted, it has the old size until flavorName changes.',
    ),
    from: ResizeEnd('What it was.'),
    to: ResizeEnd('What it becomes.'),
    runId: word('The run that this is to begin: run.id.', LONGEST_RUN_ID),
    startedAt: timestamp('When it was begun.'),
    resizedAt: Type.Optional(timestamp('When the instance had the new size: from then on the confirmation is awaited.')),
    reason: Type.Optional(camelCase('Why it is reverted: RevertAsked, FlavorSetBack, or what failed.')),
    message: Type.Optional(text('For people.', 4096)),
  },
  { description: 'A resize that is under way, awaits its confirmation, or was reverted. Absent: none, or it was confirmed.' },
);
export type ResizeRecord = Read<typeof ResizeRecord>;
