/**
 * Stops asking a host that does not answer: after some failures in a row calls fail at once, until one single call has
 * tried again and came back.
 */
export interface BreakerOptions {
  /** Failures in a row that open it. */
  readonly threshold: number;
  /** How long it stays open; doubles with each failed try, up to `maxOpenMs`. */
  readonly openMs: number;
  readonly maxOpenMs: number;
}

export const DEFAULT_BREAKER: BreakerOptions = { threshold: 3, openMs: 5_000, maxOpenMs: 60_000 };

type State =
  | { readonly kind: 'Closed'; readonly failures: number }
  | { readonly kind: 'Open'; readonly until: number; readonly openMs: number }
  | { readonly kind: 'Trying'; readonly openMs: number };

/** Times are monotonic milliseconds. */
export class CircuitBreaker {
  readonly #options: BreakerOptions;
  #state: State = { kind: 'Closed', failures: 0 };

  constructor(options: BreakerOptions = DEFAULT_BREAKER) {
    this.#options = options;
  }

  get state(): State['kind'] {
    return this.#state.kind;
  }

  /** Whether a call may be made now. True for an open one means: this call is the try, and its outcome must be told. */
  admits(now: number): boolean {
    switch (this.#state.kind) {
      case 'Closed':
        return true;
      case 'Trying':
        return false;
      case 'Open':
        if (now < this.#state.until) return false;
        this.#state = { kind: 'Trying', openMs: this.#state.openMs };
        return true;
    }
  }

  /** The host answered, whatever it said. */
  answered(): void {
    this.#state = { kind: 'Closed', failures: 0 };
  }

  /** The host did not answer in time. */
  failed(now: number): void {
    switch (this.#state.kind) {
      case 'Closed': {
        const failures = this.#state.failures + 1;
        this.#state = failures < this.#options.threshold ? { kind: 'Closed', failures } : this.#openFor(this.#options.openMs, now);
        return;
      }
      case 'Trying':
        this.#state = this.#openFor(Math.min(this.#state.openMs * 2, this.#options.maxOpenMs), now);
        return;
      case 'Open':
        // A call made before it opened: it says nothing new.
        return;
    }
  }

  /** The call neither succeeded nor failed on the host's account (it was aborted): another one may try. */
  unanswered(now: number): void {
    if (this.#state.kind === 'Trying') this.#state = { kind: 'Open', until: now, openMs: this.#state.openMs };
  }

  #openFor(openMs: number, now: number): State {
    return { kind: 'Open', until: now + openMs, openMs };
  }
}
