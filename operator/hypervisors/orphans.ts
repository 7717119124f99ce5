/**
 * Machines that carry the mark of this cluster for an Instance that does not exist any more: left with Abandon, or by an
 * object whose finalizer somebody took off. Nothing is done to them here; they are found, to be told of, and for `operator/orphans/`.
 *
 * One counts when an observation that began after it was first seen without its Instance shows it still: a machine that
 * was removed stands in the last observation until the next one. Holds one small entry for each such machine.
 */
import type { MachineState } from '../../drivers/contract.ts';
import type { OwnerMark } from '../../drivers/owner.ts';
import type { HostSnapshot } from './host.ts';

/** Of `spec.orphans.after`, where it says nothing. */
export const ORPHANS_AFTER = '24h';

export interface Orphan {
  readonly machineId: string;
  readonly owner: OwnerMark;
}

export interface OrphansSeen {
  readonly orphans: readonly Orphan[];
  /** Some await another observation. */
  readonly unsure: boolean;
  /** Ids of those, too. */
  readonly noticed: readonly string[];
}

export class Orphans {
  readonly #clusterId: string;
  readonly #lives: (uid: string) => boolean;
  /** Epoch milliseconds when a machine was first seen without its Instance, by host and machine id. */
  readonly #noticed = new Map<string, ReadonlyMap<string, number>>();

  /** `lives`: whether there is an Instance of that UID. */
  constructor(clusterId: string, lives: (uid: string) => boolean) {
    this.#clusterId = clusterId;
    this.#lives = lives;
  }

  /** Looks at every machine of the host. Undefined: the host was not observed yet. */
  look(hostName: string, snapshot: HostSnapshot | undefined, now: number): OrphansSeen | undefined {
    if (snapshot === undefined) return undefined;
    const known = this.#noticed.get(hostName);
    const noticed = new Map<string, number>();
    const orphans: Orphan[] = [];
    for (const { machineId, owner } of snapshot.machines.values()) {
      if (owner === undefined || !this.#isAlone(owner)) continue;
      const since = known?.get(machineId) ?? now;
      noticed.set(machineId, since);
      if (snapshot.observedAt > since) orphans.push({ machineId, owner });
    }
    if (noticed.size > 0) this.#noticed.set(hostName, noticed);
    else this.#noticed.delete(hostName);
    return { orphans, unsure: orphans.length < noticed.size, noticed: [...noticed.keys()] };
  }

  /** Whether a change of this machine is a change of what `look` finds. Undefined: it is not on the host. */
  concerns(hostName: string, machineId: string, machine: MachineState | undefined): boolean {
    const { owner } = machine ?? {};
    return this.#noticed.get(hostName)?.has(machineId) === true || (owner !== undefined && this.#isAlone(owner));
  }

  forget(hostName: string): void {
    this.#noticed.delete(hostName);
  }

  #isAlone({ clusterId, role, uid }: OwnerMark): boolean {
    return clusterId === this.#clusterId && role !== 'retained' && !this.#lives(uid);
  }
}
