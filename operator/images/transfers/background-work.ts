/**
 * What takes a host long, in the background: one for each key, however often it is asked for.
 *
 * It runs outside the workers, when its turn has come on its host, and ends with the lease, and when nobody asks for it any
 * more. Nothing is kept of one that is killed: whoever holds the lease next asks for it again, and the driver ends, or goes on
 * with, what the host still does.
 *
 * Who wants a turn for it, and only then to begin, queues first: what is to be copied may change while it waits.
 */
import type { Call, Driver } from '../../../drivers/contract.ts';
import { DriverError } from '../../../drivers/labels.ts';
import type { Host } from '../../hypervisors/host.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { LogFields, Logger } from '../../kernel/log/logger.ts';
import { linkSignals, sleep } from '../../kernel/timers.ts';
import type { FairSlots } from './fair-slots.ts';
import type { Work } from './fairness.ts';
import { Interest } from './interest.ts';

export interface QueueRequest {
  readonly key: string;
  readonly host: Host;
  /** Whose it is, among those who wait for the host. */
  readonly namespace: string;
  /** Something came of it, or its turn has come. */
  readonly tell: () => void;
}

export interface WorkRequest<Result> extends QueueRequest {
  /** For the log: what it is about, beside host and key. */
  readonly about: LogFields;
  readonly work: (driver: Driver, call: Call, onProgress: (percent: number) => void) => Promise<Result>;
  /** Takes what came of it, which is then kept nowhere else. Called before `tell`. */
  readonly take?: (outcome: Outcome<Result>) => void;
}

export type WorkState<Result> =
  | { readonly kind: 'Done'; readonly result: Result }
  | ({ readonly kind: 'InProgress' } & Progress)
  /** Told once: asked again it is begun again. */
  | { readonly kind: 'Failed'; readonly error: DriverError };

export interface Progress {
  readonly percent: number | undefined;
  /** Its turn has not come: nothing is done yet. */
  readonly waits: boolean;
}

export type Outcome<Result> = Exclude<WorkState<Result>, { kind: 'InProgress' }>;

interface Running<Result> {
  readonly queued: QueueRequest;
  /** What is to be done when its turn comes; undefined: only the turn is wanted yet. */
  request: WorkRequest<Result> | undefined;
  readonly cancelled: AbortController;
  readonly interest: Interest;
  readonly ended: Promise<void>;
  /** `Called`: it has its turn, which goes to the next where nobody begins. */
  phase: 'Waiting' | 'Called' | 'Running';
  /** Called when it is asked for with its turn. */
  begin: (request: WorkRequest<Result>) => void;
  percent: number | undefined;
}

/** All of it, however well it goes. */
const TIMEOUT_MS = 6 * 3_600_000;
/** For how long it goes on when nobody asks for it, and what came of it is kept. */
const UNASKED_MS = 120_000;
/** For how long a turn waits for whoever queued for it. */
const CALLED_MS = 15_000;
const SLOT_PAUSE_MS = 1_000;
/** Steps in which progress is told. */
const PROGRESS_PERCENT = 10;

export class BackgroundWork<Result> {
  readonly #name: string;
  readonly #kind: Work;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #turns: FairSlots;
  readonly #running = new Map<string, Running<Result>>();
  readonly #outcomes = new Map<string, { readonly outcome: Outcome<Result>; readonly until: number }>();
  readonly #stopping = new AbortController();

  /** `name`: of one of them, for people. `turns`: shared by all that keep hosts busy for long. */
  constructor(name: string, kind: Work, { clock, log, turns }: { readonly clock: Clock; readonly log: Logger; readonly turns: FairSlots }) {
    this.#name = name;
    this.#kind = kind;
    this.#clock = clock;
    this.#log = log;
    this.#turns = turns;
  }

