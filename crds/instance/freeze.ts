/** For status: that the file systems of the guest were frozen, and when that ends. */
import { Type } from 'typebox';
import { count } from '../schema/number.ts';
import type { Read } from '../schema/static.ts';
import { text, timestamp, word } from '../schema/text.ts';

export const FreezeRecord = Type.Object(
  {
    runId: word('The run whose file systems they are: run.id.', 63),
    since: timestamp('When they were frozen.'),
    until: timestamp('When they are thawed, if nobody asks for it before; or when that is tried again.'),
    attempts: Type.Optional(count('How often in a row they could not be thawed.')),
    message: Type.Optional(text('Why they could not be thawed, for people.', 4096)),
  },
  { description: 'Set while the file systems of the guest are frozen, or may be: written down before it is done. They are always thawed.' },
);
export type FreezeRecord = Read<typeof FreezeRecord>;
