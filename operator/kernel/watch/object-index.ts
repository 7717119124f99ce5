/** One index of a cache: keys by derived value. Holds no value that no object has. */
import type { KubeObject } from '../api/object.ts';
import type { Index } from './cache.ts';

const NONE: readonly string[] = Object.freeze([]);

export class ObjectIndex<T extends KubeObject> implements Index<T> {
  private readonly valuesOf: (object: T) => readonly string[];
  private readonly lookUp: (key: string) => T | undefined;
  private readonly buckets = new Map<string, Set<string>>();

  constructor(valuesOf: (object: T) => readonly string[], lookUp: (key: string) => T | undefined) {
    this.valuesOf = valuesOf;
    this.lookUp = lookUp;
  }

  get(value: string): readonly T[] {
    return this.keys(value).flatMap((key) => this.lookUp(key) ?? []);
  }

  keys(value: string): readonly string[] {
    const bucket = this.buckets.get(value);
    return bucket === undefined ? NONE : [...bucket];
  }

  update(key: string, previous: T | undefined, current: T | undefined): void {
    const before = previous === undefined ? NONE : this.valuesOf(previous);
    const after = current === undefined ? NONE : this.valuesOf(current);
    for (const value of before) if (!after.includes(value)) this.remove(value, key);
    for (const value of after) if (!before.includes(value)) this.insert(value, key);
  }

  private insert(value: string, key: string): void {
    const bucket = this.buckets.get(value);
    if (bucket === undefined) this.buckets.set(value, new Set([key]));
    else bucket.add(key);
  }

  private remove(value: string, key: string): void {
    const bucket = this.buckets.get(value);
    bucket?.delete(key);
    if (bucket?.size === 0) this.buckets.delete(value);
  }
}
