/** What this process remembers of Volumes: whether it has seen the disk, and what went wrong. A new one looks again. */
import type { VolumeFailure, VolumeWorld } from './types.ts';

interface Remembered {
  /** Of the object that this is about: a change of the spec begins anew. */
  readonly generation: number;
  readonly seen: VolumeWorld['seen'];
  readonly failure: VolumeFailure | undefined;
}

const NOTHING = { seen: 'No', failure: undefined } as const;

interface Subject {
  readonly uid: string;
  readonly generation: number;
}

export class VolumeMemory {
  readonly #byUid = new Map<string, Remembered>();

  get size(): number {
    return this.#byUid.size;
  }

  of({ uid, generation }: Subject): Pick<Remembered, 'seen' | 'failure'> {
    const known = this.#byUid.get(uid);
    return known?.generation === generation ? known : NOTHING;
  }

  note(subject: Subject, over: Partial<Pick<Remembered, 'seen' | 'failure'>>): void {
    this.#byUid.set(subject.uid, { generation: subject.generation, ...this.of(subject), ...over });
  }

  forget(uid: string): void {
    this.#byUid.delete(uid);
  }
}
