/**
 * Gets a Lease, keeps it, gives it back.
 *
 * Every write carries the resourceVersion it was decided on, so two processes cannot both succeed, and a write that
 * reaches the server late overwrites nothing. Failed renewals are tried again until the lease is surely lost; an API
 * server that is away for less than the renew deadline is not noticed by anybody.
 */
import type { ApiCall, ApiClient } from '../api/client.ts';
import { isAlreadyExists, isConflict, isNotFound } from '../api/errors.ts';
import type { Clock, Timer } from '../clock.ts';
import type { Logger } from '../log/logger.ts';
import { sleep } from '../timers.ts';
import { type Lease, type LeaseTimes, TAKEOVER_GRACE_MS } from './lease.ts';
import { claimSpec, type LeaseObject, LEASES, microTime, type Observation, observationOf } from './record.ts';
import { longestSince, type Moment, momentOf } from './stopwatch.ts';

export interface ElectorOptions {
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly log: Logger;
  readonly random: () => number;
  readonly namespace: string;
  readonly name: string;
  /** Unique to this process: a restarted one must not take itself for its predecessor. */
  readonly identity: string;
  readonly times: LeaseTimes;
  /** Told at every change of `open`. */
  readonly onLeading?: (leading: boolean) => void;
}

export class LeaseElector implements Lease {
  readonly name: string;
  readonly identity: string;
  private readonly options: ElectorOptions;
  private readonly clock: Clock;
  private readonly listeners = new Set<(open: boolean) => void>();
  private observed: Observation | undefined;
  /** When the last renewal that succeeded was asked for; undefined while the lease is another's or nobody's. */
  private renewedAt: Moment | undefined;
  /** Monotonic; until then the last foreign holder seen may still be acting. */
  private foreignUntil = Number.NEGATIVE_INFINITY;
  /** A renewal was refused, and the lease has not been read since. */
  private inDoubt = false;
  private releasing = false;
  private told = false;
  private timer: Timer | undefined;
  private termController = abortedController();
  private readonly stop = new AbortController();
  private loop: Promise<void> | undefined;

  constructor(options: ElectorOptions) {
    this.options = options;
    this.clock = options.clock;
    this.name = options.name;
    this.identity = options.identity;
  }

  get holder(): string | undefined {
    return this.observed?.holder;
  }

  get open(): boolean {
    return this.left(this.options.times.renewDeadlineMs) > 0;
  }

  get term(): AbortSignal {
    return this.termController.signal;
  }

  remaining(): number {
    return this.open ? this.left(this.options.times.durationMs) : 0;
  }

  mayAct(deadlineMs: number): boolean {
    return this.remaining() > deadlineMs;
  }

  onChange(listener: (open: boolean) => void): () => void {
    const entry = (open: boolean): void => listener(open);
    this.listeners.add(entry);
    return () => void this.listeners.delete(entry);
  }

  start(): void {
    this.loop ??= this.run();
  }

  /** Stops acting at once, then gives the lease back. Only after the last mutating call has ended. Never rejects. */
  async release(): Promise<void> {
    this.releasing = true;
    this.tell();
    this.stop.abort(new Error('released'));
    await this.loop;
    try {
      if (await this.giveBack()) this.options.log.info('Lease released', { lease: this.name });
    } catch (error) {
      this.options.log.warn('Lease could not be released: the next holder waits until it is over', { lease: this.name, error });
    }
    this.renewedAt = undefined;
  }

  /** False when it is not ours to give. The first try fails when the outcome of the last renewal is not known. */
  private async giveBack(): Promise<boolean> {
    const now = microTime(this.clock.now());
    const spec = { holderIdentity: null, leaseDurationSeconds: 1, renewTime: now, acquireTime: now };
    for (const isLast of [false, true]) {
      if (this.observed?.holder !== this.identity) return false;
      try {
        await this.patch(spec, this.observed);
        return true;
      } catch (error) {
        if (isLast || !isConflict(error)) throw error;
        this.observe(await this.read());
      }
    }
    return false;
  }

  private async run(): Promise<void> {
    const { signal } = this.stop;
    while (!signal.aborted) {
      const startedAt = this.clock.monotonic();
      try {
        await this.step();
      } catch (error) {
        this.options.log.warn('Lease could not be read or written, trying again', { lease: this.name, error });
      }
      this.tell();
      const pause = startedAt + this.options.times.retryMs * (1 + this.options.random() / 5) - this.clock.monotonic();
      await sleep(this.clock, pause, signal).catch(() => undefined);
    }
  }

