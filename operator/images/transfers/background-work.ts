/**
 * What takes a host long, in the background: one for each key, however often it is asked for.
 *
 * It runs outside the workers and ends with the lease, and when nobody asks for it any more. Nothing is kept of one that is
 * killed: whoever holds the lease next asks for it again, and the driver ends, or goes on with, what the host still does.
 */
import type { Call, Driver } from '../../../drivers/contract.ts';
import { DriverError } from '../../../drivers/labels.ts';
import type { Host } from '../../hypervisors/host.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { LogFields, Logger } from '../../kernel/log/logger.ts';
import { linkSignals, sleep } from '../../kernel/timers.ts';
import { Interest } from './interest.ts';

export interface WorkRequest<Result> {
  readonly key: string;
  readonly host: Host;
  /** For the log: what it is about, beside host and key. */
  readonly about: LogFields;
  readonly work: (driver: Driver, call: Call, onProgress: (percent: number) => void) => Promise<Result>;
  /** Something came of it. */
  readonly tell: () => void;
  /** Takes what came of it, which is then kept nowhere else. Called before `tell`. */
  readonly take?: (outcome: Outcome<Result>) => void;
}

export type WorkState<Result> =
  | { readonly kind: 'Done'; readonly result: Result }
  | { readonly kind: 'InProgress'; readonly percent: number | undefined }
  /** Told once: asked again it is begun again. */
  | { readonly kind: 'Failed'; readonly error: DriverError };

export type Outcome<Result> = Exclude<WorkState<Result>, { kind: 'InProgress' }>;

interface Running<Result> {
  readonly request: WorkRequest<Result>;
  readonly cancelled: AbortController;
  readonly interest: Interest;
  readonly ended: Promise<void>;
  percent: number | undefined;
}

/** All of it, however well it goes. */
const TIMEOUT_MS = 6 * 3_600_000;
/** For how long it goes on when nobody asks for it, and what came of it is kept. */
const UNASKED_MS = 120_000;
const SLOT_PAUSE_MS = 1_000;
/** Steps in which progress is told. */
const PROGRESS_PERCENT = 10;

export class BackgroundWork<Result> {
  readonly #name: string;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #running = new Map<string, Running<Result>>();
  readonly #outcomes = new Map<string, { readonly outcome: Outcome<Result>; readonly until: number }>();
  readonly #stopping = new AbortController();

  /** `name`: of one of them, for people. */
  constructor(name: string, clock: Clock, log: Logger) {
    this.#name = name;
    this.#clock = clock;
    this.#log = log;
  }

  /** What came of it, where nobody takes that; else it goes on, or begins. */
  ensure(request: WorkRequest<Result>): WorkState<Result> {
    this.#stopping.signal.throwIfAborted();
    const { key } = request;
    const came = this.#outcomes.get(key);
    this.#outcomes.delete(key);
    if (!this.#running.has(key) && came !== undefined) return came.outcome;
    return { kind: 'InProgress', percent: this.goOn(request) };
  }

  /** Goes on with it, or begins it; how far it has come. */
  goOn(request: WorkRequest<Result>): number | undefined {
    this.#stopping.signal.throwIfAborted();
    const running = this.#running.get(request.key);
    running?.interest.shown();
    return (running ?? this.#begin(request)).percent;
  }

  async cancel(key: string): Promise<void> {
    const running = this.#running.get(key);
    running?.cancelled.abort(new DriverError('Unknown', `The ${this.#name} is not wanted any more`, { reason: 'Aborted' }));
    await running?.ended;
    this.#outcomes.delete(key);
  }

  /** Ends all of them, and resolves when none runs any more. From now on none begins. */
  async stop(): Promise<void> {
    this.#stopping.abort(new DriverError('Unknown', 'The operator stops', { reason: 'Aborted' }));
    await Promise.all([...this.#running.values()].map(({ ended }) => ended));
  }

  /** For the debug dump. */
  running(): readonly { readonly key: string; readonly hypervisor: string; readonly percent: number | undefined }[] {
    return [...this.#running].map(([key, { request, percent }]) => ({ key, hypervisor: request.host.name, percent }));
  }

  #begin(request: WorkRequest<Result>): Running<Result> {
    const { key, tell, take = (outcome) => this.#keep(key, outcome) } = request;
    const cancelled = new AbortController();
    const interest = new Interest(this.#clock, UNASKED_MS, tell, () => void this.cancel(key));
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const running: Running<Result> = { request, cancelled, interest, ended, percent: undefined };
    this.#running.set(key, running);
    void this.#run(running).then((outcome) => {
      interest[Symbol.dispose]();
      this.#running.delete(key);
      take(outcome);
      resolve();
      tell();
    });
    return running;
  }

  async #run(running: Running<Result>): Promise<Outcome<Result>> {
    const { request, cancelled } = running;
    const fields = { hypervisor: request.host.name, key: request.key, ...request.about };
    using link = linkSignals(this.#stopping.signal, cancelled.signal);
    this.#log.info(`${this.#name} begins`, fields);
    try {
      const result = await this.#inTurn(running, link.signal);
      this.#log.info(`${this.#name} done`, fields);
      return { kind: 'Done', result };
    } catch (thrown) {
      const error = thrown instanceof DriverError ? thrown : new DriverError('Transient', String(thrown), { cause: thrown });
      if (wasEnded(error)) this.#log.info(`${this.#name} ended early`, { ...fields, error });
      else this.#log.warn(`${this.#name} failed`, { ...fields, error });
      return { kind: 'Failed', error };
    }
  }

  /** The host's slots may be taken by transfers for a while. */
  async #inTurn({ request, ...running }: Running<Result>, signal: AbortSignal): Promise<Result> {
    const { host, work } = request;
    const onProgress = (percent: number): void => this.#progress(request, percent);
    for (;;) {
      try {
        return await host.act('Transfer', TIMEOUT_MS, signal, (driver, call) => work(driver, call, onProgress));
      } catch (error) {
        if (running.cancelled.signal.aborted || !(error instanceof DriverError) || error.reason !== 'SlotsBusy') throw error;
        await sleep(this.#clock, SLOT_PAUSE_MS, signal);
      }
    }
  }

  #progress({ key, tell }: WorkRequest<Result>, percent: number): void {
    const running = this.#running.get(key);
    if (running === undefined) return;
    const told = running.percent ?? 0;
    if (percent < told + PROGRESS_PERCENT) return;
    running.percent = percent;
    tell();
  }

  #keep(key: string, outcome: Outcome<Result>): void {
    const now = this.#clock.monotonic();
    for (const [each, { until }] of this.#outcomes) if (until <= now) this.#outcomes.delete(each);
    this.#outcomes.set(key, { outcome, until: now + UNASKED_MS });
  }
}

/** Ended by us (lease lost, shutting down, not wanted any more): nothing is wrong with it. */
export const wasEnded = ({ reason }: DriverError): boolean => reason === 'Aborted' || reason === 'NotHolder';
