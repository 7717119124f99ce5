/** Ours and a peer's, measured in turn, so that a machine whose speed drifts drifts for both; what counts is the ratio of each pair. */

export interface Pair {
  /** Milliseconds, or whatever both are measured in. */
  readonly ours: number;
  readonly peer: number;
}

/** The first pair warms up and is left out. Who goes first changes from pair to pair. */
export async function inPairs(rounds: number, ours: () => Promise<number>, peer: () => Promise<number>): Promise<readonly Pair[]> {
  const pairs: Pair[] = [];
  for (let round = 0; round <= rounds; round++) {
    if (round % 2 === 0) pairs.push({ ours: await ours(), peer: await peer() });
    else {
      const first = await peer();
      pairs.push({ ours: await ours(), peer: first });
    }
  }
  return pairs.slice(1);
}

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

export const oursOf = (pairs: readonly Pair[]): number => median(pairs.map(({ ours }) => ours));
export const peerOf = (pairs: readonly Pair[]): number => median(pairs.map(({ peer }) => peer));
export const ratioOf = (pairs: readonly Pair[]): number => median(pairs.map(({ ours, peer }) => ours / peer));
