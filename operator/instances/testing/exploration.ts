/**
 * How far the random worlds are explored: in a run of all tests always the same ones, so that a change is judged by what it
 * changed; with HOSTLER_EXPLORE=N others each time, and N times as many (`make explore`).
 */
const SEED = 20_261_121;
/** An hour: whoever explores has time. */
export const EXPLORATION_MS = 3_600_000;

export interface Exploration {
  readonly numRuns: number;
  readonly seed?: number;
}

export function exploration(numRuns: number): Exploration {
  const times = Number(process.env['HOSTLER_EXPLORE'] ?? 0);
  return times > 0 ? { numRuns: numRuns * times } : { numRuns, seed: SEED };
}
