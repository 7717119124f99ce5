/** The resizes of the simulation: root disks that stand on one another, and what must never happen to one. */
import { isMadeFrom, nextDiskName } from '../../../../drivers/disk-names.ts';
import { FLAVOR_SET_BACK } from '../resize/resize.ts';
import type { Plan, Recorded, StepName, Steps } from '../types.ts';

/** What a resize has to do with of a machine, of its host and of the object. */
export interface ResizedWorld {
  readonly machine: { root: string; readonly runId: string | undefined; readonly power: string };
  readonly disks: Set<string>;
  readonly flavorName: string;
  readonly now: number;
  record: Recorded;
}

export class SimulatedResizes {
  #disks = { from: '', to: '' };
  /** The root disk that the definition which is made next is to name. */
  #next: string | undefined;
  #stages = 0;

  /** A step of another plan follows. */
  beginPlan(): void {
    this.#next = undefined;
  }

  /** As `standingResize` says. */
  standing({ resize }: Recorded, flavorName: string): Recorded['resize'] {
    return resize?.phase === 'Reverted' && resize.to !== flavorName ? undefined : resize;
  }

  define(world: Pick<ResizedWorld, 'machine' | 'disks'>): void {
    if (this.#next === undefined) return;
    if (world.machine.power !== 'Stopped') throw new Error('the root disk of a machine that is on was exchanged');
    world.machine.root = this.#next;
  }

  /** Undefined: no step of a resize. */
  steps(world: ResizedWorld, { why }: Steps): Partial<Record<StepName, () => void>> {
    const stage = (over: Partial<NonNullable<Recorded['resize']>>): void => {
      const { resize } = world.record;
      if (resize === undefined) throw new Error('no resize is under way');
      world.record = { ...world.record, resize: { ...resize, ...over } };
    };
    return {
      'begin-resize': () => {
        const { resize, flavorName = '' } = world.record;
        if (resize !== undefined && resize.phase !== 'Reverted') throw new Error('a resize was begun during another');
        const { root } = world.machine;
        remove(world, root);
        this.#disks = { from: root, to: nextDiskName(root) };
        const begun = { phase: 'Resizing', from: flavorName, to: world.flavorName, runId: this.#run(), fromRoot: root } as const;
        world.record = { ...world.record, resize: { ...begun, resizedAt: undefined, why: undefined } };
      },
      'create-resized-disks': () => {
        if (!world.disks.has(this.#disks.from)) throw new Error('a disk was made from one that is not there');
        world.disks.add(this.#disks.to);
        this.#next = this.#disks.to;
      },
      'take-old-disks': () => {
        this.#next = this.#disks.from;
      },
      'remove-resized-disks': () => remove(world, this.#disks.from),
      'finish-resize': () => {
        if (world.machine.root !== this.#disks.to) throw new Error('resized without its disk');
        stage({ phase: 'AwaitingConfirmation', resizedAt: world.now });
        world.record = { ...world.record, flavorName: world.record.resize?.to, shutdown: undefined };
      },
      'confirm-resize': () => {
        if (world.record.resize?.phase !== 'AwaitingConfirmation') throw new Error('confirmed what does not await it');
        world.record = { ...world.record, resize: undefined };
      },
      'begin-revert': () => stage({ phase: 'Reverting', runId: this.#run(), why }),
      'finish-revert': () => {
        if (world.machine.root !== this.#disks.from) throw new Error('reverted without the old disk');
        const { from, why: because } = world.record.resize ?? {};
        stage({ phase: 'Reverted' });
        world.record = { ...world.record, flavorName: from };
        if (because?.reason === FLAVOR_SET_BACK) world.record = { ...world.record, resize: undefined };
      },
    };
  }

  #run(): string {
    this.#stages += 1;
    return `stage-${this.#stages}`;
  }
}

interface LayeredHost {
  readonly machine?: { readonly root: string; readonly power: string } | undefined;
  readonly disks: Set<string>;
}

export const isLayered = (host: LayeredHost | undefined): boolean => below(host).length > 0;

/** The job of the host, which is over at once, and the removal of what is not stood on any more. */
export function mergeBeside(plan: Plan, host: LayeredHost | undefined): void {
  if (plan.kind !== 'Settled' || plan.beside !== 'Merge' || host === undefined) return;
  if (host.machine?.power !== 'Running') throw new Error('merged while it does not run');
  for (const disk of below(host)) host.disks.delete(disk);
}

const below = ({ machine, disks }: LayeredHost = { disks: new Set() }): readonly string[] =>
  machine === undefined ? [] : [...disks].filter((disk) => isMadeFrom(machine.root, disk));

function remove({ disks, machine }: ResizedWorld, origin: string): void {
  for (const disk of disks) {
    if (!isMadeFrom(disk, origin)) continue;
    if (machine.root === disk || isMadeFrom(machine.root, disk)) throw new Error('a disk was removed from under the machine');
    disks.delete(disk);
  }
}
