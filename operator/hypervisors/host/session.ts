/**
 * One host: its driver, kept connected and observed by a monitor, and bounded ways to act on it.
 *
 * A host that hangs holds nothing of others: it has its own slots and breakers, every call ends by a deadline, and few
 * wait for a slot, for a moment.
 */
import type { Driver, HostEvent, HostFacts, HostObservation, Machine, MachineState } from '../../../drivers/contract.ts';
import type { OwnerMark } from '../../../drivers/owner.ts';
import { DriverError } from '../../../drivers/labels.ts';
import type { Clock } from '../../kernel/clock.ts';
import { outside } from '../../kernel/controller/working-pass.ts';
import type { Logger } from '../../kernel/log/logger.ts';
import type { Host, HostSnapshot, Reachability, Slot } from '../host.ts';
import { type ActingLease, type ActLimits, BoundedActs, type Work } from './acts.ts';
import { DEFAULT_BREAKER } from './breaker.ts';
import { AuditRound, Definitions } from './definitions.ts';
import { HostIdentity } from './identity.ts';
import { DEFAULT_MONITOR, HostMonitor, type MonitorOptions } from './monitor.ts';
import { noticing } from './noticing-driver.ts';
import { type Moment, Observations } from './observations.ts';
import { ReachabilityRecord, type RecordedReachability } from './reachability.ts';
import { DEFAULT_QUEUE, DEFAULT_SLOTS } from './slots.ts';
import type { ConnectionState } from './states.ts';

export interface SessionOptions extends ActLimits {
  readonly clusterId: string;
  readonly monitor: MonitorOptions;
  /** Every machine of ours is read again once in this time. */
  readonly auditMs: number;
  /** How long a host that has answered may be silent before it is called unreachable. */
  readonly silenceMs: number;
  /** Two observations closer together than this do not count as two where a machine is missing. */
  readonly missSpacingMs: number;
  readonly readTimeoutMs: number;
}

export const DEFAULT_SESSION: Omit<SessionOptions, 'clusterId'> = {
  monitor: DEFAULT_MONITOR,
  breaker: DEFAULT_BREAKER,
  slots: DEFAULT_SLOTS,
  queue: DEFAULT_QUEUE,
  auditMs: 900_000,
  silenceMs: 5_000,
  missSpacingMs: 1_000,
  readTimeoutMs: 5_000,
};

/** Who is told what changed. Called synchronously; must not throw. */
export interface SessionSink {
  /** State, definition or presence of a machine; undefined: all that hangs on the host. */
  machineChanged(machineId: string | undefined): void;
  /** Reachability, facts, the reason of failure, machines of other clusters: what the Hypervisor object tells. */
  hostChanged(): void;
}

export interface SessionOutside {
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly lease: ActingLease;
}

/** What an earlier operator, or an earlier session, knew of the host. */
export interface RecordedHost {
  readonly reachability?: RecordedReachability | undefined;
  readonly hostId?: string | undefined;
}

const AUDITS_AT_ONCE = 4;

export class HostSession implements Host {
  readonly name: string;
  readonly driver: Driver;
  readonly #options: SessionOptions;
  readonly #outside: SessionOutside;
  readonly #sink: SessionSink;
  readonly #monitor: HostMonitor;
  readonly #observations: Observations;
  readonly #definitions: Definitions;
  readonly #audits: AuditRound;
  readonly #reachability: ReachabilityRecord;
  readonly #acts: BoundedActs;
  readonly #identity: HostIdentity;
  readonly #closing = new AbortController();
  #facts: HostFacts | undefined;
  #reading: Promise<void> | undefined;
  #problem: unknown;
  #auditing = 0;

