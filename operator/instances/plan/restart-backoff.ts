/** How soon a guest whose run ended by itself is started again: at once the first time, then 10 s doubling to 5 min. */
import type { Restarts } from './types.ts';

export const FIRST_DELAY_MS = 10_000;
export const LONGEST_DELAY_MS = 300_000;
/** A guest that ran for so long is taken to be well: counting begins anew. */
export const WELL_AFTER_MS = 600_000;

export interface RestartDecision {
  /** When the next restart is due; not later than `now` means now. */
  readonly dueAt: number;
  /** What to record when it is made at `now`. */
  readonly next: Restarts;
}

/** `endedAt` is when the end of the run was first seen. */
export function decideRestart(recorded: Restarts | undefined, endedAt: number, now: number): RestartDecision {
  const fresh = recorded === undefined || recorded.count === 0 || endedAt - recorded.lastAt >= WELL_AFTER_MS;
  if (fresh) return { dueAt: endedAt, next: { count: 1, lastAt: now } };
  const delay = Math.min(FIRST_DELAY_MS * 2 ** (recorded.count - 1), LONGEST_DELAY_MS);
  return { dueAt: recorded.lastAt + delay, next: { count: recorded.count + 1, lastAt: now } };
}
