/** Which base images have been of no use for long enough to go. Pure. */

export interface PruningPlan {
  /** Keys that are to go. */
  readonly due: readonly string[];
  /** Epoch milliseconds from which each of the others was seen there and not in use; to be handed in the next time. */
  readonly unusedSince: ReadonlyMap<string, number>;
}

/** A clock that was set back begins the wait of what it makes younger anew, and removes nothing early. */
export function planPruning(
  keys: readonly string[],
  isUsed: (key: string) => boolean,
  unusedSince: ReadonlyMap<string, number>,
  now: number,
  afterMs: number,
): PruningPlan {
  const due: string[] = [];
  const since = new Map<string, number>();
  for (const key of keys) {
    if (isUsed(key)) continue;
    const first = Math.min(unusedSince.get(key) ?? now, now);
    since.set(key, first);
    if (now - first >= afterMs) due.push(key);
  }
  return { due, unusedSince: since };
}
