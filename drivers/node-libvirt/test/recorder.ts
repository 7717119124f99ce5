/** Remembers what it is told, for tests that wait for events. */
export interface Recorder<T> {
  readonly seen: readonly T[];
  record(value: T): void;
  /** Resolves with all that was seen once it is at least `count`. */
  next(count: number): Promise<readonly T[]>;
}

export function recorder<T>(): Recorder<T> {
  const seen: T[] = [];
  let wake: (() => void) | undefined;
  return {
    seen,
    record(value): void {
      seen.push(value);
      wake?.();
    },
    async next(count): Promise<readonly T[]> {
      while (seen.length < count) await new Promise<void>((resolve) => (wake = resolve));
      return seen;
    },
  };
}
