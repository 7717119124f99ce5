/**
 * Room in pools that was promised and that no reading of them has shown yet: by host, until it is read again. Disks grow as they
 * are written, so a reading shows what they take, and what was promised before it counts no more.
 */
interface Promised {
  readonly pool: string;
  readonly bytes: number;
  /** Monotonic milliseconds. */
  readonly at: number;
}

const NOTHING: ReadonlyMap<string, number> = new Map();

export class Promises {
  readonly #byHost = new Map<string, readonly Promised[]>();

  /** `pool`: as the host names it. */
  add(hypervisorName: string, pool: string, bytes: number, at: number): void {
    if (bytes > 0) this.#byHost.set(hypervisorName, [...(this.#byHost.get(hypervisorName) ?? []), { pool, bytes, at }]);
  }

  /** In bytes, by pool, since the reading that began at `readAt`; undefined: there was none. What was promised before it is forgotten. */
  on(hypervisorName: string, readAt: number | undefined): ReadonlyMap<string, number> {
    const all = this.#byHost.get(hypervisorName);
    if (all === undefined) return NOTHING;
    const since = readAt === undefined ? all : all.filter(({ at }) => at >= readAt);
    if (since.length === 0) this.#byHost.delete(hypervisorName);
    else if (since.length < all.length) this.#byHost.set(hypervisorName, since);
    const byPool = new Map<string, number>();
    for (const { pool, bytes } of since) byPool.set(pool, (byPool.get(pool) ?? 0) + bytes);
    return byPool;
  }

  /** What this process does not manage any more. */
  forget(hypervisorName: string): void {
    this.#byHost.delete(hypervisorName);
  }
}