  private async step(): Promise<void> {
    if (this.observed?.holder === this.identity) {
      if (await this.claim(this.observed)) return;
      this.inDoubt = true; // It has changed since: by a renewal of ours whose answer was lost, or by somebody else.
    }
    this.observe(await this.read());
    if (this.isFree()) await this.claim(this.observed);
  }

  /** True when the lease is ours now; false when it has changed since it was observed. */
  private async claim(last: Observation | undefined): Promise<boolean> {
    const asked = momentOf(this.clock);
    const spec = claimSpec(this.identity, this.options.times.durationMs, this.clock.now(), last);
    try {
      this.observe(last === undefined ? await this.create(spec) : await this.patch(spec, last));
    } catch (error) {
      if (isConflict(error) || isNotFound(error) || isAlreadyExists(error)) return false;
      throw error;
    }
    this.renewedAt = asked;
    return true;
  }

  private read(): Promise<LeaseObject | undefined> {
    return this.options.client.find(LEASES, this.ref(), this.call());
  }

  private create(spec: NonNullable<LeaseObject['spec']>): Promise<LeaseObject> {
    return this.options.client.create(LEASES, { metadata: this.ref(), spec }, this.call());
  }

  private patch(spec: object, { resourceVersion }: Observation): Promise<LeaseObject> {
    return this.options.client.mergePatch(LEASES, this.ref(), { metadata: { resourceVersion }, spec }, this.call());
  }

  /** Never aborted: what became of a renewal must be known before the lease is given back. Two tries fit into the renew deadline. */
  private call(): ApiCall {
    return { signal: NEVER, timeoutMs: this.options.times.renewDeadlineMs / 2 };
  }

  private observe(lease: LeaseObject | undefined): void {
    this.inDoubt = false;
    if (lease === undefined) {
      this.observed = undefined;
      this.renewedAt = undefined;
      return;
    }
    if (lease.metadata.resourceVersion === this.observed?.resourceVersion) return;
    const observed = observationOf(lease, this.clock.monotonic(), this.options.times.durationMs);
    this.observed = observed;
    // Ours still: only our own writes say so, and none of them follows another holder's unseen.
    if (observed.holder !== this.identity) this.renewedAt = undefined;
    if (observed.holder === undefined) this.foreignUntil = Number.NEGATIVE_INFINITY;
    else if (observed.holder !== this.identity) this.foreignUntil = observed.seenAt + observed.durationMs + TAKEOVER_GRACE_MS;
  }

  private isFree(): boolean {
    const { observed } = this;
    if (observed === undefined || observed.holder === undefined || observed.holder === this.identity) return true;
    return this.clock.monotonic() - observed.seenAt >= observed.durationMs;
  }

  /** Milliseconds until `limitMs` after the last renewal; 0 when this process may not act. */
  private left(limitMs: number): number {
    if (this.releasing || this.inDoubt || this.renewedAt === undefined || this.clock.monotonic() < this.foreignUntil) return 0;
    return Math.max(0, limitMs - longestSince(this.renewedAt, this.clock));
  }

  /** Tells when `open` has changed, and sets the timer for the next moment at which it may. */
  private tell(): void {
    const { open } = this;
    this.timer?.cancel();
    const openUntil = this.left(this.options.times.renewDeadlineMs);
    const opensIn = this.foreignUntil - this.clock.monotonic();
    if (open) this.timer = this.clock.after(Math.ceil(openUntil), () => this.tell());
    else if (this.renewedAt !== undefined && opensIn > 0) this.timer = this.clock.after(Math.ceil(opensIn), () => this.tell());
    if (open === this.told) return;
    this.told = open;
    this.options.log.info(open ? 'Leads' : 'Leads no longer', { lease: this.name, identity: this.identity });
    if (open) this.termController = new AbortController();
    else this.termController.abort(new Error(`lease ${this.name} is not ours any more`));
    this.options.onLeading?.(open);
    for (const listener of this.listeners) listener(open);
  }

  private ref(): { readonly namespace: string; readonly name: string } {
    return { namespace: this.options.namespace, name: this.name };
  }
}

const NEVER = new AbortController().signal;

function abortedController(): AbortController {
  const controller = new AbortController();
  controller.abort(new Error('the lease is not ours yet'));
  return controller;
}
