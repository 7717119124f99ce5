/** Parameters of the action Freeze. */
import { Type } from 'typebox';
import type { Read } from '../schema/static.ts';
import { pattern } from '../schema/text.ts';
import { DURATION_MAX_LENGTH, DURATION_PATTERN } from '../duration.ts';

export const Freeze = Type.Object(
  {
    timeout: Type.Optional(
      pattern(
        DURATION_PATTERN,
        DURATION_MAX_LENGTH,
        'How long the file systems stay frozen at the longest; then they are thawed, whatever happened. At most 10m. Absent means 1m.',
        {
          rule: "duration(self) > duration('0s') && duration(self) <= duration('10m')",
          message: 'must be more than 0s and at most 10m: programs in the guest wait meanwhile',
        },
      ),
    ),
  },
  { description: 'For how long to freeze. Absent: a minute.' },
);
export type Freeze = Read<typeof Freeze>;
