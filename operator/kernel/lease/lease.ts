/**
 * Leadership by a Lease object: while this process holds it, and only then, it acts.
 *
 * - What is left is measured on the monotonic clock from the last renewal *request* that succeeded, so it is never
 *   more than what another process grants us.
 * - Before a mutating call: `mayAct(deadline)`, with the call's own deadline. The call then ends while we still hold.
 * - A new holder acts only after lease duration + 3 s since the last renewal it saw; at once if the lease was released.
 */
export interface Gate {
  readonly open: boolean;
  /** Called at every change of `open`. Returns the way to stop. */
  onChange(listener: (open: boolean) => void): () => void;
}

/** `open` while this process holds the lease and may act. */
export interface Lease extends Gate {
  readonly name: string;
  /** Who this process is in the Lease's `holderIdentity`. */
  readonly identity: string;
  /** Who holds it as far as known; for the debug dump. */
  readonly holder: string | undefined;
  /** Milliseconds this process may still act for; 0 when it may not act. */
  remaining(): number;
  /** Whether a call with this deadline would end while the lease is surely ours. */
  mayAct(deadlineMs: number): boolean;
  /** Aborts when the present term is lost or released: for work of our own that runs on (transfers). Aborted while not holding. */
  readonly term: AbortSignal;
}

export interface LeaseTimes {
  /** How long a lease lasts without renewal. */
  readonly durationMs: number;
  /** When the holder gives up acting though the lease still stands. Less than `durationMs`. */
  readonly renewDeadlineMs: number;
  /** Between tries to renew or to get it. Less than `renewDeadlineMs`. */
  readonly retryMs: number;
}

export const DEFAULT_LEASE_TIMES: LeaseTimes = { durationMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000 };

/** What a new holder waits beyond the lease duration: a call that returns at once, made just in time, ends within it. */
export const TAKEOVER_GRACE_MS = 3_000;
