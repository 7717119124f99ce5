/** Time that tests move. */
import type { Timers } from './timers.ts';

export interface ManualTimers extends Timers {
  /** Lets that much time pass, and what is due happen in its order. */
  pass(ms: number): void;
}

export function manualTimers(): ManualTimers {
  let now = 0;
  const due = new Set<{ readonly at: number; readonly happens: () => void }>();
  const next = (until: number) => [...due].filter(({ at }) => at <= until).toSorted((one, other) => one.at - other.at)[0];
  return {
    now: () => now,
    after(ms, happens) {
      const timer = { at: now + ms, happens };
      due.add(timer);
      return () => due.delete(timer);
    },
    pass(ms) {
      const until = now + ms;
      for (let timer = next(until); timer !== undefined; timer = next(until)) {
        due.delete(timer);
        now = timer.at;
        timer.happens();
      }
      now = until;
    },
  };
}
