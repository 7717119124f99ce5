/** Conditions as every kind carries them: `metav1.Condition`, a list-map by type. */
import { Type } from 'typebox';
import { listMap } from './collections.ts';
import { int64 } from './number.ts';
import type { Read } from './static.ts';
import { camelCase, enumOf, text, timestamp } from './text.ts';
import { CONDITION_STATUSES } from '../vocabulary.ts';

export const Condition = Type.Object({
  type: camelCase('What the condition is about.', 316),
  status: enumOf(CONDITION_STATUSES, 'Whether it holds.'),
  observedGeneration: Type.Optional(int64('The metadata.generation that the condition was set for; an older one is out of date.')),
  lastTransitionTime: timestamp('When status last changed.'),
  reason: camelCase('Why, in one word that programs may compare.', 1024),
  message: text('Why, for people, and what to do about it.', 32768),
});
export type Condition = Read<typeof Condition>;

export const conditions = (description: string) =>
  Type.Optional(
    listMap(Condition, ['type'], {
      maxItems: 32,
      description: `${description} Ready is always present; Reconciling and Stalled only while true.`,
    }),
  );

/** What every status has. */
export const observedGeneration = Type.Optional(int64('The metadata.generation that this status was computed for; 0: none yet.'));
