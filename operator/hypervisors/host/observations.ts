/**
 * What the observations of one host add up to: the last one, what changed against the one before, what went missing,
 * and on which boot of the host a machine was last seen running.
 *
 * Cheap at rest: an observation that says what the last one said makes one small object, and keeps the last map.
 */
import type { HostObservation, MachineState } from '../../../drivers/contract.ts';
import type { OwnerMark } from '../../../drivers/owner.ts';
import type { HostSnapshot } from '../host.ts';

export interface ObservedChanges {
  /** Appeared, changed or went missing. */
  readonly machineIds: readonly string[];
  /** The first observation of this process, or of another boot of the host. */
  readonly whole: boolean;
  /** A machine with a mark that is not of this cluster is among them. */
  readonly foreign: boolean;
}

/** When a reading began. */
export type Moment = Pick<HostSnapshot, 'observedAt' | 'seenAt'>;

interface Missing {
  readonly misses: number;
  /** Monotonic milliseconds of the last observation that was counted. */
  readonly countedAt: number;
  readonly bootId: string | undefined;
}

/** After so many misses a machine is forgotten: whoever asks for it then gets the number of observations instead. */
const FORGET_AFTER = 10;
const NONE: ReadonlyMap<string, MachineState> = new Map();

export class Observations {
  readonly #clusterId: string;
  readonly #missSpacingMs: number;
  #snapshot: HostSnapshot | undefined;
  /** The machines of the last observation as they were given. */
  #last: readonly MachineState[] = [];
  readonly #missing = new Map<string, Missing>();
  /** Of machines that are there and do not run: the boot they last ran on. */
  readonly #endedOn = new Map<string, string>();
  #counted = 0;
  #countedAt = Number.NEGATIVE_INFINITY;

  /** Two observations closer together than `missSpacingMs` (hastened by events) count as one where a machine is missing. */
  constructor(clusterId: string, missSpacingMs: number) {
    this.#clusterId = clusterId;
    this.#missSpacingMs = missSpacingMs;
  }

  get snapshot(): HostSnapshot | undefined {
    return this.#snapshot;
  }

  /** A new connection: what was missing on the last one is counted anew. */
  reconnected(): void {
    this.#counted = 0;
    this.#countedAt = Number.NEGATIVE_INFINITY;
    for (const [machineId, { bootId }] of this.#missing) this.#missing.set(machineId, { misses: 0, countedAt: this.#countedAt, bootId });
  }

  take({ bootId, machines }: HostObservation, at: Moment): ObservedChanges {
    const before = this.#snapshot;
    const old = before?.machines ?? NONE;
    this.#count(at.seenAt);
    // A driver that is told of changes alone gives the same objects again.
    const last = this.#last;
    const differing = machines.filter((machine, index) => machine !== last[index] && !isSame(old.get(machine.machineId), machine));
    this.#last = machines;
    const whole = before === undefined || before.bootId !== bootId;
    if (differing.length === 0 && machines.length === old.size) {
      this.#snapshot = { ...at, bootId, machines: old };
      return { machineIds: [], whole, foreign: false };
    }
    const now = new Map(old);
    for (const machine of differing) now.set(machine.machineId, machine);
    const gone = now.size === machines.length ? [] : missingIn(machines, old);
    for (const machineId of gone) now.delete(machineId);
    const changed = [...differing.map(({ machineId }) => machineId), ...gone];
    this.#snapshot = { ...at, bootId, machines: now };
    for (const machineId of changed) this.#note(machineId, old.get(machineId), before?.bootId, at.seenAt);
    return {
      machineIds: changed,
      whole,
      foreign: changed.some((machineId) => this.#isForeign(old.get(machineId)) || this.#isForeign(now.get(machineId))),
    };
  }

  missedSince(machineId: string): number {
    if (this.#snapshot === undefined || this.#snapshot.machines.has(machineId)) return 0;
    return this.#missing.get(machineId)?.misses ?? this.#counted;
  }

  lastRunningBootId(machineId: string): string | undefined {
    if (this.#snapshot?.machines.get(machineId)?.power === 'Running') return this.#snapshot.bootId;
    return this.#endedOn.get(machineId) ?? this.#missing.get(machineId)?.bootId;
  }

  /** Machines with a mark of another cluster, by that cluster's id. Looks at every machine: ask when `foreign` was said. */
  foreign(): ReadonlyMap<string, readonly OwnerMark[]> {
    const byCluster = new Map<string, OwnerMark[]>();
    for (const { owner } of this.#snapshot?.machines.values() ?? []) {
      if (owner === undefined || owner.clusterId === this.#clusterId || owner.role === 'retained') continue;
      const marks = byCluster.get(owner.clusterId) ?? [];
      marks.push(owner);
      byCluster.set(owner.clusterId, marks);
    }
    return byCluster;
  }

  #isForeign(machine: MachineState | undefined): boolean {
    return machine?.owner !== undefined && machine.owner.clusterId !== this.#clusterId;
  }

  /** One more observation of this connection, for those who ask for a machine that was never seen, and for what is missing. */
  #count(seenAt: number): void {
    if (seenAt - this.#countedAt >= this.#missSpacingMs) {
      this.#counted += 1;
      this.#countedAt = seenAt;
    }
    for (const [machineId, { misses, countedAt, bootId }] of this.#missing) {
      if (seenAt - countedAt < this.#missSpacingMs) continue;
      if (misses === FORGET_AFTER) this.#missing.delete(machineId);
      else this.#missing.set(machineId, { misses: misses + 1, countedAt: seenAt, bootId });
    }
  }

  #note(machineId: string, before: MachineState | undefined, bootBefore: string | undefined, seenAt: number): void {
    const now = this.#snapshot?.machines.get(machineId);
    const ranOn = before?.power === 'Running' ? bootBefore : (this.#endedOn.get(machineId) ?? this.#missing.get(machineId)?.bootId);
    this.#endedOn.delete(machineId);
    this.#missing.delete(machineId);
    if (now === undefined) this.#missing.set(machineId, { misses: 1, countedAt: seenAt, bootId: ranOn });
    else if (now.power !== 'Running' && ranOn !== undefined) this.#endedOn.set(machineId, ranOn);
  }
}

/** Ids of `known` machines that an observation does not show. */
function missingIn(machines: readonly MachineState[], known: ReadonlyMap<string, MachineState>): readonly string[] {
  const shown = new Set(machines.map(({ machineId }) => machineId));
  return [...known.keys()].filter((machineId) => !shown.has(machineId));
}

function isSame(a: MachineState | undefined, b: MachineState): boolean {
  return (
    a !== undefined &&
    a.power === b.power &&
    a.powerReason === b.powerReason &&
    a.busy === b.busy &&
    a.persistent === b.persistent &&
    a.name === b.name &&
    isSameMark(a.owner, b.owner)
  );
}

function isSameMark(a: OwnerMark | undefined, b: OwnerMark | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  return (
    a.uid === b.uid &&
    a.role === b.role &&
    a.runId === b.runId &&
    a.bootHash === b.bootHash &&
    a.operation === b.operation &&
    a.name === b.name &&
    a.namespace === b.namespace &&
    a.clusterId === b.clusterId
  );
}
