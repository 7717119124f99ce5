/**
 * Asks one pool what it has, whenever it hints at a change and now and then, and keeps the last answer. It writes nothing.
 *
 * A master that restarts is silent for some seconds: that is told once it has lasted. A refusal is told at once.
 */
import { DriverError } from '../../drivers/labels.ts';
import type { PoolDriver, PoolFacts } from '../../drivers/pool-contract.ts';
import { Alarm } from '../hypervisors/host/alarm.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/log/logger.ts';
import { backoffMs } from '../kernel/queue/backoff.ts';

export interface WatchOutside {
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
}

/** What is known of a pool. */
export interface PoolView {
  /** The last answer; it stays while the pool is silent. */
  readonly facts: PoolFacts | undefined;
  /** `Connecting`: nothing is known yet, or the silence is a short one. `Failing`: see `problem`. */
  readonly contact: 'Connecting' | 'Answering' | 'Failing';
  /** What the last contact failed of. */
  readonly problem: DriverError | undefined;
}

const DISCOVER_MS = 15_000;
/** Beside hints, which may be lost; the answer comes from what the session holds already. */
const AUDIT_MS = 60_000;
const HASTEN_MS = 200;
const SILENCE_MS = 15_000;
const AGAIN = { initialMs: 1_000, maxMs: 30_000 };

export class PoolWatch {
  readonly #name: string;
  readonly #driver: PoolDriver;
  readonly #changed: () => void;
  readonly #outside: WatchOutside;
  readonly #closing = new AbortController();
  #view: PoolView = { facts: undefined, contact: 'Connecting', problem: undefined };
  #told = '';
  /** Monotonic; undefined while it answers. */
  #silentSince: number | undefined;

  constructor(name: string, driver: PoolDriver, changed: () => void, outside: WatchOutside) {
    this.#name = name;
    this.#driver = driver;
    this.#changed = changed;
    this.#outside = outside;
  }

  get view(): PoolView {
    return this.#view;
  }

  /** Runs until `close`; never rejects. Call it once. */
  async run(): Promise<void> {
    const { clock, random } = this.#outside;
    const { signal } = this.#closing;
    const alarm = new Alarm(clock);
    const stop = this.#driver.onChange(() => alarm.at(clock.monotonic() + HASTEN_MS));
    let failures = 0;
    while (!signal.aborted) {
      try {
        this.#answered(await this.#driver.discover({ signal, timeoutMs: DISCOVER_MS }));
        failures = 0;
      } catch (error) {
        if (signal.aborted) break;
        failures += 1;
        this.#failed(error);
      }
      alarm.at(clock.monotonic() + (failures === 0 ? AUDIT_MS : backoffMs(AGAIN, failures, random)));
      await alarm.wait(signal);
    }
    stop();
    await this.#driver.close().catch((error: unknown) => this.#outside.log.debug('closing failed', { hypervisorPool: this.#name, error }));
  }

  close(): void {
    this.#closing.abort(new DriverError('HostUnreachable', `HypervisorPool ${this.#name} is not looked after any more`));
  }

  #answered(facts: PoolFacts): void {
    this.#silentSince = undefined;
    this.#become({ facts, contact: 'Answering', problem: undefined });
  }

  #failed(error: unknown): void {
    const problem = error instanceof DriverError ? error : new DriverError('HostUnreachable', String(error), { cause: error });
    const now = this.#outside.clock.monotonic();
    const silent = problem.label === 'HostUnreachable' || problem.label === 'Unknown';
    if (!silent) this.#silentSince = undefined;
    else this.#silentSince ??= now;
    const { facts, contact } = this.#view;
    const short = silent && contact === 'Answering' && now - (this.#silentSince ?? now) < SILENCE_MS;
    if (short) return;
    // The same failure in other words is not news.
    const same = this.#view.problem?.reason === problem.reason && this.#view.problem.label === problem.label;
    if (!same) this.#outside.log.warn('pool contact failed', { hypervisorPool: this.#name, error: problem });
    this.#become({ facts, contact: 'Failing', problem: same ? this.#view.problem : problem });
  }

  #become(view: PoolView): void {
    this.#view = view;
    const told = JSON.stringify([view.contact, view.problem?.reason, view.facts && steady(view.facts)]);
    if (told === this.#told) return;
    this.#told = told;
    this.#changed();
  }
}

/** Without what changes while nothing happens, and in one order. */
function steady(facts: PoolFacts): object {
  const storage = facts.storage.map((one) => ({ ...one, freeBytes: 0, hosts: [...one.hosts].sort() }));
  return {
    ...facts,
    hosts: ordered(facts.hosts),
    storage: ordered(storage),
    networks: ordered(facts.networks.map((one) => ({ ...one, hosts: [...one.hosts].sort() }))),
    restrictions: [...facts.restrictions].sort(),
  };
}

const ordered = <T extends { readonly uuid: string }>(all: readonly T[]): readonly T[] =>
  [...all].sort((a, b) => (a.uuid < b.uuid ? -1 : 1));
