/** Times of a cron schedule in a time zone. Times are epoch milliseconds. */
import { Cron } from 'croner';

export interface Schedule {
  /** The last time at or before `now`; undefined: there was none. */
  last(now: number): number | undefined;
  /** The first time after `now`; undefined: there is none any more. */
  next(now: number): number | undefined;
}

/** Of a text that is no schedule, or a zone that is none, what is wrong with it. */
export function parseSchedule(text: string, timezone = 'UTC'): Schedule | { readonly problem: string } {
  try {
    const cron = new Cron(text, { paused: true, mode: '5-part', timezone });
    // Only a time shows whether there is such a zone.
    cron.nextRun(new Date(0));
    return {
      last: (now) => cron.previousRuns(1, new Date(now + 1))[0]?.getTime(),
      next: (now) => cron.nextRun(new Date(now))?.getTime(),
    };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}
