/** A lock on an instance: it is looked at, and nothing is done to it. */
import { Type } from 'typebox';
import type { Read } from '../schema/static.ts';
import { word } from '../schema/text.ts';

export const Lock = Type.Object(
  { reason: word('Why, for those who wonder: who needs it left alone, and until when.', 1024) },
  {
    description:
      'While it is here nothing changes the machine: no edit is carried out, no action, no restart, no deletion. It is observed and reported as ever. Absent: not locked.',
  },
);
export type Lock = Read<typeof Lock>;
