/** Parameters of the action SwapVolume. */
import { Type } from 'typebox';
import type { Read } from '../schema/static.ts';
import { labelName, objectName } from '../schema/text.ts';

export const SwapVolume = Type.Object(
  {
    name: Type.Optional(
      labelName('Name of the volume within the instance, as in spec.volumes. Absent: the root Volume, while the guest is off.'),
    ),
    volumeName: objectName(
      'Volume that is to take its place, of the same size, or larger while the guest is off, and blank. What is on it is written over.',
    ),
  },
  { description: 'Which volume to move, and where to.' },
);
export type SwapVolume = Read<typeof SwapVolume>;
