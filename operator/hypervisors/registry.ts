/**
 * All hosts, by the name of their Hypervisor object; a session each.
 *
 * Two Hypervisors that turn out to be one host are one host: the elder has it, and the younger is in none of the answers
 * here, so that no machine is seen, or made, twice.
 */
import type { Driver } from '../../drivers/contract.ts';
import type { DriverError } from '../../drivers/labels.ts';
import type { Host, Hosts } from './host.ts';
import { HostSession, type RecordedHost, type SessionOptions, type SessionOutside } from './host/session.ts';

/** What a session is opened for: of two Hypervisors with one host, the elder keeps it. */
export interface SessionRequest {
  readonly name: string;
  /** Of the Hypervisor object: one that was made anew may be another host. */
  readonly uid: string;
  /** Of the spec that it is opened for. */
  readonly generation: number;
  /** RFC 3339. */
  readonly createdAt: string;
  /** Changes whenever the session must be another one: endpoint, credentials. */
  readonly connectionKey: string;
  /** Called when there is no such session yet. Throws `InvalidSpec` on a configuration that can never work. */
  readonly openDriver: () => Driver;
  /** What an earlier operator recorded in status, for the time before the first contact. */
  readonly recorded: RecordedHost;
}

interface Entry {
  request: SessionRequest;
  readonly session: HostSession;
  readonly ended: Promise<void>;
}

export interface HostDump {
  readonly name: string;
  readonly connection: string;
  readonly reachable: string;
  readonly machines: number;
  readonly acts: ReturnType<HostSession['acts']>;
}

type HostListener = (hostName: string) => void;
type MachineListener = (hostName: string, machineId: string | undefined) => void;

export class HostRegistry implements Hosts {
  readonly #options: SessionOptions;
  readonly #outside: SessionOutside;
  readonly #entries = new Map<string, Entry>();
  readonly #ending = new Set<Promise<void>>();
  /** Why a Hypervisor has no session, or not the one that it should. */
  readonly #problems = new Map<string, DriverError>();
  /** By name of the younger: name of the elder. */
  #duplicates: ReadonlyMap<string, string> = new Map();
  readonly #machineListeners = new Set<MachineListener>();
  readonly #hostListeners = new Set<HostListener>();

  constructor(options: SessionOptions, outside: SessionOutside) {
    this.#options = options;
    this.#outside = outside;
  }

  get(name: string): Host | undefined {
    return this.#duplicates.has(name) ? undefined : this.#entries.get(name)?.session;
  }

  list(): readonly Host[] {
    const sessions = Array.from(this.#entries.values(), ({ session }) => session);
    return this.#duplicates.size === 0 ? sessions : sessions.filter(({ name }) => !this.#duplicates.has(name));
  }

  onChange(listener: MachineListener): () => void {
    this.#machineListeners.add(listener);
    return () => this.#machineListeners.delete(listener);
  }

  /** Called when what a Hypervisor's status tells may have changed. Returns the way to stop. */
  onHostChange(listener: HostListener): () => void {
    this.#hostListeners.add(listener);
    return () => this.#hostListeners.delete(listener);
  }

  /** The session of this Hypervisor, also when it is a duplicate. */
  session(name: string): HostSession | undefined {
    return this.#entries.get(name)?.session;
  }

  /** What is wrong: why there is no session, or what the last contact failed of. Undefined: nothing. */
  problem(name: string): unknown {
    return this.#problems.get(name) ?? this.#entries.get(name)?.session.problem();
  }

  /** The elder Hypervisor with the same host; undefined when there is none. */
  duplicateOf(name: string): string | undefined {
    return this.#duplicates.get(name);
  }

  /** Opens the session, in the place of one with another connection key. Throws what `openDriver` throws. */
  open(request: SessionRequest): void {
    const { name } = request;
    const before = this.#entries.get(name);
    const solved = this.#problems.delete(name);
    const same = before?.request.uid === request.uid;
    if (same && before.request.connectionKey === request.connectionKey) {
      before.request = request;
      if (solved) this.#hostChanged(name);
      return;
    }
    const driver = request.openDriver();
    const earlier = same ? before.session : undefined;
    const known = earlier?.reachability();
    const recorded = {
      reachability: known === undefined || known.status === 'Unknown' ? request.recorded.reachability : known,
      hostId: earlier?.hostId ?? request.recorded.hostId,
    };
    if (before !== undefined) this.#end(before);
    const session = new HostSession(
      name,
      driver,
      recorded,
      this.#options,
      { machineChanged: (machineId) => this.#machineChanged(name, machineId), hostChanged: () => this.#hostChanged(name) },
      this.#outside,
    );
    this.#entries.set(name, { request, session, ended: session.run() });
    this.#hostChanged(name);
    this.#machineChanged(name, undefined);
  }

  /** There can be no session for this generation: one that was opened for another is closed, one that works goes on. */
  fail(name: string, generation: number, problem: DriverError): void {
    const entry = this.#entries.get(name);
    if (entry?.request.generation === generation && entry.session.connected) return;
    if (entry !== undefined && entry.request.generation !== generation) this.#remove(name, entry);
    const before = this.#problems.get(name);
    this.#problems.set(name, problem);
    if (before?.message !== problem.message) this.#hostChanged(name);
  }

  close(name: string): void {
    this.#problems.delete(name);
    const entry = this.#entries.get(name);
    if (entry !== undefined) this.#remove(name, entry);
  }

  /** For metrics and the debug dump: no secret is in it. */
  dump(): readonly HostDump[] {
    return [...this.#entries.values()].map(({ session }) => ({
      name: session.name,
      connection: session.state,
      reachable: session.reachability().status,
      machines: session.snapshot()?.machines.size ?? 0,
      acts: session.acts(),
    }));
  }

  /** Closes all; resolves when no connection is left. */
  async closeAll(): Promise<void> {
    for (const name of this.#entries.keys()) this.close(name);
    await Promise.all(this.#ending);
  }

  #remove(name: string, entry: Entry): void {
    this.#entries.delete(name);
    this.#end(entry);
    this.#hostChanged(name);
    this.#tell(name, undefined);
  }

  #end({ session, ended }: Entry): void {
    session.close();
    this.#ending.add(ended);
    void ended.finally(() => this.#ending.delete(ended));
  }

  #hostChanged(name: string): void {
    const before = this.#duplicates;
    this.#duplicates = this.#findDuplicates();
    const turned = [...new Set([...before.keys(), ...this.#duplicates.keys()])].filter(
      (each) => before.get(each) !== this.#duplicates.get(each),
    );
    for (const each of turned) this.#tell(each, undefined);
    for (const each of new Set([name, ...turned])) for (const listener of this.#hostListeners) listener(each);
  }

  #machineChanged(name: string, machineId: string | undefined): void {
    if (!this.#duplicates.has(name)) this.#tell(name, machineId);
  }

  #tell(name: string, machineId: string | undefined): void {
    for (const listener of this.#machineListeners) listener(name, machineId);
  }

  #findDuplicates(): ReadonlyMap<string, string> {
    const elders = new Map<string, string>();
    const duplicates = new Map<string, string>();
    const byAge = [...this.#entries.values()].sort(
      (a, b) => compare(a.request.createdAt, b.request.createdAt) || compare(a.request.name, b.request.name),
    );
    for (const { request, session } of byAge) {
      const { hostId } = session;
      if (hostId === undefined) continue;
      const elder = elders.get(hostId);
      if (elder === undefined) elders.set(hostId, request.name);
      else duplicates.set(request.name, elder);
    }
    return duplicates;
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
