/** For status: how a machine that was taken over differs from the spec. */
import { Type } from 'typebox';
import { atomicList } from '../schema/collections.ts';
import { text, word } from '../schema/text.ts';

export const MAX_DIFFERENCES = 64;

export const differences = atomicList(
  Type.Object({
    field: word('What differs, such as vcpus or interfaces[eth0].', 253),
    wanted: text('What the spec asks for.', 1024),
    found: text('What the machine has.', 1024),
  }),
  {
    maxItems: MAX_DIFFERENCES,
    description: 'Of a machine that was taken over as it is: how it differs from the spec. Nothing is done about it.',
  },
);
