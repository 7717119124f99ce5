/**
 * Several connections to one daemon for calls of one kind.
 *
 * A daemon reads nothing more from a connection while five of its calls are running (`max_client_requests`), so a sixth,
 * however quick, waits for the slowest. A lane therefore never has more than `slots` calls that count as running on a
 * connection: it opens another, or lets the call wait its turn here, where waiting hurts nobody else.
 */
import { performance } from 'node:perf_hooks';
import type { CallOptions } from '../connection/call-options.ts';
import { remaining, throwIfExpired, watchExpiry } from '../connection/call-options.ts';
import type { Connection } from '../connection/connection.ts';
import { ConnectionLostError } from '../errors.ts';

export interface LanePolicy {
  /** Calls at a time on one connection. */
  readonly slots: number;
  /** How long a call must have been running to count. Above 0: quick calls are pipelined without limit, only stuck ones count. */
  readonly countAfterMs: number;
  readonly maxConnections: number;
  /** A connection without a call for so long is closed, the first one excepted where the lane was given it. */
  readonly idleMs: number;
}

interface Waiting {
  readonly start: (connection: Connection) => void;
  readonly reject: (error: unknown) => void;
}

export class Lane {
  readonly #open: () => Promise<Connection>;
  readonly #policy: LanePolicy;
  readonly #connections = new Set<Connection>();
  readonly #waiting = new Set<Waiting>();
  #opening = 0;
  #closed: Error | undefined;

  constructor(open: () => Promise<Connection>, policy: LanePolicy) {
    this.#open = open;
    this.#policy = policy;
  }

  /** Takes in a connection; a `permanent` one stays when it is idle. */
  adopt(connection: Connection, permanent: boolean): void {
    let idleTimer: NodeJS.Timeout | undefined;
    const watchIdle = (): void => {
      clearTimeout(idleTimer);
      if (permanent || connection.slotsTaken(0, 1) > 0) return;
      idleTimer = setTimeout(() => connection.slotsTaken(0, 1) === 0 && connection.close(), this.#policy.idleMs);
      idleTimer.unref();
    };
    this.#connections.add(connection);
    connection.onSlotFree(() => {
      this.#serveWaiting();
      watchIdle();
    });
    connection.onClosed(() => {
      clearTimeout(idleTimer);
      this.#connections.delete(connection);
      this.#openForWaiting();
    });
    this.#serveWaiting();
    watchIdle();
  }

  /** Runs `use` on a connection with a free slot, at once if there is one. `use` must make its call before it awaits anything. */
  run<T>(options: CallOptions, what: string, use: (connection: Connection, options: CallOptions) => Promise<T>): Promise<T> {
    if (this.#closed !== undefined) return Promise.reject(notConnected(this.#closed));
    const connection = this.#waiting.size === 0 ? this.#free() : undefined;
    return connection === undefined ? this.#wait(options, what, use) : use(connection, options);
  }

  /** Closes all connections; whatever waits or comes later rejects. */
  close(reason: Error): void {
    if (this.#closed !== undefined) return;
    this.#closed = reason;
    this.#rejectWaiting(notConnected(reason));
    for (const connection of this.#connections) connection.close();
  }

  #free(): Connection | undefined {
    const { slots, countAfterMs } = this.#policy;
    for (const connection of this.#connections) {
      if (connection.slotsTaken(countAfterMs, slots) < slots) return connection;
    }
    return undefined;
  }

  #wait<T>(options: CallOptions, what: string, use: (connection: Connection, options: CallOptions) => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    return new Promise<T>((resolve, reject) => {
      throwIfExpired(options, what);
      const waiting: Waiting = {
        start: (connection) => {
          stopWatching();
          resolve(use(connection, remaining(options, startedAt)));
        },
        reject: (error) => {
          stopWatching();
          reject(error);
        },
      };
      const stopWatching = watchExpiry(options, `${what} (waiting for its turn)`, (reason) => {
        this.#waiting.delete(waiting);
        reject(reason);
      });
      this.#waiting.add(waiting);
      this.#openForWaiting();
    });
  }

  #serveWaiting(): void {
    for (const waiting of this.#waiting) {
      const connection = this.#free();
      if (connection === undefined) break;
      this.#waiting.delete(waiting);
      waiting.start(connection);
    }
    this.#openForWaiting();
  }

  /** Opens one more connection when somebody waits, there may be one more, and none is on its way. */
  #openForWaiting(): void {
    const { maxConnections } = this.#policy;
    if (this.#closed !== undefined || this.#waiting.size === 0 || this.#opening > 0 || this.#connections.size >= maxConnections) return;
    this.#opening++;
    this.#open().then(
      (connection) => {
        this.#opening--;
        if (this.#closed === undefined) this.adopt(connection, false);
        else connection.close();
      },
      (error: unknown) => {
        this.#opening--;
        // With other connections open those who wait will get their turn all the same.
        if (this.#connections.size === 0) this.#rejectWaiting(error);
      },
    );
  }

  #rejectWaiting(error: unknown): void {
    for (const waiting of this.#waiting) waiting.reject(error);
    this.#waiting.clear();
  }
}

function notConnected(reason: Error): ConnectionLostError {
  return new ConnectionLostError(`Not connected: ${reason.message}`, { cause: reason });
}
