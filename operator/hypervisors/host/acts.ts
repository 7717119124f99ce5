/**
 * Acting on one host within bounds: slots, circuit breakers, deadlines, and the lease.
 *
 * This is the one gate through which every mutating call goes: it is made only while the lease outlasts its deadline.
 */
import type { Call, Driver } from '../../../drivers/contract.ts';
import { DriverError } from '../../../drivers/labels.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Lease } from '../../kernel/lease/lease.ts';
import { linkSignals } from '../../kernel/timers.ts';
import type { Slot } from '../host.ts';
import { type BreakerOptions, CircuitBreaker } from './breaker.ts';
import { within } from './deadline.ts';
import { type QueueLimits, type Release, type SlotLimits, Slots } from './slots.ts';

/** What a mutating call needs of the lease. */
export type ActingLease = Pick<Lease, 'mayAct' | 'term'>;

export type Work<T> = (driver: Driver, call: Call) => Promise<T>;

/** Our own transfers outlast any lease term: they may begin while it is held, and stop when it is lost. */
const TRANSFER_LEASE_MS = 3_000;

export interface ActLimits {
  readonly slots: SlotLimits;
  readonly queue: QueueLimits;
  readonly breaker: BreakerOptions;
}

export class BoundedActs {
  readonly #hostName: string;
  readonly #driver: Driver;
  readonly #clock: Clock;
  readonly #lease: ActingLease;
  readonly #slots: Slots;
  readonly #breakers: Readonly<Record<Slot, CircuitBreaker>>;

  constructor(hostName: string, driver: Driver, { slots, queue, breaker }: ActLimits, clock: Clock, lease: ActingLease) {
    this.#hostName = hostName;
    this.#driver = driver;
    this.#clock = clock;
    this.#lease = lease;
    this.#slots = new Slots(slots, queue, clock);
    const make = (): CircuitBreaker => new CircuitBreaker(breaker);
    this.#breakers = { Build: make(), Power: make(), Transfer: make(), Read: make(), Guest: make() };
  }

  /** As `Host.act` says, aborted by any of the signals; whether the host is connected is the caller's to know. */
  async run<T>(slot: Slot, timeoutMs: number, signals: readonly AbortSignal[], work: Work<T>): Promise<T> {
    this.#checkLease(slot, timeoutMs);
    const release = this.#slots.take(slot) ?? (await this.#wait(slot, signals));
    try {
      // It may have taken a while.
      this.#checkLease(slot, timeoutMs);
      return await this.#tried(slot, timeoutMs, slot === 'Transfer' ? [...signals, this.#lease.term] : signals, work);
    } finally {
      release();
    }
  }

  /** For metrics and the debug dump: calls under way, those that wait for a slot, and circuits that are not closed. */
  state(): { readonly calls: Readonly<Record<Slot, number>>; readonly waiting: number; readonly open: readonly Slot[] } {
    const open = (['Build', 'Power', 'Transfer', 'Read', 'Guest'] as const).filter((slot) => this.#breakers[slot].state !== 'Closed');
    return { calls: this.#slots.taken(), waiting: this.#slots.waiting, open };
  }

  #checkLease(slot: Slot, timeoutMs: number): void {
    if (slot === 'Read' || this.#lease.mayAct(slot === 'Transfer' ? TRANSFER_LEASE_MS : timeoutMs)) return;
    throw new DriverError('Conflict', `This process may not act on host ${this.#hostName} for another ${timeoutMs} ms`, {
      reason: 'NotHolder',
    });
  }

  async #wait(slot: Slot, signals: readonly AbortSignal[]): Promise<Release> {
    using link = linkSignals(...signals);
    const release = await this.#slots.wait(slot, link.signal);
    if (release !== undefined) return release;
    throw new DriverError('Conflict', `Host ${this.#hostName} has enough to do (${slot})`, { reason: 'SlotsBusy' });
  }

  async #tried<T>(slot: Slot, timeoutMs: number, signals: readonly AbortSignal[], work: Work<T>): Promise<T> {
    const breaker = this.#breakers[slot];
    if (!breaker.admits(this.#clock.monotonic())) {
      throw new DriverError(
        'HostUnreachable',
        `Calls to host ${this.#hostName} did not come back lately (${slot}); it is tried again shortly`,
        { reason: 'CircuitOpen' },
      );
    }
    try {
      const result = await within(this.#clock, timeoutMs, signals, (call) => work(this.#driver, call));
      breaker.answered();
      return result;
    } catch (error) {
      this.#judge(breaker, error);
      throw error;
    }
  }

  /** Did the host answer, whatever it said? */
  #judge(breaker: CircuitBreaker, error: unknown): void {
    const now = this.#clock.monotonic();
    if (!(error instanceof DriverError) || error.reason === 'Aborted') breaker.unanswered(now);
    else if (error.label === 'HostUnreachable' || error.label === 'Unknown') breaker.failed(now);
    else breaker.answered();
  }
}
