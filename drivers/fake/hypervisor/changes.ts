/**
 * What changed since a given moment, for keyed things: so that an observation of thousands of machines carries only the
 * few that changed. Every change gets the next generation; the newest change of a key is the one that counts.
 *
 * Memory is bounded by the living keys: entries that newer ones outdated are dropped when they outnumber the others, and
 * removals are remembered only while they are few; who asks from before a forgotten removal gets everything.
 */
interface Entry {
  readonly generation: number;
  readonly key: string;
}

export interface Changes {
  readonly generation: number;
  /** True: `changed` holds all keys there are, and what is not among them is gone. */
  readonly complete: boolean;
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

const REMEMBERED_REMOVALS = 10_000;

export class ChangeLog {
  #generation = 0;
  /** Removals up to this generation are forgotten. */
  #forgotten = 0;
  /** In ascending order of generation; outdated entries among them. */
  #log: Entry[] = [];
  readonly #living = new Map<string, number>();
  readonly #removed = new Map<string, number>();

  changed(key: string): void {
    this.#removed.delete(key);
    this.#living.set(key, this.#append(key));
  }

  removed(key: string): void {
    if (!this.#living.delete(key)) return;
    this.#removed.set(key, this.#append(key));
    for (const [oldest, generation] of this.#removed) {
      if (this.#removed.size <= REMEMBERED_REMOVALS) break;
      this.#removed.delete(oldest);
      this.#forgotten = generation;
    }
  }

  /** `generation` is that of an earlier answer; 0, or one that was never given, asks for everything. */
  since(generation: number): Changes {
    if (generation <= 0 || generation < this.#forgotten || generation > this.#generation) {
      return { generation: this.#generation, complete: true, changed: [...this.#living.keys()], removed: [] };
    }
    const changed: string[] = [];
    const removed: string[] = [];
    for (let index = this.#firstAfter(generation); index < this.#log.length; index++) {
      const entry = this.#log[index];
      if (entry === undefined) break;
      if (this.#living.get(entry.key) === entry.generation) changed.push(entry.key);
      else if (this.#removed.get(entry.key) === entry.generation) removed.push(entry.key);
    }
    return { generation: this.#generation, complete: false, changed, removed };
  }

  #append(key: string): number {
    this.#generation += 1;
    this.#log.push({ generation: this.#generation, key });
    if (this.#log.length > 1000 + 2 * (this.#living.size + this.#removed.size)) this.#compact();
    return this.#generation;
  }

  #compact(): void {
    const newest = this.#generation;
    const counts = (entry: Entry) =>
      entry.generation === newest || entry.generation === (this.#living.get(entry.key) ?? this.#removed.get(entry.key));
    this.#log = this.#log.filter(counts);
  }

  /** Index of the first entry newer than `generation`. */
  #firstAfter(generation: number): number {
    let low = 0;
    let high = this.#log.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#log[middle]?.generation ?? Infinity) > generation) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
