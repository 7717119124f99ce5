/**
 * A pass that has a worker, and when that worker is free again because the pass takes long.
 *
 * Who waits for a host tells so, and gives the worker away soon: hosts hang, each by itself. Who waits for the API server
 * keeps it for longer: that one is everybody's, and is not to be asked for more at once the slower it gets.
 */

/** Longer than a pass takes on an API server that is busy. */
const LONG_MS = 5_000;
/** Longer than a host that is well takes for what passes wait for. */
const LONG_OUTSIDE_MS = 1_000;

const passes = new WeakMap<AbortSignal, WorkingPass>();

/** Does `work`, whose time counts as spent outside where `signal` is that of a pass. */
export async function outside<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const pass = passes.get(signal);
  if (pass === undefined) return work();
  pass.leaves();
  try {
    return await work();
  } finally {
    pass.returns();
  }
}

export class WorkingPass {
  readonly #startedAt: number;
  readonly #now: () => number;
  readonly #onLeft: () => void;
  #outside = 0;
  #leftAt = Number.POSITIVE_INFINITY;

  /** `now`: monotonic milliseconds. `onLeft`: it is outside, and its worker may be free sooner. */
  constructor(now: () => number, onLeft: () => void) {
    this.#startedAt = now();
    this.#now = now;
    this.#onLeft = onLeft;
  }

  /** Known by this signal from now on. */
  knownBy(signal: AbortSignal): void {
    passes.set(signal, this);
  }

  /** Monotonic milliseconds from which it takes long, if it goes on as it is. */
  get longAt(): number {
    return Math.min(this.#startedAt + LONG_MS, this.#leftAt + LONG_OUTSIDE_MS);
  }

  leaves(): void {
    this.#outside += 1;
    if (this.#outside > 1) return;
    this.#leftAt = this.#now();
    this.#onLeft();
  }

  returns(): void {
    this.#outside -= 1;
    if (this.#outside === 0) this.#leftAt = Number.POSITIVE_INFINITY;
  }
}
