/** Sends events one after the other, off everybody's way: what cannot be sent in time is dropped. */
import { isUnanswered } from '../api/errors.ts';
import type { Clock } from '../clock.ts';
import type { Logger } from '../log/logger.ts';
import { sleep } from '../timers.ts';

export type Send = (signal: AbortSignal) => Promise<void>;

const MAX_WAITING = 1000;
const TRIES = 3;
const RETRY_MS = 1000;

export class EventSender {
  private readonly clock: Clock;
  private readonly log: Logger;
  private readonly stop = new AbortController();
  private waiting: Send[] = [];
  private sending: Promise<void> | undefined;
  private dropped = 0;

  constructor(clock: Clock, log: Logger) {
    this.clock = clock;
    this.log = log;
  }

  push(send: Send): void {
    if (this.waiting.length >= MAX_WAITING) {
      if (this.dropped === 0) this.log.warn('Too many events wait to be sent, further ones are dropped');
      this.dropped += 1;
      return;
    }
    this.waiting.push(send);
    this.sending ??= this.sendAll().finally(() => (this.sending = undefined));
  }

  /** Sends what waits, for at most `ms`, and then no more. */
  async drain(ms: number): Promise<void> {
    if (this.sending === undefined) return;
    const timer = this.clock.after(ms, () => this.stop.abort(new Error('out of time')));
    await this.sending;
    timer.cancel();
  }

  private async sendAll(): Promise<void> {
    while (this.waiting.length > 0) {
      const batch = this.waiting;
      this.waiting = [];
      for (const send of batch) await this.sendOne(send);
    }
    this.dropped = 0;
  }

  private async sendOne(send: Send): Promise<void> {
    for (let attempt = 1; !this.stop.signal.aborted; attempt += 1) {
      try {
        await send(this.stop.signal);
        return;
      } catch (error) {
        if (this.stop.signal.aborted) return;
        if (attempt >= TRIES || !isUnanswered(error)) {
          this.log.debug('Event dropped', { error });
          return;
        }
        await sleep(this.clock, RETRY_MS, this.stop.signal).catch(() => undefined);
      }
    }
  }
}
