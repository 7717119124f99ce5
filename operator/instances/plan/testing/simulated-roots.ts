/** The root disks of the simulation: what each was made from, which of them the machine has, and which are left over. */
import { isMadeFrom } from '../../../../drivers/disk-names.ts';
import type { Desired, Recorded, StepName } from '../types.ts';
import type { SimulatedActions } from './simulated-actions.ts';
import { Refused } from './simulated-faults.ts';
import type { SimulatedShelf } from './simulated-shelf.ts';
import type { SimHost } from './simulated-hosts.ts';

const ROOT = 'root';

/** What the disks are of. */
interface Subject {
  readonly spec: Desired;
  record: Recorded;
  readonly actions: SimulatedActions;
  readonly shelf: SimulatedShelf;
}

export class SimulatedRoots {
  /** The image that each root disk was made from, or counts for; those that a resize made are of the same. */
  readonly madeFrom = new Map<string, string>();
  /** Of `status.disks`. */
  last = ROOT;
  readonly #world: Subject;

  constructor(world: Subject) {
    this.#world = world;
  }

  /** Names that no disk has. */
  begin(): NonNullable<Recorded['action']>['rebuild'] {
    const { actions, record, spec } = this.#world;
    const taken = [...this.madeFrom.keys()].map((name) => Number(name.slice('root-'.length) || 1));
    const root = `root-${Math.max(1, ...taken) + 1}`;
    const restored = actions.restored(record);
    // It counts as made from what the spec names now.
    if (restored !== undefined) this.madeFrom.set(root, spec.imageName ?? '');
    return { root, makings: restored ?? spec.makings };
  }

  /** The one that a plan makes. `replaces`: another than the machine has. */
  made(replaces: boolean): string {
    return replaces ? (this.#world.record.action?.rebuild?.root ?? '') : ROOT;
  }

  steps({ disks, machine }: SimHost, replaces: boolean, isShared: () => boolean): Partial<Record<StepName, () => void>> {
    const world = this.#world;
    return {
      'create-root-disk': () => {
        const root = this.made(replaces);
        const restores = replaces && world.actions.restored(world.record) !== undefined;
        const imageName = replaces ? world.spec.imageName : world.shelf.imageName();
        if (!disks.has(root) && !restores) this.madeFrom.set(root, imageName ?? '');
        if (this.madeFrom.get(root) !== imageName && !restores) throw new Error('kept a disk of another image');
        disks.add(root);
      },
      'record-disks': () => {
        const { action } = world.record;
        if (machine === undefined || machine.root !== action?.rebuild?.root) return;
        this.last = machine.root;
        world.record = { ...world.record, imageName: this.madeFrom.get(machine.root), makings: action.rebuild.makings };
      },
      'remove-unused-disks': () => {
        if (machine === undefined) throw new Refused('it is not there');
        for (const disk of disks)
          if (disk !== 'config' && disk !== machine.root && !isMadeFrom(machine.root, disk) && !isShared()) disks.delete(disk);
        world.record = { ...world.record, action: world.record.action && { ...world.record.action, rebuild: undefined } };
      },
    };
  }
}
