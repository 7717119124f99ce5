/** Who is logged in. Sessions idle for a day end, and so do the oldest of an originator that has too many. */
import type { Ref } from '../../../drivers/xen/model/model.ts';
import type { Store } from '../store/store.ts';
import { dateTime } from '../wire/date-time.ts';
import { failure } from '../wire/failure.ts';

export const IDLE_MILLISECONDS = 24 * 3_600_000;
export const PER_ORIGINATOR = 500;

interface Session {
  readonly ref: Ref;
  readonly originator: string;
  lastActive: number;
}

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

export class Sessions {
  readonly #store: Store;
  readonly #credentials: Credentials;
  readonly #now: () => number;
  /** The one used longest ago comes first. */
  readonly #open = new Map<Ref, Session>();

  constructor(store: Store, credentials: Credentials, now: () => number) {
    this.#store = store;
    this.#credentials = credentials;
    this.#now = now;
  }

  /** @throws SESSION_AUTHENTICATION_FAILED */
  login({ user, password }: Credentials, originator: string, host: Ref): Ref {
    if (user !== this.#credentials.user || password !== this.#credentials.password) {
      throw failure('SESSION_AUTHENTICATION_FAILED');
    }
    this.#endOldest(originator);
    const now = this.#now();
    const ref = this.#store.create('session', {
      this_host: host,
      last_active: dateTime(now),
      pool: false,
      is_local_superuser: true,
      validation_time: dateTime(now),
      auth_user_name: user,
      originator,
    });
    this.#open.set(ref, { ref, originator, lastActive: now });
    return ref;
  }

  /** Counts as use of the session. @throws SESSION_INVALID */
  check(ref: Ref): void {
    const session = this.#open.get(ref);
    if (session === undefined) throw failure('SESSION_INVALID', ref);
    const now = this.#now();
    if (now - session.lastActive > IDLE_MILLISECONDS) {
      this.end(ref);
      throw failure('SESSION_INVALID', ref);
    }
    session.lastActive = now;
    this.#open.delete(ref);
    this.#open.set(ref, session);
  }

  isOpen(ref: Ref): boolean {
    return this.#open.has(ref);
  }

  end(ref: Ref): void {
    if (this.#open.delete(ref)) this.#store.destroy('session', ref);
  }

  endAll(): void {
    for (const ref of this.#open.keys()) this.end(ref);
  }

  #endOldest(originator: string): void {
    const same = [...this.#open.values()].filter((session) => session.originator === originator);
    for (const { ref } of same.slice(0, Math.max(0, same.length - PER_ORIGINATOR + 1))) this.end(ref);
  }
}
