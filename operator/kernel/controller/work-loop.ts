/**
 * The controller's engine: takes keys from its queue and runs passes, as many at once as there are workers.
 *
 * A pass that takes long waits for somebody, a host that hangs for one: it goes on, and its worker takes another key. However
 * many hosts hang at once, what has to do with others is looked at.
 */
import { randomUUID } from 'node:crypto';
import type { KubeObject } from '../api/object.ts';
import { keyOf } from '../api/object.ts';
import type { Timer } from '../clock.ts';
import type { Gate } from '../lease/lease.ts';
import type { Logger } from '../log/logger.ts';
import { backoffMs, DEFAULT_BACKOFF } from '../queue/backoff.ts';
import { KeyQueue } from '../queue/key-queue.ts';
import type { AddOptions, QueueSnapshot, Taken } from '../queue/priority-queue.ts';
import { PRIORITY } from '../queue/priority.ts';
import type { Services } from '../services.ts';
import { linkSignals } from '../timers.ts';
import { type Cache, objectOf } from '../watch/cache.ts';
import type { Controller, ControllerOptions, WatchOptions } from './controller.ts';
import { ControllerMetrics, type PassResult } from './controller-metrics.ts';
import { type Result, TerminalError } from './result.ts';
import { WorkingPass } from './working-pass.ts';

const DEFAULT_WORKERS = 16;
/** Passes under way for each worker, most of which wait: a bound on memory. What waits on one host has its own (slots). */
const MOST_PER_WORKER = 16;

/** Why a pass's signal was aborted; what a reconcile throws after that is no failure of its own. */
export class PassEnded extends Error {
  override readonly name = 'PassEnded';
}

export class WorkLoop implements Controller {
  readonly name: string;
  private readonly options: ControllerOptions;
  private readonly services: Services;
  private readonly log: Logger;
  private readonly queue: KeyQueue;
  private readonly metrics: ControllerMetrics;
  private readonly gate: Gate | undefined;
  private readonly workers: number;
  private readonly failures = new Map<string, number>();
  private readonly own: Pick<Cache<KubeObject>, 'values'>[] = [];
  private readonly unsubscribe: (() => void)[] = [];
  private state: 'Created' | 'Running' | 'Stopping' = 'Created';
  /** All passes under way. */
  private active = 0;
  /** Those that have a worker, in the order in which they began. */
  private readonly working = new Set<WorkingPass>();
  /** Rings when the first of them takes long, where somebody waits for a worker. */
  private relief: { readonly at: number; readonly timer: Timer } | undefined;
  private pumpAsked = false;
  /** Whether the gate has said that it is open. It may be closed a moment before it says so, or open. */
  private leads = false;
  /** Aborted when the gate closes, and when the program stops; a new one when the gate opens. */
  private term = new AbortController();
  private onIdle: (() => void) | undefined;

  constructor(options: ControllerOptions, services: Services) {
    this.name = options.name;
    this.options = options;
    this.services = services;
    this.log = services.log.child({ controller: options.name });
    this.queue = new KeyQueue(services.clock);
    this.queue.onReady(() => this.askPump());
    this.workers = options.workers ?? DEFAULT_WORKERS;
    this.metrics = new ControllerMetrics(options.name, this.workers, () => this.queue.readySize, services.metrics);
    this.gate = options.gate;
  }

  watches<T extends KubeObject>(cache: Cache<T>, { toKeys, when, priorityOf }: WatchOptions<T> = {}): void {
    if (toKeys === undefined) this.own.push(cache);
    const stop = cache.onChange((change) => {
      if (when !== undefined && !when(change)) return;
      const initial = change.kind === 'Added' && change.initial;
      const priority = priorityOf?.(change) ?? (initial ? PRIORITY.resync : PRIORITY.fresh);
      const keys = toKeys === undefined ? [keyOf(objectOf(change))] : toKeys(change);
      for (const key of keys) this.enqueue(key, { priority });
    });
    this.unsubscribe.push(stop);
  }

  enqueue(key: string, options?: AddOptions): void {
    this.metrics.added();
    this.queue.add(key, options);
  }

  /** Begins to work. Caches must be synced. */
  start(): void {
    this.state = 'Running';
    this.leads = this.gate?.open ?? true;
    if (this.gate !== undefined) this.unsubscribe.push(this.gate.onChange((open) => this.onGate(open)));
    this.askPump();
  }

  /** Takes no more keys; resolves when the last pass has ended. Passes under way go on until `abort`. */
  async stop(): Promise<void> {
    this.state = 'Stopping';
    for (const stop of this.unsubscribe) stop();
    this.queue.close();
    this.relief?.timer.cancel();
    if (this.active > 0) await new Promise<void>((resolve) => (this.onIdle = resolve));
  }

  /** Aborts the passes under way. */
  abort(): void {
    this.term.abort(new PassEnded('the program stops'));
  }

