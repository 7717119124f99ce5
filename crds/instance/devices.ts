/** Devices that a guest may be given beside its disks and interfaces. */
import { Type } from 'typebox';
import { count, quantity } from '../schema/number.ts';
import type { Rule } from '../schema/rule.ts';
import type { Read } from '../schema/static.ts';
import { enumOf } from '../schema/text.ts';
import { DEVICE_MODES, TPM_MODELS, VIDEO_MODELS, WATCHDOG_ACTIONS } from '../vocabulary.ts';

const Rng = Type.Object(
  {
    mode: Type.Optional(
      enumOf(DEVICE_MODES, 'Enabled insists on it: only hosts that have it are considered. Disabled leaves it out. Absent means Enabled.'),
    ),
    bytesPerSecond: Type.Optional(quantity('How much the guest may take. Absent: as much as it likes.')),
  },
  {
    description: 'Random numbers from the host (virtio-rng). Absent: where the host has them, without a limit.',
    'x-kubernetes-validations': [
      {
        rule: "!has(self.bytesPerSecond) || !has(self.mode) || self.mode == 'Enabled'",
        message: 'bytesPerSecond is for mode Enabled',
        fieldPath: '.bytesPerSecond',
      },
    ],
  },
);

const Watchdog = Type.Object(
  {
    action: Type.Optional(
      enumOf(
        WATCHDOG_ACTIONS,
        'What happens when the guest, having begun to, no longer answers its watchdog: Reset restarts it; PowerOff ends it, and restartPolicy decides; Pause holds it as it is, for a person; None only reports. Absent means Reset.',
      ),
    ),
  },
  { description: 'A watchdog (i6300esb), which does nothing until a driver in the guest begins to use it. Absent: none.' },
);

const Tpm = Type.Object(
  {
    model: Type.Optional(enumOf(TPM_MODELS, 'How the guest talks to it. Absent means CRB.')),
  },
  {
    description:
      'A TPM 2.0 made in software by the host. What it holds is kept while the instance exists, on or off. It cannot be taken away again. Absent: none; a machine that was taken over keeps its own.',
  },
);

const Video = Type.Object(
  { model: enumOf(VIDEO_MODELS, 'The graphics card. Not every host has every one.') },
  { description: 'A graphics card. Absent: none, the console is the first serial port.' },
);

export const Devices = Type.Object(
  {
    rng: Type.Optional(Rng),
    watchdog: Type.Optional(Watchdog),
    tpm: Type.Optional(Tpm),
    serialPorts: Type.Optional(
      count('How many serial ports. What the guest prints on each is kept on the host. The first is the console. Absent means 1.', {
        minimum: 1,
        maximum: 4,
      }),
    ),
    video: Type.Optional(Video),
  },
  { description: 'Devices beside disks and interfaces. A change takes effect at the next start. Absent: the usual ones.' },
);
export type Devices = Read<typeof Devices>;

/** Of the spec. */
export const keepsTpm: Rule = {
  rule: '!has(oldSelf.devices) || !has(oldSelf.devices.tpm) || (has(self.devices) && has(self.devices.tpm))',
  message: 'devices.tpm cannot be taken away from an instance, since what it holds would be lost: make another one',
};
