/** Parameters of the action ConsoleLog. */
import { Type } from 'typebox';
import { count } from '../schema/number.ts';
import type { Read } from '../schema/static.ts';
import { OBSERVATION_LIMITS } from '../vocabulary.ts';

export const ConsoleLog = Type.Object(
  {
    lines: Type.Optional(
      count('At most so many lines, the last ones. Absent: as many as fit.', { minimum: 1, maximum: OBSERVATION_LIMITS.consoleLines }),
    ),
    bytes: Type.Optional(
      count('At most so many bytes, the last ones. Absent means 65536, which is the most.', {
        minimum: 1,
        maximum: OBSERVATION_LIMITS.consoleBytes,
      }),
    ),
  },
  { description: 'How much to read. Absent: as much as fits.' },
);
export type ConsoleLog = Read<typeof ConsoleLog>;
