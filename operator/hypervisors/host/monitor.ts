/**
 * Keeps one host connected and observed, and says what it sees; it knows nothing of slots, caches or conditions.
 *
 * One bulk observation a tick. Events only make the next one come sooner; many events make one. How soon depends on
 * what an observation costs: they take at most a twentieth of the time, however much happens on the host. Any failed
 * contact ends the connection, and the next one begins at once, then after growing, jittered pauses.
 */
import type { Driver, HostEvent, HostFacts, HostObservation } from '../../../drivers/contract.ts';
import { DriverError } from '../../../drivers/labels.ts';
import type { Clock } from '../../kernel/clock.ts';
import { backoffMs } from '../../kernel/queue/backoff.ts';
import { Alarm } from './alarm.ts';
import { within } from './deadline.ts';
import type { Moment } from './observations.ts';
import { type ConnectionState, follow } from './states.ts';

export interface MonitorOptions {
  readonly tickMs: number;
  /** Connecting, with reading every definition. */
  readonly connectTimeoutMs: number;
  readonly observeTimeoutMs: number;
  /** Events that come within this time hasten one observation. */
  readonly hastenMs: number;
  /** Facts are read again after this, and when the host says that they changed. */
  readonly factsMs: number;
  readonly reconnect: { readonly initialMs: number; readonly maxMs: number };
}

export const DEFAULT_MONITOR: MonitorOptions = {
  tickMs: 10_000,
  connectTimeoutMs: 10_000,
  observeTimeoutMs: 8_000,
  hastenMs: 50,
  factsMs: 900_000,
  reconnect: { initialMs: 200, maxMs: 30_000 },
};

/** Who is told. Called synchronously; only `connected` and `factsRead` may throw: then this is not the host, and the contact has failed. */
export interface MonitorSink {
  /** A connection stands; an observation follows before anything else is said. */
  connected(facts: HostFacts): void;
  factsRead(facts: HostFacts): void;
  /** `at`: when the reading began. `sinceLastMs`: since the last one of this connection. */
  observed(observation: HostObservation, at: Moment, sinceLastMs: number): void;
  /** A contact failed; the connection, if there was one, is given up. */
  failed(error: unknown): void;
  heard(event: HostEvent): void;
}

interface Outside {
  readonly clock: Clock;
  readonly random: () => number;
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Observations may take one part of the time in so many. */
const COST_SHARE = 20;
const CLOSE_TIMEOUT_MS = 2_000;

export class HostMonitor {
  readonly #driver: Driver;
  readonly #options: MonitorOptions;
  readonly #sink: MonitorSink;
  readonly #outside: Outside;
  readonly #alarm: Alarm;
  #state: ConnectionState = 'Idle';
  #waiters: Waiter[] = [];
  #lost: Error | undefined;
  #factsDueAt = 0;
  #factsAt: number | undefined;
  #observing = false;
  /** Something changed while an observation was under way. */
  #hinted = false;
  #observedAt = 0;
  #costMs = 0;

