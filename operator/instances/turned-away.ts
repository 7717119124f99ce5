/**
 * Instances whose host had no room even for one more to wait, by host, in the order in which they came.
 *
 * They hold no worker, and ask no more by themselves for a while: when a pass on their host is over, its place is the
 * next one's. Bounded by the Instances there are.
 */
export class TurnedAway {
  readonly #byHost = new Map<string, Set<string>>();
  readonly #wake: (key: string) => void;

  constructor(wake: (key: string) => void) {
    this.#wake = wake;
  }

  get size(): number {
    return [...this.#byHost.values()].reduce((sum, { size }) => sum + size, 0);
  }

  add(hypervisorName: string, key: string): void {
    const keys = this.#byHost.get(hypervisorName);
    if (keys === undefined) this.#byHost.set(hypervisorName, new Set([key]));
    else keys.add(key);
  }

  /** A place on the host is free: whoever waits longest is looked at. */
  next(hypervisorName: string): void {
    const [key] = this.#byHost.get(hypervisorName) ?? [];
    if (key === undefined) return;
    this.#remove(hypervisorName, key);
    this.#wake(key);
  }

  forget(key: string): void {
    for (const hypervisorName of this.#byHost.keys()) this.#remove(hypervisorName, key);
  }

  #remove(hypervisorName: string, key: string): void {
    const keys = this.#byHost.get(hypervisorName);
    keys?.delete(key);
    if (keys?.size === 0) this.#byHost.delete(hypervisorName);
  }
}
