/** What became of transfers that failed, until they may be tried again: pauses grow, and nothing is kept for ever. */
import type { DriverError } from '../../../drivers/labels.ts';

export interface Failure {
  readonly error: DriverError;
  /** Epoch milliseconds. */
  readonly retryAt: number;
  /** In a row. */
  readonly count: number;
  /** `uid` and generation of the Image: another one starts afresh. */
  readonly imageVersion: string;
}

const FIRST_PAUSE_MS = 10_000;
const LONGEST_PAUSE_MS = 600_000;
/** The same content would be refused again, but what a url serves may be mended without a word to us. */
const REFUSED_PAUSE_MS = 3_600_000;
/** A failure that nobody has asked about for so long after its pause is forgotten. */
const KEPT_MS = 3_600_000;

export class Failures {
  readonly #random: () => number;
  readonly #failures = new Map<string, Failure>();

  constructor(random: () => number) {
    this.#random = random;
  }

  /** The failure that stands for this version of the Image, also when its pause is over. */
  get(key: string, imageVersion: string): Failure | undefined {
    const failure = this.#failures.get(key);
    return failure?.imageVersion === imageVersion ? failure : undefined;
  }

  values(): IterableIterator<Failure> {
    return this.#failures.values();
  }

  add(key: string, imageVersion: string, error: DriverError, now: number): Failure {
    for (const [each, { retryAt }] of this.#failures) if (retryAt + KEPT_MS < now) this.#failures.delete(each);
    const count = (this.get(key, imageVersion)?.count ?? 0) + 1;
    const failure = { error, count, imageVersion, retryAt: now + this.#pause(error, count) };
    this.#failures.set(key, failure);
    return failure;
  }

  delete(key: string): void {
    this.#failures.delete(key);
  }

  #pause(error: DriverError, count: number): number {
    const full = error.label === 'InvalidSpec' ? REFUSED_PAUSE_MS : Math.min(FIRST_PAUSE_MS * 2 ** (count - 1), LONGEST_PAUSE_MS);
    return full * (1 - this.#random() / 4);
  }
}
