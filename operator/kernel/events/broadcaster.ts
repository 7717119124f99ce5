/**
 * Makes recorders. The same event again within some minutes becomes one event with a count (a series), written at
 * intervals; an object with too many different ones is cut short.
 */
import type { ApiClient } from '../api/client.ts';
import { isNotFound } from '../api/errors.ts';
import type { KubeObject, NewObject } from '../api/object.ts';
import type { Clock, Timer } from '../clock.ts';
import type { Logger } from '../log/logger.ts';
import { microTime } from '../lease/record.ts';
import { type EventObject, EVENTS, makeEvent } from './event-object.ts';
import { BoundedMap, SpamLimit } from './limits.ts';
import type { EventNote, EventRecorder } from './recorder.ts';
import { EventSender } from './sender.ts';

export interface BroadcasterOptions {
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly log: Logger;
  /** This process, in the events' reportingInstance. */
  readonly identity: string;
  readonly random: () => number;
}

/** An event that was made, and how often it has happened since. */
interface Series {
  readonly event: NewObject<EventObject>;
  count: number;
  /** Of the count that was last written. */
  written: number;
  /** Epoch milliseconds. */
  lastAt: number;
  /** Monotonic. */
  heardAt: number;
}

const SERIES_MS = 360_000;
const FLUSH_MS = 10_000;
const MAX_SERIES = 4096;
const SEND_TIMEOUT_MS = 10_000;

export class EventBroadcaster {
  private readonly options: BroadcasterOptions;
  private readonly series = new BoundedMap<Series>(MAX_SERIES);
  private readonly limit = new SpamLimit();
  private readonly sender: EventSender;
  private timer: Timer | undefined;
  private made = 0;

  constructor(options: BroadcasterOptions) {
    this.options = options;
    this.sender = new EventSender(options.clock, options.log);
  }

  /** `controller` is the events' reportingController: `hostler.dev/instances`. */
  recorder(controller: string): EventRecorder {
    return { record: (regarding, event) => this.record(controller, regarding, event) };
  }

  /** Writes the last counts and sends what waits, for at most `ms`. */
  async drain(ms: number): Promise<void> {
    this.timer?.cancel();
    this.writeCounts();
    await this.sender.drain(ms);
  }

  private record(controller: string, regarding: KubeObject, event: EventNote): void {
    const { clock, identity } = this.options;
    const key = [controller, regarding.metadata.uid, event.type, event.reason, event.action, event.note, event.related?.metadata.uid].join(
      '\n',
    );
    const known = this.series.get(key);
    const monotonic = clock.monotonic();
    if (known !== undefined && monotonic - known.heardAt < SERIES_MS) {
      known.count += 1;
      known.lastAt = clock.now();
      known.heardAt = monotonic;
      this.timer ??= clock.after(FLUSH_MS, () => this.flush());
      return;
    }
    if (!this.limit.allows(`${controller}\n${regarding.metadata.uid}`, monotonic)) return;
    const made = makeEvent(regarding, event, { controller, instance: identity }, clock.now(), this.unique());
    this.series.set(key, { event: made, count: 1, written: 1, lastAt: clock.now(), heardAt: monotonic });
    this.sender.push((signal) => this.create(made, signal));
  }

  private flush(): void {
    this.timer = undefined;
    this.writeCounts();
    const monotonic = this.options.clock.monotonic();
    for (const [key, { heardAt }] of this.series.values()) if (monotonic - heardAt >= SERIES_MS) this.series.delete(key);
  }

  private writeCounts(): void {
    for (const [, series] of this.series.values()) {
      if (series.written === series.count) continue;
      series.written = series.count;
      this.sender.push((signal) => this.writeCount(series, signal));
    }
  }

  private async writeCount({ event, count, lastAt }: Series, signal: AbortSignal): Promise<void> {
    const series = { count, lastObservedTime: microTime(lastAt) };
    try {
      await this.options.client.mergePatch(EVENTS, event.metadata, { series }, { signal, timeoutMs: SEND_TIMEOUT_MS });
    } catch (error) {
      if (!isNotFound(error)) throw error;
      await this.create({ ...event, series }, signal); // It has expired meanwhile.
    }
  }

  private async create(event: NewObject<EventObject>, signal: AbortSignal): Promise<void> {
    await this.options.client.create(EVENTS, event, { signal, timeoutMs: SEND_TIMEOUT_MS });
  }

  private unique(): string {
    this.made += 1;
    const { clock, random } = this.options;
    return `${clock.now().toString(16)}${Math.floor(random() * 0x10000).toString(16)}${(this.made % 0x10000).toString(16).padStart(4, '0')}`;
  }
}