  /** What came of it, where nobody takes that; else it goes on, or begins when its turn comes. */
  ensure(request: WorkRequest<Result>): WorkState<Result> {
    this.#stopping.signal.throwIfAborted();
    const { key } = request;
    const came = this.#outcomes.get(key);
    this.#outcomes.delete(key);
    if (!this.#running.has(key) && came !== undefined) return came.outcome;
    return { kind: 'InProgress', ...this.goOn(request) };
  }

  /** Goes on with it, or begins it when its turn comes; how far it has come. */
  goOn(request: WorkRequest<Result>): Progress {
    const running = this.#asked(request);
    if (running.phase !== 'Running') {
      running.request = request;
      running.begin(request);
    }
    return { percent: running.percent, waits: running.phase === 'Waiting' };
  }

  /** Waits for a turn, at which `tell` is called: whoever asks for the work soon after that has it done, or the turn goes to the next. */
  queue(request: QueueRequest): void {
    this.#asked(request);
  }

  /** Whether it can begin, has begun, or something came of it. */
  hasTurn(key: string): boolean {
    return this.#outcomes.has(key) || (this.#running.get(key)?.phase ?? 'Waiting') !== 'Waiting';
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
  running(): readonly {
    readonly key: string;
    readonly hypervisor: string;
    readonly phase: string;
    readonly percent: number | undefined;
  }[] {
    return [...this.#running].map(([key, { queued, phase, percent }]) => ({ key, hypervisor: queued.host.name, phase, percent }));
  }

  #asked(request: QueueRequest): Running<Result> {
    this.#stopping.signal.throwIfAborted();
    const running = this.#running.get(request.key);
    running?.interest.shown();
    return running ?? this.#join(request);
  }

  #join(queued: QueueRequest): Running<Result> {
    const { key, tell } = queued;
    const cancelled = new AbortController();
    const interest = new Interest(this.#clock, UNASKED_MS, tell, () => void this.cancel(key));
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const running: Running<Result> = {
      queued,
      request: undefined,
      cancelled,
      interest,
      ended,
      phase: 'Waiting',
      begin: nobody,
      percent: undefined,
    };
    this.#running.set(key, running);
    void this.#run(running).then((outcome) => {
      const { take = (came: Outcome<Result>): void => this.#keep(key, came) } = running.request ?? {};
      interest[Symbol.dispose]();
      this.#running.delete(key);
      if (outcome !== undefined) take(outcome);
      resolve();
      if (outcome !== undefined) tell();
    });
    return running;
  }

  /** Undefined: it was not begun. */
  async #run(running: Running<Result>): Promise<Outcome<Result> | undefined> {
    using link = linkSignals(this.#stopping.signal, running.cancelled.signal);
    try {
      const result = await this.#inTurn(running, link.signal);
      if (result !== undefined) this.#log.info(`${this.#name} done`, fieldsOf(running));
      return result && { kind: 'Done', result: result.value };
    } catch (thrown) {
      const error = thrown instanceof DriverError ? thrown : new DriverError('Transient', String(thrown), { cause: thrown });
      if (wasEnded(error)) this.#log.info(`${this.#name} ended early`, { ...fieldsOf(running), error });
      else this.#log.warn(`${this.#name} failed`, { ...fieldsOf(running), error });
      return running.request && { kind: 'Failed', error };
    }
  }

  /** Where it has to give way to others it begins anew, with the place that it had. */
  async #inTurn(running: Running<Result>, signal: AbortSignal): Promise<{ readonly value: Result } | undefined> {
    const { host, namespace } = running.queued;
    const place = this.#turns.join(host.name, namespace, this.#kind);
    for (;;) {
      const turn = await place.turn(signal);
      try {
        const request = await this.#called(running, signal);
        if (request === undefined) return undefined;
        running.phase = 'Running';
        this.#log.info(`${this.#name} begins`, fieldsOf(running));
        using link = linkSignals(signal, turn.signal);
        return { value: await this.#act(running, request, link.signal) };
      } catch (error) {
        const gaveWay = turn.signal.aborted && !signal.aborted;
        if (!gaveWay) throw error;
        running.phase = 'Waiting';
      } finally {
        turn.end();
      }
    }
  }

  /** What is to be done, as it was asked for last; undefined: nobody came for the turn in time. */
  async #called(running: Running<Result>, signal: AbortSignal): Promise<WorkRequest<Result> | undefined> {
    signal.throwIfAborted();
    running.phase = 'Called';
    if (running.request !== undefined) return running.request;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const onAbort = (): void => reject(signal.reason as Error);
    const timer = this.#clock.after(CALLED_MS, () => resolve(undefined));
    signal.addEventListener('abort', onAbort, { once: true });
    running.begin = resolve;
    running.queued.tell();
    try {
      await promise;
      return running.request;
    } finally {
      timer.cancel();
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** The host's own slots may be taken for a while by a call that was given up and has not ended. */
  async #act(running: Running<Result>, { host, work }: WorkRequest<Result>, signal: AbortSignal): Promise<Result> {
    const onProgress = (percent: number): void => progress(running, percent);
    for (;;) {
      signal.throwIfAborted();
      try {
        return await host.act('Transfer', TIMEOUT_MS, signal, (driver, call) => work(driver, call, onProgress));
      } catch (error) {
        if (!(error instanceof DriverError) || error.reason !== 'SlotsBusy') throw error;
        await sleep(this.#clock, SLOT_PAUSE_MS, signal);
      }
    }
  }

  #keep(key: string, outcome: Outcome<Result>): void {
    const now = this.#clock.monotonic();
    for (const [each, { until }] of this.#outcomes) if (until <= now) this.#outcomes.delete(each);
    this.#outcomes.set(key, { outcome, until: now + UNASKED_MS });
  }
}

const nobody = (): void => undefined;

interface Told {
  readonly queued: QueueRequest;
  readonly request: { readonly about: LogFields } | undefined;
}

const fieldsOf = ({ queued, request }: Told): LogFields => ({ hypervisor: queued.host.name, key: queued.key, ...request?.about });

function progress(running: Pick<Running<never>, 'queued' | 'percent'>, percent: number): void {
  const told = running.percent ?? 0;
  // It may have begun anew.
  if (percent >= told && percent < told + PROGRESS_PERCENT) return;
  running.percent = percent;
  running.queued.tell();
}

/** Ended by us (lease lost, shutting down, not wanted any more): nothing is wrong with it. */
export const wasEnded = ({ reason }: DriverError): boolean => reason === 'Aborted' || reason === 'NotHolder';
