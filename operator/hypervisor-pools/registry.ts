/** All pools that are asked, by the name of their HypervisorPool. */
import type { DriverError } from '../../drivers/labels.ts';
import type { PoolDriver } from '../../drivers/pool-contract.ts';
import { type PoolView, PoolWatch, type WatchOutside } from './watch.ts';

export interface PoolRequest {
  readonly name: string;
  /** Changes whenever the session must be another one: object, endpoints, credentials. */
  readonly key: string;
  /** Called when there is no such session yet. Throws `InvalidSpec` on a configuration that can never work. */
  readonly open: () => PoolDriver;
}

interface Entry {
  readonly key: string;
  readonly watch: PoolWatch;
}

const UNKNOWN: PoolView = { facts: undefined, contact: 'Connecting', problem: undefined };

export class PoolRegistry {
  readonly #outside: WatchOutside;
  readonly #entries = new Map<string, Entry>();
  readonly #ending = new Set<Promise<void>>();
  /** Why a pool has no session. */
  readonly #problems = new Map<string, DriverError>();
  readonly #listeners = new Set<(name: string) => void>();

  constructor(outside: WatchOutside) {
    this.#outside = outside;
  }

  /** What is known of a pool; of one that has no session, why. */
  view(name: string): PoolView {
    const problem = this.#problems.get(name);
    const view = this.#entries.get(name)?.watch.view ?? UNKNOWN;
    return problem === undefined ? view : { ...view, contact: 'Failing', problem };
  }

  /** Called when a view has changed. */
  onChange(listener: (name: string) => void): void {
    this.#listeners.add(listener);
  }

  /** Begins to ask the pool, in the place of one with another key. Throws what `open` throws. */
  open({ name, key, open }: PoolRequest): void {
    const solved = this.#problems.delete(name);
    if (this.#entries.get(name)?.key === key) {
      if (solved) this.#tell(name);
      return;
    }
    const driver = open();
    this.#end(name);
    const watch = new PoolWatch(name, driver, () => this.#tell(name), this.#outside);
    this.#entries.set(name, { key, watch });
    const ended = watch.run();
    this.#ending.add(ended);
    void ended.finally(() => this.#ending.delete(ended));
    this.#tell(name);
  }

  /** There can be no session: one that there is ends. */
  fail(name: string, problem: DriverError): void {
    this.#end(name);
    const before = this.#problems.get(name);
    this.#problems.set(name, problem);
    if (before?.message !== problem.message) this.#tell(name);
  }

  close(name: string): void {
    this.#problems.delete(name);
    this.#end(name);
  }

  /** Ends all; resolves when no session is left. */
  async closeAll(): Promise<void> {
    for (const name of this.#entries.keys()) this.close(name);
    await Promise.all(this.#ending);
  }

  #end(name: string): void {
    this.#entries.get(name)?.watch.close();
    this.#entries.delete(name);
  }

  #tell(name: string): void {
    for (const listener of this.#listeners) listener(name);
  }
}