  constructor(name: string, driver: Driver, recorded: RecordedHost, options: SessionOptions, sink: SessionSink, outside: SessionOutside) {
    const { clock } = outside;
    this.name = name;
    this.#identity = new HostIdentity(name, recorded.hostId);
    this.driver = noticing(driver, (change, machineId) => this.#noticed(change, machineId));
    this.#options = options;
    this.#outside = outside;
    this.#sink = sink;
    this.#observations = new Observations(options.clusterId, options.missSpacingMs);
    this.#definitions = new Definitions(
      (machineId) => this.#inspect(machineId),
      () => clock.monotonic(),
    );
    this.#audits = new AuditRound(options.auditMs);
    this.#reachability = new ReachabilityRecord(recorded.reachability, options.silenceMs, clock.now());
    this.#acts = new BoundedActs(name, this.driver, options, clock, outside.lease);
    this.#monitor = new HostMonitor(
      driver,
      options.monitor,
      {
        connected: (facts) => this.#connected(facts),
        factsRead: (facts) => this.#factsRead(facts),
        observed: (observation, at, sinceLastMs) => this.#observed(observation, at, sinceLastMs),
        failed: (error) => this.#failed(error),
        heard: (event) => this.#heard(event),
      },
      outside,
    );
  }

  /** Runs until `close`; never rejects. Call it once. */
  run(): Promise<void> {
    return this.#monitor.run(this.#closing.signal);
  }

  close(): void {
    this.#closing.abort(new DriverError('HostUnreachable', `Host ${this.name} is not looked after any more`));
  }

  get state(): ConnectionState {
    return this.#monitor.state;
  }

  get connected(): boolean {
    return this.state === 'Watching';
  }

  /** What another process recorded of this host meanwhile. */
  adoptRecord(recorded: RecordedReachability): void {
    this.#reachability.adopt(recorded);
  }

  /** Whether a contact has succeeded or failed since this process began. */
  get contacted(): boolean {
    return this.#reachability.contacted;
  }

  /** Which host it is; undefined before the first contact ever. */
  get hostId(): string | undefined {
    return this.#identity.hostId;
  }

  /** For metrics and the debug dump. */
  acts(): ReturnType<BoundedActs['state']> {
    return this.#acts.state();
  }

  /** What the last contact failed of; undefined while the host answers as it should. */
  problem(): unknown {
    return this.#problem;
  }

  /** Marks of machines that belong to other clusters, by cluster id. Looks at every machine of the host. */
  foreign(): ReadonlyMap<string, readonly OwnerMark[]> {
    return this.#observations.foreign();
  }

  reachability(): Reachability {
    return this.#reachability.current;
  }

  facts(): HostFacts | undefined {
    return this.#facts;
  }

  factsAt(): number | undefined {
    return this.#facts === undefined ? undefined : this.#monitor.factsAt;
  }

  async readFacts(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#reading ??= this.#monitor.readFactsNow().finally(() => (this.#reading = undefined));
    const reading = this.#reading;
    try {
      await outside(signal, () => reading);
    } catch (error) {
      throw this.#unreachable(error);
    }
  }

  snapshot(): HostSnapshot | undefined {
    return this.#observations.snapshot;
  }

  async refresh(signal: AbortSignal): Promise<HostSnapshot> {
    signal.throwIfAborted();
    try {
      await outside(signal, () => this.#monitor.observeNow());
    } catch (error) {
      throw this.#unreachable(error);
    }
    const snapshot = this.#observations.snapshot;
    if (snapshot === undefined) throw this.#unreachable(undefined);
    return snapshot;
  }

  async machine(machineId: string, signal: AbortSignal): Promise<Machine | undefined> {
    signal.throwIfAborted();
    const known = this.#definitions.get(machineId);
    if (known === undefined) return this.#read(machineId, signal);
    const snapshot = this.#observations.snapshot;
    if (snapshot === undefined || snapshot.seenAt < known.readAt) return known.machine;
    const state = snapshot.machines.get(machineId);
    return state === undefined ? this.#read(machineId, signal) : { ...known.machine, ...state };
  }

  async reread(machineId: string, signal: AbortSignal): Promise<Machine | undefined> {
    signal.throwIfAborted();
    this.#definitions.forget(machineId);
    return this.#read(machineId, signal);
  }

  #read(machineId: string, signal: AbortSignal): Promise<Machine | undefined> {
    return outside(signal, () => this.#definitions.read(machineId));
  }

  missedSince(machineId: string): number {
    return this.#observations.missedSince(machineId);
  }

  lastRunningBootId(machineId: string): string | undefined {
    return this.#observations.lastRunningBootId(machineId);
  }

  async act<T>(slot: Slot, timeoutMs: number, signal: AbortSignal, work: Work<T>): Promise<T> {
    signal.throwIfAborted();
    if (!this.connected) throw this.#unreachable(this.#problem);
    try {
      return await outside(signal, () => this.#acts.run(slot, timeoutMs, [signal, this.#closing.signal], work));
    } catch (error) {
      // Is it the host, or only this call? The next observation tells.
      if (error instanceof DriverError && error.label === 'HostUnreachable') this.#monitor.hasten();
      throw error;
    }
  }

  /** Within a slot, as all reading: readers of a host that hangs must not hold workers that others need. */
  #inspect(machineId: string): Promise<Machine | undefined> {
    return this.act('Read', this.#options.readTimeoutMs, this.#closing.signal, (driver, call) => driver.inspect(machineId, call));
  }

  #connected(facts: HostFacts): void {
    this.#identity.check(facts);
    this.#observations.reconnected();
    this.#definitions.forgetAll();
    this.#factsRead(facts);
  }

  #factsRead(facts: HostFacts): void {
    this.#identity.check(facts);
    const changed = JSON.stringify(facts) !== JSON.stringify(this.#facts);
    this.#facts = facts;
    if (changed) this.#sink.hostChanged();
  }

  #observed(observation: HostObservation, at: Moment, sinceLastMs: number): void {
    const recovered = this.#problem !== undefined || this.#reachability.current.status !== 'True';
    const changes = this.#observations.take(observation, at);
    this.#problem = undefined;
    const turned = this.#reachability.answered(this.#outside.clock.now());
    for (const machineId of changes.machineIds) this.#compare(machineId);
    this.#definitions.sweep();
    if (turned || recovered || changes.foreign) this.#sink.hostChanged();
    if (turned || recovered || changes.whole) this.#sink.machineChanged(undefined);
    else for (const machineId of changes.machineIds) this.#sink.machineChanged(machineId);
    this.#audit(sinceLastMs);
  }

  /** A change of state may say that the definition is another one too, or that its addresses are. */
  #compare(machineId: string): void {
    const state = this.#observations.snapshot?.machines.get(machineId);
    if (state === undefined) this.#definitions.drop(machineId);
    else if (!isSameMachine(this.#definitions.get(machineId)?.machine, state)) this.#definitions.forget(machineId);
  }

  #failed(error: unknown): void {
    // The same failure in other words is not news.
    const news = this.#problem === undefined || kindOf(error) !== kindOf(this.#problem);
    if (news) this.#problem = error;
    const message = this.#problem instanceof Error ? this.#problem.message : String(this.#problem);
    const now = this.#outside.clock.now();
    const turned = isSilence(error) ? this.#reachability.silent(now, message) : this.#reachability.refused(now, message);
    if (news || turned) this.#outside.log.warn('host contact failed', { hypervisor: this.name, error });
    if (news || turned) this.#sink.hostChanged();
    if (turned) this.#sink.machineChanged(undefined);
  }

  #heard(event: HostEvent): void {
    if (event.kind === 'Machine' && event.change !== 'Power') {
      this.#definitions.forget(event.machineId);
      this.#sink.machineChanged(event.machineId);
    }
  }

  #noticed(change: 'Definition' | 'Power', machineId: string | undefined): void {
    if (change === 'Definition' && machineId !== undefined) this.#definitions.forget(machineId);
    this.#monitor.hasten();
  }

  /** Reads again whose turn it is, a few at once, beside the tick. */
  #audit(elapsedMs: number): void {
    const machines = this.#observations.snapshot?.machines;
    if (machines === undefined || this.#auditing > 0) return;
    const ours = (): Iterable<string> =>
      [...machines.values()].filter(({ owner }) => owner !== undefined).map(({ machineId }) => machineId);
    const turns = [...this.#audits.next(elapsedMs, machines.size, ours)];
    const worker = async (): Promise<void> => {
      this.#auditing += 1;
      for (let machineId = turns.pop(); machineId !== undefined; machineId = turns.pop()) await this.#auditOne(machineId);
      this.#auditing -= 1;
    };
    for (let index = 0; index < Math.min(AUDITS_AT_ONCE, turns.length); index += 1) void worker();
  }

  async #auditOne(machineId: string): Promise<void> {
    try {
      if (await this.#definitions.audit(machineId)) this.#sink.machineChanged(machineId);
    } catch (error) {
      this.#outside.log.debug('audit failed', { hypervisor: this.name, machineId, error });
    }
  }

  #unreachable(cause: unknown, message = `Host ${this.name} cannot be reached`): DriverError {
    if (cause instanceof DriverError && cause.label === 'HostUnreachable') return cause;
    const why = cause instanceof Error ? `${message}: ${cause.message}` : message;
    return new DriverError('HostUnreachable', why, { cause });
  }
}

function isSameMachine(known: Machine | undefined, state: MachineState): boolean {
  return (
    known?.power === state.power &&
    known.persistent === state.persistent &&
    known.name === state.name &&
    JSON.stringify(known.owner) === JSON.stringify(state.owner)
  );
}

/** A host that refuses, is too old or is misconfigured does answer. What carries no label says nothing either way: silence. */
function isSilence(error: unknown): boolean {
  return !(error instanceof DriverError) || error.label === 'HostUnreachable' || error.label === 'Unknown';
}

function kindOf(error: unknown): string {
  return error instanceof DriverError ? `${error.label}/${error.reason}` : '';
}
