/** Parameters of the action Reboot. */
import { Type } from 'typebox';
import type { Read } from '../schema/static.ts';
import { duration, enumOf } from '../schema/text.ts';
import { REBOOT_TYPES } from '../vocabulary.ts';

export const Reboot = Type.Object(
  {
    type: Type.Optional(
      enumOf(
        REBOOT_TYPES,
        'Soft asks the guest to shut down and starts it again; Hard powers it off. Both start it with what the spec says now. Absent means Soft.',
      ),
    ),
    timeout: Type.Optional(
      duration(
        "Soft: how long the guest may take to shut down before the reboot becomes a hard one. Absent: as long as the Instance's shutdownTimeout.",
      ),
    ),
  },
  {
    description: 'How to reboot. Absent: softly.',
    'x-kubernetes-validations': [
      {
        rule: "!has(self.timeout) || !has(self.type) || self.type == 'Soft'",
        message: 'timeout is of a soft reboot: a hard one asks nobody',
        fieldPath: '.timeout',
      },
    ],
  },
);
export type Reboot = Read<typeof Reboot>;
