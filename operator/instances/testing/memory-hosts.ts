/** Hosts in memory: observed when the test says so, silent when it says so. */
import type { Call, Driver, HostFacts, Machine } from '../../../drivers/contract.ts';
import { DriverError } from '../../../drivers/labels.ts';
import type { Host, Hosts, HostSnapshot, Reachability, Slot } from '../../hypervisors/host.ts';
import type { Slots } from '../../hypervisors/host/slots.ts';
import type { Clock } from '../../kernel/clock.ts';
import { MemoryDriver, MIB } from './memory-driver.ts';

export class MemoryHost implements Host {
  readonly name: string;
  readonly driver = new MemoryDriver();
  contacted = true;
  /** Undefined: as much as is asked for goes on at once. */
  slots: Slots | undefined;
  /** Throws: what was asked for is done, and the answer is lost. */
  answers: (slot: Slot) => void = () => undefined;
  /** Bytes in its pools, and as they were when it was read last; how often it was. */
  free = 1024 * MIB;
  #seenFree = this.free;
  readings = 0;
  #factsAt: number;
  readonly #clock: Clock;
  #reachability: Reachability;
  #snapshot: HostSnapshot | undefined;
  readonly #missed = new Map<string, number>();
  #observations = 0;

  constructor(name: string, clock: Clock) {
    this.name = name;
    this.#clock = clock;
    this.#factsAt = clock.monotonic();
    this.#reachability = { status: 'True', since: clock.now(), message: '' };
  }

  /** An observation, as the tick makes it. */
  observe(): void {
    if (this.#reachability.status !== 'True') return;
    this.#observations += 1;
    const { bootId, machines } = this.driver.observation();
    const now = new Map(machines.map((machine) => [machine.machineId, machine]));
    for (const id of this.#snapshot?.machines.keys() ?? []) if (!now.has(id)) this.#missed.set(id, this.#missed.get(id) ?? 0);
    for (const [id, misses] of this.#missed) this.#missed.set(id, now.has(id) ? 0 : misses + 1);
    this.#snapshot = { observedAt: this.#clock.now(), seenAt: this.#clock.monotonic(), bootId, machines: now };
  }

  /** As a process that has just started: nothing was observed yet. */
  forget(): void {
    this.#snapshot = undefined;
    this.#missed.clear();
    this.#observations = 0;
  }

  readFacts(): Promise<void> {
    if (this.#reachability.status !== 'True') return Promise.reject(this.#silent());
    this.readings += 1;
    this.#factsAt = this.#clock.monotonic();
    this.#seenFree = this.free;
    return Promise.resolve();
  }

  turn(status: Reachability['status']): void {
    this.#reachability = { status, since: this.#clock.now(), message: status === 'True' ? '' : 'no answer' };
  }

  reachability = (): Reachability => this.#reachability;
  /** Of which it knows how much was free when it was read. */
  facts = (): HostFacts => {
    const facts = this.driver.facts(this.name);
    return { ...facts, pools: facts.pools.map((pool) => Object.assign({}, pool, { availableBytes: this.#seenFree })) };
  };
  factsAt = (): number => this.#factsAt;
  snapshot = (): HostSnapshot | undefined => this.#snapshot;
  /** Of a machine that was never seen: as often as there was an observation. */
  missedSince = (machineId: string): number =>
    this.#snapshot?.machines.has(machineId) === true ? 0 : (this.#missed.get(machineId) ?? this.#observations);
  lastRunningBootId = (): string | undefined => undefined;

  refresh(): Promise<HostSnapshot> {
    this.observe();
    return this.#snapshot === undefined ? Promise.reject(this.#silent()) : Promise.resolve(this.#snapshot);
  }

  machine(machineId: string, signal: AbortSignal): Promise<Machine | undefined> {
    return this.reread(machineId, signal);
  }

  reread(machineId: string, signal: AbortSignal): Promise<Machine | undefined> {
    return this.act('Read', 3_000, signal, (driver, call) => driver.inspect(machineId, call));
  }

  async act<T>(slot: Slot, timeoutMs: number, signal: AbortSignal, work: (driver: Driver, call: Call) => Promise<T>): Promise<T> {
    if (this.#reachability.status !== 'True') throw this.#silent();
    if (this.slots === undefined) {
      const answer = await work(this.driver, { signal, timeoutMs });
      this.answers(slot);
      return answer;
    }
    const release = await this.slots.wait(slot, signal);
    if (release === undefined) throw new DriverError('Conflict', `${this.name} has enough to do`, { reason: 'SlotsBusy' });
    try {
      return await work(this.driver, { signal, timeoutMs });
    } finally {
      release();
    }
  }

  #silent(): DriverError {
    return new DriverError('HostUnreachable', `${this.name} does not answer`);
  }
}

export class MemoryHosts implements Hosts {
  /** Where images were asked for: pools, and what those are shared under. */
  readonly imagePlaces = new Set<string>();
  readonly #hosts = new Map<string, MemoryHost>();
  readonly #listeners = new Set<(hostName: string, machineId: string | undefined) => void>();

  add(host: MemoryHost): void {
    this.#hosts.set(host.name, host);
  }

  /** There is no session any more, though the Hypervisor stays. */
  close(name: string): void {
    this.#hosts.delete(name);
    for (const listener of this.#listeners) listener(name, undefined);
  }

  get = (name: string): MemoryHost | undefined => this.#hosts.get(name);
  list = (): readonly MemoryHost[] => [...this.#hosts.values()];

  onChange(listener: (hostName: string, machineId: string | undefined) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** One host is observed, and what came or went is told, as after an event. */
  look(name: string): void {
    const host = this.#hosts.get(name);
    const before = host?.snapshot()?.machines ?? new Map<string, unknown>();
    host?.observe();
    const now = host?.snapshot()?.machines ?? new Map<string, unknown>();
    const changed = [...before.keys(), ...now.keys()].filter((id) => before.has(id) !== now.has(id));
    for (const id of changed) for (const listener of this.#listeners) listener(name, id);
  }

  /** Every host is observed, and everything on it looked at. */
  tick(): void {
    for (const host of this.#hosts.values()) host.observe();
    for (const name of this.#hosts.keys()) for (const listener of this.#listeners) listener(name, undefined);
  }
}
