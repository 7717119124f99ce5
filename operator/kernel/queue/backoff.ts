/** Growing pauses after failures, per key, with jitter so that many failures at once do not come back at once. */
export interface BackoffOptions {
  /** Pause after the first failure. */
  readonly initialMs: number;
  readonly maxMs: number;
}

export const DEFAULT_BACKOFF: BackoffOptions = { initialMs: 200, maxMs: 120_000 };

/** The pause before the next try after `failures` (>= 1) failures in a row: doubling, up to a quarter shorter by jitter. */
export function backoffMs({ initialMs, maxMs }: BackoffOptions, failures: number, random: () => number): number {
  const full = Math.min(initialMs * 2 ** Math.min(failures - 1, 52), maxMs);
  return full * (1 - random() / 4);
}
