/** The three conditions that every kind has, from one answer: is it as it should be, and if not, why? */
import type { ConditionInput } from '../kernel/status/conditions.ts';

/** `Settled` is Ready; `Waiting` may come right by itself; `Silent` is not known; `Stuck` needs somebody. */
export interface Readiness {
  readonly kind: 'Settled' | 'Waiting' | 'Silent' | 'Stuck';
  /** CamelCase. */
  readonly reason: string;
  /** For people: why, and what to do about it. */
  readonly message: string;
}

export function readinessConditions({ kind, reason, message }: Readiness): readonly ConditionInput[] {
  switch (kind) {
    case 'Settled':
      return [{ type: 'Ready', status: 'True', reason, message }];
    case 'Waiting':
      return [
        { type: 'Ready', status: 'False', reason, message },
        { type: 'Reconciling', status: 'True', reason, message },
      ];
    case 'Silent':
      return [
        { type: 'Ready', status: 'Unknown', reason, message },
        { type: 'Reconciling', status: 'True', reason, message },
      ];
    case 'Stuck':
      return [
        { type: 'Ready', status: 'False', reason, message },
        { type: 'Stalled', status: 'True', reason, message },
      ];
  }
}
