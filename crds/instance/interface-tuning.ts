/** How an interface is served and limited. Changes take effect at the next start. */
import { Type } from 'typebox';
import { count, quantity } from '../schema/number.ts';
import { enumOf } from '../schema/text.ts';
import { CARD_MODELS } from '../vocabulary.ts';

/** Of an entry of spec.networks. */
export const interfaceTuning = {
  model: Type.Optional(enumOf(CARD_MODELS, 'The network card that the guest sees. Absent means virtio.')),
  mtu: Type.Optional(
    count('Largest packet in bytes, which the guest is told, by a virtio card also. Absent: as the Network says.', {
      minimum: 68,
      maximum: 65535,
    }),
  ),
  bandwidth: Type.Optional(
    Type.Object(
      {
        inbound: Type.Optional(quantity('Bytes a second to the guest. Absent: no limit.')),
        outbound: Type.Optional(quantity('Bytes a second from the guest. Absent: no limit.')),
      },
      { description: 'How much may go through. Absent: as much as the network takes.' },
    ),
  ),
};