  snapshot(): QueueSnapshot {
    return this.queue.snapshot();
  }

  /** What changed while another process led is in the queue; what it did on hosts is not: everything is looked at. */
  private onGate(open: boolean): void {
    if (open === this.leads) return;
    this.leads = open;
    if (!open) {
      this.term.abort(new PassEnded('the lease is lost'));
      return;
    }
    this.term = new AbortController();
    for (const cache of this.own) for (const object of cache.values()) this.enqueue(keyOf(object), { priority: PRIORITY.resync });
    this.askPump();
  }

  /**
   * In the next turn of the event loop: a burst of changes is then sorted before the first is worked on, and a key that
   * comes back at once, again and again, leaves timers and the network their turn.
   */
  private askPump(): void {
    if (this.pumpAsked || !this.mayWork) return;
    this.pumpAsked = true;
    setImmediate(() => {
      this.pumpAsked = false;
      this.pump();
    });
  }

  private get mayWork(): boolean {
    return this.state === 'Running' && this.leads && this.gate?.open !== false;
  }

  private pump(): void {
    while (this.mayWork && this.queue.readySize > 0 && this.hasWorker()) {
      const taken = this.queue.take();
      if (taken === undefined) return;
      void this.pass(taken);
    }
  }

  /** Where all have a pass, that of one that takes long is free again. */
  private hasWorker(): boolean {
    if (this.working.size < this.workers) return true;
    if (this.active >= this.workers * MOST_PER_WORKER) return false;
    const now = this.services.clock.monotonic();
    let nextAt = Number.POSITIVE_INFINITY;
    for (const pass of this.working) {
      const { longAt } = pass;
      if (longAt <= now) return this.working.delete(pass);
      nextAt = Math.min(nextAt, longAt);
    }
    this.relieveAt(nextAt, now);
    return false;
  }

  private relieveAt(at: number, now: number): void {
    if (this.relief !== undefined && this.relief.at <= at) return;
    this.relief?.timer.cancel();
    const timer = this.services.clock.after(at - now, () => {
      this.relief = undefined;
      this.askPump();
    });
    this.relief = { at, timer };
  }

  /** Never rejects. */
  private async pass(taken: Taken): Promise<void> {
    const { clock } = this.services;
    const startedAt = clock.monotonic();
    const working = new WorkingPass(
      () => clock.monotonic(),
      () => this.working.size >= this.workers && this.queue.readySize > 0 && this.askPump(),
    );
    this.working.add(working);
    this.active += 1;
    this.metrics.started(this.active, taken.waitedMs);
    const result = await this.reconcile(taken, working);
    this.active -= 1;
    this.working.delete(working);
    this.metrics.ended(this.active, result, clock.monotonic() - startedAt);
    this.queue.done(taken.key);
    if (this.active === 0) this.onIdle?.();
    this.askPump();
  }

  private async reconcile({ key, priority }: Taken, working: WorkingPass): Promise<PassResult> {
    const { timeoutMs } = this.options;
    const failures = this.failures.get(key) ?? 0;
    const reconcileId = randomUUID();
    const log = this.log.child({ object: key, reconcileId });
    using link = linkSignals(this.term.signal);
    working.knownBy(link.signal);
    const timer =
      timeoutMs === undefined
        ? undefined
        : this.services.clock.after(timeoutMs, () => link.abort(new Error(`the pass took longer than ${timeoutMs} ms`)));
    try {
      const result = await this.options.reconcile(key, { signal: link.signal, log, reconcileId, failures, priority });
      this.failures.delete(key);
      return this.comeBack(key, priority, result);
    } catch (error) {
      return this.failed(key, priority, failures + 1, error, link.signal, log);
    } finally {
      timer?.cancel();
    }
  }

  private comeBack(key: string, priority: number, { requeueAfterMs }: Result): PassResult {
    if (requeueAfterMs === undefined) return 'success';
    this.queue.add(key, { priority, afterMs: requeueAfterMs });
    return requeueAfterMs > 0 ? 'requeue_after' : 'requeue';
  }

  private failed(key: string, priority: number, failures: number, error: unknown, signal: AbortSignal, log: Logger): PassResult {
    if (signal.aborted && signal.reason instanceof PassEnded) {
      // No failure: when the gate opens again, this key is looked at with all the others.
      log.info('Pass ended early', { reason: signal.reason.message });
      this.queue.add(key, { priority });
      return 'requeue';
    }
    if (error instanceof TerminalError) {
      this.failures.delete(key);
      this.metrics.terminal();
      log.error('Reconcile failed, and trying again would not help', { error });
      return 'error';
    }
    this.failures.set(key, failures);
    const afterMs = backoffMs(this.options.backoff ?? DEFAULT_BACKOFF, failures, this.services.random);
    log.error('Reconcile failed', { error, failures, retryInMs: Math.round(afterMs) });
    this.metrics.retried();
    this.queue.add(key, { priority, afterMs });
    return 'error';
  }
}
