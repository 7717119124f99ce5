/**
 * One fake host: its facts, machines and storage, and who is told when they change. It keeps state and enforces what a
 * host would (unique names, memory); what verbs mean is in machine-verbs.ts.
 */
import { randomUUID } from 'node:crypto';
import type { HostFacts } from '../../contract.ts';
import { DriverError } from '../../labels.ts';
import type { SentEvent, SentObservation } from '../protocol.ts';
import { ChangeLog } from './changes.ts';
import { guestRuleFor, type GuestRule } from './guest-rules.ts';
import type { HostShape } from './host-shape.ts';
import { DEFAULT_HOST } from './host-shape.ts';
import { isOn, stateOf, type MachineRecord } from './machine.ts';
import { MachineIndex } from './machine-index.ts';
import { Storage, type StorageChange } from './storage.ts';
import type { Timers } from './timers.ts';

/** Told of every change, for the journal; `undefined` is a removal. */
export type HostChange =
  | StorageChange
  | { readonly kind: 'Machine'; readonly name: string; readonly record: MachineRecord | undefined }
  | { readonly kind: 'Shape'; readonly record: HostShape };

export interface HostContext {
  readonly timers: Timers;
  guests(): readonly GuestRule[];
  changed(host: FakeHost, change: HostChange): void;
}

export class FakeHost {
  readonly name: string;
  readonly storage: Storage;
  readonly timers: Timers;
  readonly #context: HostContext;
  readonly #machines = new MachineIndex();
  readonly #changes = new ChangeLog();
  readonly #listeners = new Set<(event: SentEvent) => void>();
  #shape: HostShape = DEFAULT_HOST;
  #bootId = randomUUID() as string;
  #usedMemory = 0;
  #lastRun = 0;

  constructor(name: string, context: HostContext) {
    this.name = name;
    this.#context = context;
    this.timers = context.timers;
    this.storage = new Storage((change) => context.changed(this, change));
    this.#applyShape();
  }

  facts(): HostFacts {
    const { pools: _pools, existing: _existing, copying: _copying, networks, ...shape } = this.#shape;
    return {
      hostName: this.name,
      ...shape,
      hostId: shape.hostId ?? `fake-${this.name}`,
      bootId: this.#bootId,
      versions: { fake: '1.0.0' },
      pools: this.storage.facts(),
      networks,
      warnings: ['This host is a fake: its machines exist only as records'],
    };
  }

  /** Changes only what is named. */
  reshape(shape: Partial<HostShape>): void {
    this.#shape = { ...this.#shape, ...shape };
    this.#applyShape();
    this.#context.changed(this, { kind: 'Shape', record: this.#shape });
    this.tell({ kind: 'Facts' });
  }

  get shape(): HostShape {
    return this.#shape;
  }

  /** As after a start of the host or of its daemon: jobs are ended, the reasons of past ends forgotten. */
  newBoot(): void {
    this.#bootId = randomUUID();
    for (const { job: _job, ...machine } of this.#machines.all()) {
      this.put(isOn(machine) ? machine : { ...machine, powerReason: 'Unknown' });
    }
    this.tell({ kind: 'Facts' });
  }

  get(machineId: string): MachineRecord | undefined {
    return this.#machines.get(machineId);
  }

  byName(name: string): MachineRecord | undefined {
    return this.#machines.byName(name);
  }

  marked(namespace: string, name: string): readonly MachineRecord[] {
    return this.#machines.marked(namespace, name);
  }

  machines(): Iterable<MachineRecord> {
    return this.#machines.all();
  }

  guestRule(machine: MachineRecord): GuestRule {
    return guestRuleFor(this.#context.guests(), machine.name);
  }

  /** Makes or replaces a machine. A change that listeners should hear of is named. */
  put(machine: MachineRecord, ...tell: readonly ('Power' | 'Definition')[]): void {
    const old = this.#machines.get(machine.machineId);
    this.#usedMemory += memoryOf(machine) - memoryOf(old);
    this.#lastRun = Math.max(this.#lastRun, machine.run?.number ?? 0);
    this.#machines.set(machine);
    this.#changes.changed(machine.machineId);
    this.#context.changed(this, { kind: 'Machine', name: machine.machineId, record: machine });
    for (const change of tell) this.tell({ kind: 'Machine', machineId: machine.machineId, change });
  }

  remove(machine: MachineRecord): void {
    this.#usedMemory -= memoryOf(machine);
    this.#machines.delete(machine);
    this.#changes.removed(machine.machineId);
    this.#context.changed(this, { kind: 'Machine', name: machine.machineId, record: undefined });
    this.tell({ kind: 'Machine', machineId: machine.machineId, change: 'Removed' });
  }

  nextRun(): number {
    this.#lastRun += 1;
    return this.#lastRun;
  }

  /** Throws `InsufficientCapacity` where the machine's memory does not fit beside what runs. */
  needMemory(bytes: number): void {
    if (this.#usedMemory + bytes <= this.#shape.memoryBytes) return;
    throw new DriverError('InsufficientCapacity', `Host ${this.name} has no ${bytes} bytes of memory left`);
  }

  observe(since: number): SentObservation {
    const { generation, complete, changed, removed } = this.#changes.since(since);
    const machines = changed.flatMap((id) => this.#machines.get(id) ?? []).map(stateOf);
    return { bootId: this.#bootId, generation, complete, machines, removed };
  }

  onEvent(listener: (event: SentEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(event: SentEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  #applyShape(): void {
    for (const [pool, bytes] of Object.entries(this.#shape.pools)) this.storage.setPool(pool, bytes);
    for (const [pool, bytes] of Object.entries(this.#shape.copying ?? {})) this.storage.setPool(pool, bytes, true);
    for (const [pool, sizes] of Object.entries(this.#shape.existing ?? {})) this.storage.setExisting(pool, sizes);
  }
}

function memoryOf(machine: MachineRecord | undefined): number {
  return machine !== undefined && isOn(machine) ? (machine.run?.hardware.memoryBytes ?? 0) : 0;
}
