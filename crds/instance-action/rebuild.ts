/** Parameters of the action Rebuild. */
import { Type } from 'typebox';
import type { Read } from '../schema/static.ts';

export const Rebuild = Type.Object(
  {
    preserveEphemeral: Type.Optional(
      Type.Boolean({
        description:
          'Keep the ephemeral disk with what is on it. Absent means false: it is made anew, and is blank. A swap disk always is.',
      }),
    ),
  },
  { description: 'How to rebuild. Absent: every disk but volumes is made anew.' },
);
export type Rebuild = Read<typeof Rebuild>;
