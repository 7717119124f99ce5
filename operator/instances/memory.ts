/**
 * What this process remembers of an Instance between passes, beside status: when it last acted on the machine, what it
 * read of it since, and since when it is missed.
 *
 * Correctness does not rest on it: a new process forgets all of it, and looks. It holds entries only of Instances that
 * something is to be remembered of, and is told when one is gone.
 */
import type { Machine } from '../../drivers/contract.ts';

/** Times are monotonic milliseconds, as those of observations; undefined: never, or not any more. */
export interface Remembered {
  /** Observations of the host that began before this say nothing of the machine. */
  readonly actedAt?: number | undefined;
  /** The machine as it was read by itself, and when that reading began; of a machine that was not there, undefined. */
  readonly read?: { readonly at: number; readonly machine: Machine | undefined } | undefined;
  /** When a host was left for another, whose last observation may be from before, by name of the host. */
  readonly left?: ReadonlyMap<string, number> | undefined;
  /** This process put our finalizer on it, and has chosen no host since. */
  readonly begun?: boolean | undefined;
  readonly missedAt?: number | undefined;
  /** How it is seen to live on two hosts, and since when. */
  readonly twice?: { readonly seen: string; readonly at: number } | undefined;
  /** When its definition is to be read again; epoch milliseconds, as the time of the secret. */
  readonly lookAt?: number | undefined;
  /** How often in a row something failed that status keeps no record of: looking, mostly. */
  readonly misses?: number | undefined;
  /** How often a secret of it was found missing or unfit in a row, why, and when to look again. */
  readonly secret?: MissedSecret | undefined;
  /** UID of the snapshot that this process began to copy, or let go of after another did. */
  readonly copy?: string | undefined;
  /** UID of the SwapVolume that was begun in this term of the lease, and that no host was asked to copy for yet. */
  readonly untouched?: { readonly uid: string; readonly term: AbortSignal } | undefined;
  /** When to look, monotonic, for config drives that it does not use, and how often that failed; infinity: there are none. */
  readonly drives?: { readonly lookAt: number; readonly failures: number } | undefined;
  /** Of its disks that were made from others. */
  readonly merging?: MergingMemory | undefined;
  /** The same of the password of a rescue. */
  readonly rescueSecret?: MissedSecret | undefined;
}

export interface MergingMemory {
  /** Names of those that this process saw merged. */
  readonly merged: ReadonlySet<string>;
  /** When to look at the others again. */
  readonly lookAt?: number;
  /** How often it failed, or was broken off, and whether the host has begun. */
  readonly failures: number;
  readonly begun: boolean;
}

export interface MissedSecret {
  /** Of the spec that named it: another spec may name another. */
  readonly generation: number;
  readonly misses: number;
  /** Epoch milliseconds. */
  readonly retryAt: number;
  readonly reason: string;
  readonly until: string;
}

const NOTHING: Remembered = Object.freeze({});

export class Memory {
  readonly #byUid = new Map<string, Remembered>();

  get size(): number {
    return this.#byUid.size;
  }

  of(uid: string): Remembered {
    return this.#byUid.get(uid) ?? NOTHING;
  }

  /** Fields of value undefined are forgotten. */
  note(uid: string, over: Remembered): void {
    const next = { ...this.#byUid.get(uid), ...over };
    if (Object.values(next).every((value) => value === undefined)) this.#byUid.delete(uid);
    else this.#byUid.set(uid, next);
  }

  forget(uid: string): void {
    this.#byUid.delete(uid);
  }
}
