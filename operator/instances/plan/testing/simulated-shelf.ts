/**
 * Shelving in the simulation: the controller that has copies taken, what each holds of what the guest wrote, and what must
 * never happen: that anything is removed whose last writes are in no copy.
 */
import type { Shelf } from '../shelve/types.ts';
import type { Desired, Recorded } from '../types.ts';
import type { SimulatedActions } from './simulated-actions.ts';
import { snapshotAsked } from './simulated-actions.ts';
import { NOTHING_RECORDED } from './world.ts';

interface Subject {
  readonly spec: Desired;
  record: Recorded;
  readonly actions: SimulatedActions;
}

export class SimulatedShelf {
  /** What guests wrote so far: more with every run. */
  writes = 0;
  /** Of the copy that the machine is to be made from. */
  #begun = { name: '', imageName: '' };
  /** There is no machine but that copy. */
  #isOff = false;
  /** Writes that each complete copy holds, by name. */
  readonly #copies = new Map<string, number>();
  /** Names of those that are being taken, by the uid of their action. */
  readonly #asked = new Map<string, string>();
  readonly #world: Subject;

  constructor(world: Subject) {
    this.#world = world;
  }

  /** As shelf.ts says. */
  state(): Shelf {
    const { record } = this.#world;
    const isLost = record.machineId === undefined && record.hypervisorName === undefined && record.lifecycle?.offload === undefined;
    if (isLost && this.#isOff) return { kind: 'Unclaimed', snapshotName: this.#begun.name };
    const name = record.lifecycle?.offload === undefined ? this.#name() : this.#begun.name;
    if (name === undefined) return { kind: 'None' };
    if (this.#copies.has(name)) return { kind: 'Ready', snapshotName: name };
    return [...this.#asked.values()].includes(name) ? { kind: 'Taking' } : { kind: 'None' };
  }

  /** The image that a root disk counts as made from. */
  imageName(): string | undefined {
    return this.isOffloaded() ? this.#begun.imageName : this.#world.spec.imageName;
  }

  isOffloaded(): boolean {
    return this.#world.record.lifecycle?.offload === 'Done';
  }

  /** The controllers of snapshots and of shelving. `deleting`: the Instance is. */
  follow(deleting: boolean): void {
    const { actions, spec, record } = this.#world;
    if (record.machineId !== undefined) this.#isOff = false;
    if (spec.shelved === undefined || deleting) {
      actions.open = actions.open.filter(({ uid }) => !this.#asked.has(uid));
      this.#asked.clear();
      return;
    }
    for (const [uid, name] of this.#asked) {
      if (actions.copied.has(uid)) this.#copies.set(name, this.#copies.get(name) ?? this.writes);
      // It failed or was refused: it is asked for anew.
      if (!actions.open.some((one) => one.uid === uid)) this.#asked.delete(uid);
    }
    // Whatever else is asked of it is refused.
    actions.open = actions.open.filter(({ uid }) => this.#asked.has(uid));
    const name = this.#name();
    const due = name !== undefined && record.machineId !== undefined && record.lifecycle?.offload === undefined;
    if (due && this.state().kind === 'None') this.#asked.set(actions.ask(snapshotAsked(true, record.hypervisorName)), name);
  }

  begin(): void {
    const name = this.#name() ?? '';
    if (this.#copies.get(name) !== this.writes) throw new Error('offloaded without the last writes of its guest');
    this.#begun = { name, imageName: this.#world.record.imageName ?? '' };
    this.#put('Begun');
  }

  end(): void {
    if (!this.#copies.has(this.#begun.name)) throw new Error('offloaded without a copy');
    this.#isOff = true;
    this.#put('Done');
  }

  #put(offload: 'Begun' | 'Done'): void {
    const world = this.#world;
    const { lifecycle } = world.record;
    const known = { softDeletedAt: undefined, reclaimed: false, shelvedAt: undefined, ...lifecycle };
    const record = offload === 'Begun' ? world.record : { ...NOTHING_RECORDED, action: world.record.action };
    world.record = { ...record, lifecycle: { ...known, offload } };
  }

  #name(): string | undefined {
    const { powerOff } = this.#world.record;
    return powerOff?.reason === 'Requested' ? `${powerOff.observedAt}` : undefined;
  }
}
