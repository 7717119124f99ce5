/**
 * Whether a host answers, and since when: what conditions show, and what fences are judged by.
 *
 * - A lost connection is not yet an unreachable host: it is called so when contact has failed for a few seconds.
 * - `since` of an unreachable host is when the silence began, rounded up to the second that status can hold: a fence set
 *   in the same second does not count.
 * - What an earlier operator, or the one that holds the lease, recorded is kept: after a restart the status is Unknown until a contact succeeded or failed,
 *   and if it comes out as recorded, `since` stays.
 */
import type { Reachability } from '../host.ts';

export type RecordedReachability = Pick<Reachability, 'status' | 'since'>;

const SECOND = 1_000;

export class ReachabilityRecord {
  #recorded: RecordedReachability | undefined;
  readonly #graceMs: number;
  #current: Reachability;
  #silentSince: number | undefined;
  #contacted = false;
  /** Epoch milliseconds of the last contact that this process had. */
  #answeredAt = Number.NEGATIVE_INFINITY;

  /** `graceMs`: how long a host that has answered this process may be silent before it is called unreachable. */
  constructor(recorded: RecordedReachability | undefined, graceMs: number, now: number) {
    this.#recorded = recorded;
    this.#graceMs = graceMs;
    this.#current = { status: 'Unknown', since: recorded?.status === 'Unknown' ? recorded.since : now, message: 'Not contacted yet' };
  }

  get current(): Reachability {
    return this.#current;
  }

  /** Whether a contact has succeeded or failed: before that, what an earlier operator recorded stands. */
  get contacted(): boolean {
    return this.#contacted;
  }

  /** The host answered as it should. Returns whether `status` changed. */
  answered(now: number): boolean {
    this.#silentSince = undefined;
    this.#answeredAt = now;
    return this.#become('True', now, '');
  }

  /** The host answers, but not so that it can be used (refused, too old): it is not silent, and no fence counts. */
  refused(now: number, message: string): boolean {
    this.#silentSince = undefined;
    this.#answeredAt = now;
    return this.#become('Unknown', now, message);
  }

  /** A contact failed. */
  silent(now: number, message: string): boolean {
    this.#silentSince ??= now;
    const proven = this.#current.status !== 'True' || now - this.#silentSince >= this.#graceMs;
    if (!proven) return false;
    return this.#become('False', Math.ceil(this.#silentSince / SECOND) * SECOND, message);
  }

  /**
   * Another process recorded this. Where it agrees, its time is taken, so that whoever holds the lease next has nothing
   * to write; but no silence is believed to be older than our own last contact.
   */
  adopt(recorded: RecordedReachability): void {
    if (!this.#contacted) this.#recorded = recorded;
    else if (recorded.status === this.#current.status && (recorded.status !== 'False' || this.#answeredAt < recorded.since)) {
      this.#current = { ...this.#current, since: recorded.since };
    }
  }

  #become(status: Reachability['status'], since: number, message: string): boolean {
    const changed = status !== this.#current.status;
    const first = !this.#contacted;
    const kept = first && this.#recorded?.status === status ? this.#recorded.since : since;
    this.#contacted = true;
    this.#current = { status, since: changed || first ? kept : this.#current.since, message };
    return changed;
  }
}
