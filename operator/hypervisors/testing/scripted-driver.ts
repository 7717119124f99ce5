/** A driver in memory for tests of sessions and controllers: it does what the test says, and counts what it is asked. */
import type {
  Call,
  Capability,
  Disk,
  DiskQuery,
  DiskRef,
  Driver,
  HostEvent,
  HostFacts,
  HostObservation,
  Machine,
  MachineState,
} from '../../../drivers/contract.ts';
import { DriverError } from '../../../drivers/labels.ts';
import type { OwnerMark } from '../../../drivers/owner.ts';
import type { Clock } from '../../kernel/clock.ts';

export const MARK: OwnerMark = { clusterId: 'here', namespace: 'a', name: 'x', uid: 'u', role: 'main' };

export const FACTS: HostFacts = {
  hostName: 'kvm1',
  hostId: 'id-1',
  bootId: 'boot-1',
  architecture: 'x86_64',
  cpus: 8,
  cpuModel: 'EPYC',
  memoryBytes: 64 * 1024 ** 3,
  virtualization: 'Hardware',
  versions: { fake: '1' },
  pools: [{ name: 'default', capacityBytes: 100 * 1024 ** 3, availableBytes: 50 * 1024 ** 3 }],
  networks: ['default'],
  features: [],
  warnings: [],
};

/** `hang`: never answers, and ends by the call's deadline as drivers do; `dead`: does not even do that. */
export type Mood = 'answer' | 'hang' | 'dead' | DriverError;

export class ScriptedDriver {
  readonly kind = 'scripted';
  readonly capabilities: ReadonlySet<Capability> = new Set(['ShutdownSignal']);
  readonly imageFormats = ['qcow2', 'raw'] as const;
  readonly calls = { connect: 0, close: 0, observe: 0, inspect: 0, powerOff: 0, signalShutdown: 0 };
  readonly machines = new Map<string, MachineState>();
  /** Definitions that differ from `plain`. */
  readonly definitions = new Map<string, string>();
  /** `pool/name`. */
  readonly disks = new Set<string>();
  /** Names of the machines that have a disk, by `pool/name`; absent: none. */
  readonly users = new Map<string, readonly string[]>();
  /** Whether guests end when they are asked to. */
  heedsSignals = true;
  mood: Mood = 'answer';
  facts: HostFacts = FACTS;
  /** How long an observation takes. */
  observeMs = 0;
  readonly #clock: Clock;
  readonly #listeners = new Set<(event: HostEvent) => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** As the contract's driver; verbs that are not scripted are not there. */
  get driver(): Driver {
    return this as unknown as Driver;
  }

  set(machineId: string, over: Partial<MachineState> = {}): void {
    this.machines.set(machineId, {
      machineId,
      name: machineId,
      power: 'Running',
      powerReason: 'User',
      busy: false,
      persistent: true,
      owner: MARK,
      ...over,
    });
  }

  tell(event: HostEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  async connect(call: Call): Promise<HostFacts> {
    this.calls.connect += 1;
    await this.#answer(call);
    return this.facts;
  }

  close(): Promise<void> {
    this.calls.close += 1;
    return Promise.resolve();
  }

  onEvent(listener: (event: HostEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async observe(call: Call): Promise<HostObservation> {
    this.calls.observe += 1;
    const seen = { bootId: this.facts.bootId, machines: [...this.machines.values()] };
    await this.#answer(call);
    if (this.observeMs > 0) await new Promise<void>((resolve) => this.#clock.after(this.observeMs, resolve));
    return seen;
  }

  async inspect(machineId: string, call: Call): Promise<Machine | undefined> {
    this.calls.inspect += 1;
    await this.#answer(call);
    const state = this.machines.get(machineId);
    return (
      state && { ...state, vcpus: 1, memoryBytes: 1, disks: [], interfaces: [], definition: this.definitions.get(machineId) ?? 'plain' }
    );
  }

  async powerOff({ machineId }: { readonly machineId: string }, call: Call): Promise<void> {
    this.calls.powerOff += 1;
    await this.#answer(call);
    const machine = this.machines.get(machineId);
    this.set(machineId, { ...machine, power: 'Stopped', powerReason: 'Destroyed' });
  }

  async signalShutdown({ machineId }: { readonly machineId: string }, call: Call): Promise<void> {
    this.calls.signalShutdown += 1;
    await this.#answer(call);
    if (this.heedsSignals) this.set(machineId, { ...this.machines.get(machineId), power: 'Stopped', powerReason: 'GuestShutdown' });
  }

  async undefine({ machineId }: { readonly machineId: string }, call: Call): Promise<void> {
    await this.#answer(call);
    this.machines.delete(machineId);
  }

  async listDisks({ pools, namePrefix }: DiskQuery, call: Call): Promise<readonly Disk[]> {
    await this.#answer(call);
    return [...this.disks]
      .map((path) => ({ pool: path.split('/')[0] ?? '', name: path.split('/')[1] ?? '', capacityBytes: 1 }))
      .filter(({ pool, name }) => pools.includes(pool) && name.startsWith(namePrefix));
  }

  async diskUsers({ pool, name }: DiskRef, call: Call): Promise<readonly string[]> {
    await this.#answer(call);
    return this.users.get(`${pool}/${name}`) ?? [];
  }

  async deleteDisk({ pool, name }: DiskRef, call: Call): Promise<void> {
    await this.#answer(call);
    this.disks.delete(`${pool}/${name}`);
  }

  /** What a driver of the contract does with a call in this mood. */
  async #answer({ signal, timeoutMs }: Call): Promise<void> {
    const { mood } = this;
    if (mood instanceof DriverError) throw mood;
    if (mood === 'answer') return;
    await new Promise<never>((_, reject) => {
      if (mood === 'dead') return;
      this.#clock.after(timeoutMs, () => reject(new DriverError('HostUnreachable', 'no answer in time')));
      signal.addEventListener('abort', () => reject(new DriverError('Unknown', 'stopped', { reason: 'Aborted' })));
    });
  }
}
