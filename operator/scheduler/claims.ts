/**
 * What has been claimed on each host, kept up to date from the Instances as they are seen, one by one.
 *
 * A claim of ours counts from the moment it is decided (`assume`), before the write that makes it stand: two passes at
 * once never give the same room away twice. It is given back when the write failed (`forget`), and stops being assumed
 * when the Instance is seen with it. Nothing here grows beyond the Instances there are.
 */
import type { Resources } from './types.ts';

export interface Claim extends Resources {
  readonly hypervisorName: string;
}

const NOTHING: Resources = { vcpus: 0, memoryBytes: 0 };

export class Claims {
  readonly #byKey = new Map<string, Claim>();
  readonly #assumed = new Set<string>();
  readonly #totals = new Map<string, Resources>();

  /** What the Instance claims as its status says now; undefined: nothing yet. */
  observe(key: string, claim: Claim | undefined): void {
    // What was read before the claim was written says nothing against it.
    if (claim === undefined && this.#assumed.has(key)) return;
    this.#assumed.delete(key);
    this.#set(key, claim);
  }

  assume(key: string, claim: Claim): void {
    this.#assumed.add(key);
    this.#set(key, claim);
  }

  /** The write failed, or the Instance is gone. `standing`: what its status says. */
  forget(key: string, standing?: Claim): void {
    this.#assumed.delete(key);
    this.#set(key, standing);
  }

  /** In all, on one host. */
  on(hypervisorName: string): Resources {
    return this.#totals.get(hypervisorName) ?? NOTHING;
  }

  /** Of this Instance. */
  of(key: string): Claim | undefined {
    return this.#byKey.get(key);
  }

  #set(key: string, claim: Claim | undefined): void {
    const before = this.#byKey.get(key);
    if (before !== undefined) this.#add(before, -1);
    if (claim === undefined) {
      this.#byKey.delete(key);
      return;
    }
    this.#byKey.set(key, claim);
    this.#add(claim, 1);
  }

  #add({ hypervisorName, vcpus, memoryBytes }: Claim, sign: 1 | -1): void {
    const total = this.on(hypervisorName);
    const next = { vcpus: total.vcpus + sign * vcpus, memoryBytes: total.memoryBytes + sign * memoryBytes };
    if (next.vcpus === 0 && next.memoryBytes === 0) this.#totals.delete(hypervisorName);
    else this.#totals.set(hypervisorName, next);
  }
}