  constructor(driver: Driver, options: MonitorOptions, sink: MonitorSink, outside: Outside) {
    this.#driver = driver;
    this.#options = options;
    this.#sink = sink;
    this.#outside = outside;
    this.#alarm = new Alarm(outside.clock);
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Runs until the signal aborts; then the connection is closed. Call it once. */
  async run(signal: AbortSignal): Promise<void> {
    const stopListening = this.#driver.onEvent((event) => this.#hear(event));
    let failures = 0;
    while (!signal.aborted) {
      const began = this.#now();
      const error = await this.#connectAndWatch(signal);
      if (signal.aborted) break;
      // A connection that held for a while starts the count anew; one that breaks at once does not.
      failures = this.#state === 'Watching' && this.#now() - began >= this.#options.tickMs ? 0 : failures + 1;
      this.#enter('Waiting');
      this.#giveUp(error);
      this.#sink.failed(error);
      await this.#closeDriver();
      this.#alarm.reset();
      this.#alarm.at(this.#now() + (failures === 0 ? 0 : backoffMs(this.#options.reconnect, failures, this.#outside.random)));
      await this.#alarm.wait(signal);
    }
    this.#enter('Closed');
    stopListening();
    this.#giveUp(new DriverError('HostUnreachable', 'The connection to the host was closed'));
    await this.#closeDriver();
  }

  /** Resolves when an observation that began after this call is in; rejects when it failed or there is no connection. */
  observeNow(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#state !== 'Watching') {
        reject(new DriverError('HostUnreachable', 'The host is not connected'));
        return;
      }
      this.#waiters.push({ resolve, reject });
      this.#alarm.at(this.#now());
    });
  }

  /** The same, with the facts read before it. */
  readFactsNow(): Promise<void> {
    this.#factsDueAt = 0;
    return this.observeNow();
  }

  /** When the reading of the facts began that were told last. */
  get factsAt(): number | undefined {
    return this.#factsAt;
  }

  /** Something changed: look sooner. Without a connection there is nothing to hasten: the next one begins with a look. */
  hasten(): void {
    // While one is under way: what it costs is known at its end, and what it sees of the change is not.
    this.#hinted = this.#state === 'Connecting' || this.#observing;
    if (this.#hinted || this.#state !== 'Watching') return;
    const earliest = this.#observedAt + this.#costMs * COST_SHARE;
    this.#alarm.at(Math.max(this.#now() + this.#options.hastenMs, Math.min(earliest, this.#observedAt + this.#options.tickMs)));
  }

  /** What ended it: a failed connect or observation, or a connection that was lost. Undefined on abort. */
  async #connectAndWatch(signal: AbortSignal): Promise<unknown> {
    this.#enter('Connecting');
    this.#lost = undefined;
    try {
      this.#sink.connected(await this.#readFacts(signal));
      this.#observedAt = this.#now();
      await this.#observe(signal);
      this.#enter('Watching');
      await this.#watch(signal);
      return undefined;
    } catch (error) {
      return error;
    }
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { tickMs } = this.#options;
    // The first tick comes at any time within one: hosts that were connected together are not observed together.
    this.#alarm.at(this.#observedAt + tickMs * (1 - this.#outside.random() / 2));
    for (;;) {
      if (this.#hinted) this.hasten();
      await this.#alarm.wait(signal);
      if (signal.aborted) return;
      if (this.#lost !== undefined) throw this.#lost;
      if (this.#now() >= this.#factsDueAt) this.#sink.factsRead(await this.#readFacts(signal));
      await this.#observe(signal);
      this.#alarm.at(this.#observedAt + tickMs);
    }
  }

  async #readFacts(signal: AbortSignal): Promise<HostFacts> {
    const began = this.#now();
    const facts = await within(this.#outside.clock, this.#options.connectTimeoutMs, [signal], (call) => this.#driver.connect(call));
    this.#factsAt = began;
    this.#factsDueAt = this.#now() + this.#options.factsMs * (1 - this.#outside.random() / 4);
    return facts;
  }

  async #observe(signal: AbortSignal): Promise<void> {
    const waiters = this.#waiters;
    this.#waiters = [];
    const observedAt = this.#outside.clock.now();
    const started = this.#now();
    this.#observing = true;
    try {
      const observation = await within(this.#outside.clock, this.#options.observeTimeoutMs, [signal], (call) => this.#driver.observe(call));
      this.#sink.observed(observation, { observedAt, seenAt: started }, started - this.#observedAt);
    } catch (error) {
      for (const { reject } of waiters) reject(error);
      throw error;
    } finally {
      this.#observing = false;
    }
    this.#observedAt = started;
    this.#costMs = this.#now() - started;
    for (const { resolve } of waiters) resolve();
  }

  #hear(event: HostEvent): void {
    switch (event.kind) {
      case 'Disconnected':
        this.#lost = event.error;
        if (this.#state === 'Watching') this.#alarm.at(this.#now());
        break;
      case 'Facts':
        this.#factsDueAt = 0;
        this.hasten();
        break;
      case 'Machine':
        this.hasten();
        break;
    }
    this.#sink.heard(event);
  }

  #giveUp(error: unknown): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const { reject } of waiters) reject(error);
  }

  /** A driver that cannot close is left behind: the next connect is another connection. */
  async #closeDriver(): Promise<void> {
    try {
      await within(this.#outside.clock, CLOSE_TIMEOUT_MS, [], () => this.#driver.close());
    } catch {
      // Nothing more can be done for it.
    }
  }

  #enter(state: ConnectionState): void {
    this.#state = follow(this.#state, state);
  }

  #now(): number {
    return this.#outside.clock.monotonic();
  }
}
