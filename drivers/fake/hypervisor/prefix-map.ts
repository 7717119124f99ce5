/** A map by name that finds all names with a given beginning without looking at every name. */

/** As long as the shortest beginning that is worth an index: that of a uid. */
const BUCKET_CHARACTERS = 8;

export class PrefixMap<T> {
  readonly #buckets = new Map<string, Map<string, T>>();

  get(name: string): T | undefined {
    return this.#buckets.get(bucketOf(name))?.get(name);
  }

  set(name: string, value: T): void {
    const key = bucketOf(name);
    const bucket = this.#buckets.get(key);
    if (bucket === undefined) this.#buckets.set(key, new Map([[name, value]]));
    else bucket.set(name, value);
  }

  delete(name: string): void {
    const key = bucketOf(name);
    const bucket = this.#buckets.get(key);
    bucket?.delete(name);
    if (bucket?.size === 0) this.#buckets.delete(key);
  }

  *startingWith(prefix: string): Iterable<T> {
    const bucket = this.#buckets.get(bucketOf(prefix));
    const buckets = prefix.length < BUCKET_CHARACTERS ? this.#buckets.values() : bucket === undefined ? [] : [bucket];
    for (const candidates of buckets) {
      for (const [name, value] of candidates) if (name.startsWith(prefix)) yield value;
    }
  }
}

function bucketOf(name: string): string {
  return name.slice(0, BUCKET_CHARACTERS);
}
