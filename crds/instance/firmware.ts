/** What a guest is started by. */
import { Type } from 'typebox';
import type { Rule } from '../schema/rule.ts';
import type { Read } from '../schema/static.ts';
import { enumOf } from '../schema/text.ts';
import { FIRMWARE_TYPES } from '../vocabulary.ts';

export const Firmware = Type.Object(
  {
    type: enumOf(FIRMWARE_TYPES, 'BIOS, or UEFI, which some guests need. UEFI stays UEFI.'),
    secureBoot: Type.Optional(
      Type.Boolean({
        description:
          'Start only what is signed by a key that the firmware trusts (those that come with it). A change resets the variables of the firmware. Absent means false.',
      }),
    ),
  },
  {
    description:
      'What the guest is started by. Its variables are kept while the instance exists, on or off. Absent: BIOS; a machine that was taken over keeps its own. A change takes effect at the next start.',
    'x-kubernetes-validations': [
      {
        rule: "!has(self.secureBoot) || !self.secureBoot || self.type == 'UEFI'",
        message: 'secureBoot is for type UEFI',
        fieldPath: '.secureBoot',
      },
    ],
  },
);
export type Firmware = Read<typeof Firmware>;

/** Of the spec: a disk that was installed for one boots by it alone. */
export const staysUefi: Rule = {
  rule: "!has(oldSelf.firmware) || oldSelf.firmware.type != 'UEFI' || (has(self.firmware) && self.firmware.type == 'UEFI')",
  message: 'firmware of type UEFI cannot be taken away from an instance: make another one',
};
