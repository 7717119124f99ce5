/**
 * Tells a silent peer from a dead one: sends a ping in every interval, and gives up after `count` intervals in which nothing
 * at all was heard. A daemon answers pings even when all its workers hang, so this finds dead hosts and cut lines, not stuck
 * calls: deadlines do that.
 */
export interface KeepAliveOptions {
  /** Milliseconds between two pings. */
  readonly intervalMs: number;
  /** Silent intervals until the connection counts as lost. */
  readonly count: number;
}

/** As libvirt's own client: found dead after 30 seconds. */
export const DEFAULT_KEEPALIVE: KeepAliveOptions = { intervalMs: 5000, count: 5 };

export const KEEPALIVE_PROCEDURE = { PING: 1, PONG: 2 } as const;

export class KeepAlive {
  readonly #timer: NodeJS.Timeout;
  #heard = true;
  #silentIntervals = 0;

  constructor(options: KeepAliveOptions, sendPing: () => void, onDead: (silentMs: number) => void) {
    this.#timer = setInterval(() => {
      this.#silentIntervals = this.#heard ? 0 : this.#silentIntervals + 1;
      this.#heard = false;
      if (this.#silentIntervals > options.count) onDead(this.#silentIntervals * options.intervalMs);
      else sendPing();
    }, options.intervalMs);
    // Only what waits for an answer should keep a program running.
    this.#timer.unref();
  }

  /** Something came from the other side, whatever it was. */
  heard(): void {
    this.#heard = true;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
