/** Keeps events few: how many one object may have, and maps that forget the least recently used. */

/** As client-go: bursts of 25 per object, then one every five minutes. */
const BURST = 25;
const REFILL_MS = 300_000;

/** Forgets the least recently used beyond `limit`. */
export class BoundedMap<V> {
  private readonly entries = new Map<string, V>();
  private readonly limit: number;

  constructor(limit: number) {
    this.limit = limit;
  }

  get size(): number {
    return this.entries.size;
  }

  /** Also marks it as used. */
  get(key: string): V | undefined {
    const value = this.entries.get(key);
    if (value !== undefined) this.set(key, value);
    return value;
  }

  set(key: string, value: V): void {
    this.entries.delete(key);
    this.entries.set(key, value);
    if (this.entries.size <= this.limit) return;
    const [oldest] = this.entries.keys();
    if (oldest !== undefined) this.entries.delete(oldest);
  }

  delete(key: string): void {
    this.entries.delete(key);
  }

  values(): IterableIterator<[string, V]> {
    return this.entries.entries();
  }
}

interface Bucket {
  tokens: number;
  filledAt: number;
}

/** A token bucket per object. */
export class SpamLimit {
  private readonly buckets = new BoundedMap<Bucket>(4096);

  /** Takes one; false when the object has had enough. `now` is monotonic. */
  allows(uid: string, now: number): boolean {
    const bucket = this.buckets.get(uid) ?? { tokens: BURST, filledAt: now };
    const refilled = Math.floor((now - bucket.filledAt) / REFILL_MS);
    if (refilled > 0) {
      bucket.tokens = Math.min(BURST, bucket.tokens + refilled);
      bucket.filledAt += refilled * REFILL_MS;
    }
    this.buckets.set(uid, bucket);
    if (bucket.tokens === 0) return false;
    bucket.tokens -= 1;
    return true;
  }
}
