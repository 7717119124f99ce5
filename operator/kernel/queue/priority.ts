/** Priorities of work. Any number will do; these are the ones in use. Higher goes first. */
export const PRIORITY = {
  /** Somebody waits for it: a power switch, a deletion. */
  urgent: 100,
  /** Something changed. */
  fresh: 0,
  /** Looking again without a hint that anything changed: first lists, audits, resyncs. */
  resync: -100,
} as const;
