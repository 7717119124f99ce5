/**
 * Copies of disks that hosts make for snapshots, and for Volumes that begin as copies, in the background: one for each base, however often it is asked for.
 *
 * A copy runs outside the workers and ends with the lease, and when nobody asks for it any more. Nothing is kept of one that
 * is killed: whoever holds the lease next asks for it again, and the driver ends what the host still does for the old one.
 */
import type { CapturedBase } from '../../drivers/contract.ts';
import { DriverError } from '../../drivers/labels.ts';
import { Interest } from '../images/transfers/interest.ts';
import type { CaptureRequest, Captures, CaptureState } from '../instances/ports.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/log/logger.ts';
import { linkSignals, sleep } from '../kernel/timers.ts';

type Listener = Parameters<Captures['onChange']>[0];
type Outcome = Exclude<CaptureState, { kind: 'InProgress' }>;

interface Running {
  readonly request: CaptureRequest;
  readonly cancelled: AbortController;
  readonly interest: Interest;
  readonly ended: Promise<void>;
  percent: number | undefined;
}

/** All of a copy, however well it goes. */
const TIMEOUT_MS = 6 * 3_600_000;
/** For how long it goes on when nobody asks for it, and what came of it is kept. */
const UNASKED_MS = 120_000;
const SLOT_PAUSE_MS = 1_000;
/** Steps in which progress is told. */
const PROGRESS_PERCENT = 10;

export class BackgroundCaptures implements Captures {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #running = new Map<string, Running>();
  readonly #outcomes = new Map<string, { readonly outcome: Outcome; readonly until: number }>();
  readonly #listeners = new Set<Listener>();
  readonly #stopping = new AbortController();

  constructor(clock: Clock, log: Logger) {
    this.#clock = clock;
    this.#log = log;
  }

  ensure(request: CaptureRequest): CaptureState {
    this.#stopping.signal.throwIfAborted();
    const { key } = request.capture;
    const running = this.#running.get(key);
    running?.interest.shown();
    const came = this.#outcomes.get(key);
    this.#outcomes.delete(key);
    if (running === undefined && came !== undefined) return came.outcome;
    const { percent } = running ?? this.#begin(request);
    return { kind: 'InProgress', percent, message: `the disk is being copied on Hypervisor ${request.host.name}` };
  }

  async cancel(key: string): Promise<void> {
    const running = this.#running.get(key);
    running?.cancelled.abort(new DriverError('Unknown', 'The snapshot is not wanted any more', { reason: 'Aborted' }));
    await running?.ended;
    this.#outcomes.delete(key);
  }

  onChange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
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

  #begin(request: CaptureRequest): Running {
    const { key } = request.capture;
    const cancelled = new AbortController();
    const tell = (): void => this.#tell(request);
    const interest = new Interest(this.#clock, UNASKED_MS, tell, () => void this.cancel(key));
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const running: Running = { request, cancelled, interest, ended, percent: undefined };
    this.#running.set(key, running);
    void this.#run(running).then((outcome) => {
      interest[Symbol.dispose]();
      this.#running.delete(key);
      this.#keep(key, outcome);
      resolve();
      tell();
    });
    return running;
  }

  async #run(running: Running): Promise<Outcome> {
    const { request, cancelled } = running;
    const fields = { hypervisor: request.host.name, base: request.capture.key, machine: request.target?.machineId };
    using link = linkSignals(this.#stopping.signal, cancelled.signal);
    this.#log.info('capture begins', fields);
    try {
      const base = await this.#inTurn(running, link.signal);
      this.#log.info('capture done', { ...fields, sizeBytes: base.sizeBytes });
      return { kind: 'Done', base };
    } catch (thrown) {
      const error = thrown instanceof DriverError ? thrown : new DriverError('Transient', String(thrown), { cause: thrown });
      this.#log.warn('capture failed', { ...fields, error });
      return { kind: 'Failed', error };
    }
  }

  /** The host's slots may be taken by transfers for a while. */
  async #inTurn({ request, ...running }: Running, signal: AbortSignal): Promise<CapturedBase> {
    const { host, target, capture } = request;
    const onProgress = (percent: number): void => this.#progress(request, percent);
    for (;;) {
      try {
        return await host.act('Transfer', TIMEOUT_MS, signal, (driver, call) =>
          target === undefined ? driver.copyToBase(capture, call) : driver.captureBase(target, { ...capture, onProgress }, call),
        );
      } catch (error) {
        if (running.cancelled.signal.aborted || !(error instanceof DriverError) || error.reason !== 'SlotsBusy') throw error;
        await sleep(this.#clock, SLOT_PAUSE_MS, signal);
      }
    }
  }

  #progress(request: CaptureRequest, percent: number): void {
    const running = this.#running.get(request.capture.key);
    if (running === undefined) return;
    const told = running.percent ?? 0;
    if (percent < told + PROGRESS_PERCENT) return;
    running.percent = percent;
    this.#tell(request);
  }

  #keep(key: string, outcome: Outcome): void {
    const now = this.#clock.monotonic();
    for (const [each, { until }] of this.#outcomes) if (until <= now) this.#outcomes.delete(each);
    this.#outcomes.set(key, { outcome, until: now + UNASKED_MS });
  }

  #tell({ subject }: CaptureRequest): void {
    for (const listener of this.#listeners) listener(subject);
  }
}
