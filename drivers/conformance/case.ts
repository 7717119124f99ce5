/** The shape of a conformance case: the world before, what is done, and what must be true after it. */
import type { BaseImage, Capability, Disk, Power } from '../contract.ts';
import type { Label } from '../labels.ts';
import type { OwnerMark } from '../owner.ts';
import type { OutOfBand } from './harness.ts';
import type { HeardKind, Scene } from './scene.ts';

/**
 * What is there before. `Disks`: the disks, no machine. `Stopped` to `Suspended`: our machine in that state. The last four
 * are machines that the target names and that are not ours: `Foreign` has no mark, the others carry that of another uid
 * or cluster, or one that was let go.
 */
export type Given =
  'Nothing' | 'Disks' | 'Stopped' | 'Running' | 'Paused' | 'Suspended' | 'Foreign' | 'OtherUid' | 'OtherCluster' | 'Retained';

/** Something that is done: by the driver, or (with `hands`) by somebody else on the host. */
export interface Act {
  readonly name: string;
  readonly needs?: Capability;
  readonly hands?: keyof OutOfBand;
  run(scene: Scene): Promise<unknown>;
}

export interface Expected {
  /** How the last act fails; absent: it succeeds. Every act before it succeeds. */
  readonly fails?: { readonly label: Label; readonly reason?: string };
  /** What the last act gives, in the words of acts/. */
  readonly answer?: (scene: Scene) => unknown;
  readonly machine?: 'Gone' | SeenMachine;
  /** Of the case's pool, by the end of the name; `undefined` is a disk that is not there. */
  readonly disks?: Readonly<Record<string, Disk['capacityBytes'] | undefined>>;
  /** `Missing` also leaves no trace in the pool. */
  readonly base?: 'Missing' | Partial<BaseImage>;
  /** Each arrives soon. */
  readonly events?: readonly HeardKind[];
}

export interface SeenMachine {
  readonly power?: Power;
  readonly powerReason?: string;
  /** A field that is `undefined` must not be there. */
  readonly owner?: { readonly [Field in keyof OwnerMark]?: OwnerMark[Field] | undefined };
  readonly vcpus?: number;
  readonly busy?: boolean;
  readonly persistent?: boolean;
}

export interface Case {
  /** What the acts alone do not tell. */
  readonly name?: string;
  readonly needs?: Capability;
  /** What the contract lets a host lack (`HarnessDescription.lacks`), and the case asks for. */
  readonly asks?: string;
  /** Only where ids are chosen by us. */
  readonly ids?: 'Chosen';
  /** Only where there is a pool of whole copies. */
  readonly copying?: true;
  readonly given: Given;
  readonly when: readonly Act[];
  readonly outcome: Expected;
}
