/**
 * A hypervisor host as the controllers see it: its last observation, its definitions, and bounded ways to act on it.
 *
 * Behind it stand the connection, the tick, the circuit breaker and the slots. One hung host delays nobody else's work:
 * nothing here waits for a host except `refresh`, `machine` and `act`, and each is bounded by a deadline.
 */
import type { Call, Driver, HostFacts, Machine, MachineState } from '../../drivers/contract.ts';

/** Kinds of work that are limited apart from each other on one host. `Guest`: asking agents in guests, which may hang, and looking at what guests show and print. */
export type Slot = 'Build' | 'Power' | 'Transfer' | 'Read' | 'Guest';

export interface HostSnapshot {
  /** Epoch milliseconds when the reading began: what happened after it may not be in it. */
  readonly observedAt: number;
  /** The same moment in monotonic milliseconds: for what this process has seen or done itself, whoever sets the clock. */
  readonly seenAt: number;
  readonly bootId: string;
  readonly machines: ReadonlyMap<string, MachineState>;
}

export interface Reachability {
  readonly status: 'True' | 'False' | 'Unknown';
  /** Epoch milliseconds of the last change of `status`. */
  readonly since: number;
  /** For people, when not True. */
  readonly message: string;
}

export interface Host {
  /** Name of the Hypervisor object. */
  readonly name: string;
  readonly driver: Driver;
  /** Whether a contact has succeeded or failed since this process began. Contacted, and `Unknown`: it answers, and refuses. */
  readonly contacted: boolean;
  reachability(): Reachability;
  facts(): HostFacts | undefined;
  /** Monotonic milliseconds when the reading of those facts began; undefined before the first. */
  factsAt(): number | undefined;
  /** Reads the facts again, and observes. Rejects as `refresh` does. However many ask at once, it is read once. */
  readFacts(signal: AbortSignal): Promise<void>;
  /** The last observation, however old; undefined before the first. */
  snapshot(): HostSnapshot | undefined;
  /** An observation that began after this call; rejects with `HostUnreachable` when there is none to be had. */
  refresh(signal: AbortSignal): Promise<HostSnapshot>;
  /**
   * The machine with its definition: from memory while nothing hints that it changed, else read afresh (then it may reject
   * as `act` does). Its state is as last observed; addresses are as of the last reading, which a change of power renews.
   */
  machine(machineId: string, signal: AbortSignal): Promise<Machine | undefined>;
  /** The machine read after this call began, whatever is in memory, and kept there. Undefined: the host says that it is not there. */
  reread(machineId: string, signal: AbortSignal): Promise<Machine | undefined>;
  /**
   * How often the machine was missing from consecutive observations of this reachable host; 0 when it was seen in the last.
   * Observations less than a second apart count once, and those before the present connection do not count.
   */
  missedSince(machineId: string): number;
  /** Boot id of the host when the machine was last seen running by this process; undefined when it was not. */
  lastRunningBootId(machineId: string): string | undefined;
  /**
   * Runs a call on the host within a slot and the deadline. Rejects, without asking the host, with `HostUnreachable`
   * while there is no connection or the circuit is open, with `Conflict`/`SlotsBusy` when no slot came free within a few
   * seconds (at once where many wait already, and for a `Transfer` or `Guest`), and, unless it is for `Read`, with
   * `Conflict`/`NotHolder` when the lease does not outlast the deadline (keep those of mutating calls at 8 s or less):
   * the caller comes back. A `Transfer` may take longer than the lease; it is aborted when that is lost. What the work
   * changes on a machine is observed again soon.
   */
  act<T>(slot: Slot, timeoutMs: number, signal: AbortSignal, work: (driver: Driver, call: Call) => Promise<T>): Promise<T>;
}

/** All hosts, by the name of their Hypervisor object. */
export interface Hosts {
  get(name: string): Host | undefined;
  list(): readonly Host[];
  /** Called with the machine whose state, definition or host's reachability changed; `machineId` undefined means the whole host. Returns the way to stop. */
  onChange(listener: (hostName: string, machineId: string | undefined) => void): () => void;
}
