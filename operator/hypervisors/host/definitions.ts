/**
 * Machines with their definitions, as last read: read on demand, forgotten when something hints that they changed, and
 * audited in turn, since hints can be lost.
 *
 * A definition is kilobytes, and rarely asked for twice: it is kept for a minute after it was used, and then only what
 * tells whether it is still the same. Bounded by the machines that the host has.
 */
import { createHash } from 'node:crypto';
import type { Machine } from '../../../drivers/contract.ts';

export type ReadMachine = (machineId: string) => Promise<Machine | undefined>;

interface Known {
  readonly machine: Machine;
  /** Monotonic milliseconds when the reading began. */
  readonly readAt: number;
  usedAt: number;
}

const KEPT_MS = 60_000;

export class Definitions {
  readonly #read: ReadMachine;
  readonly #now: () => number;
  readonly #known = new Map<string, Known>();
  /** Of every definition that was read, also of those that are not kept. */
  readonly #digests = new Map<string, string>();
  /** Readings under way: callers share them. One that was overtaken by a hint is not in here any more, and not kept. */
  readonly #reading = new Map<string, Promise<Machine | undefined>>();

  constructor(read: ReadMachine, now: () => number) {
    this.#read = read;
    this.#now = now;
  }

  get(machineId: string): Readonly<Known> | undefined {
    const known = this.#known.get(machineId);
    if (known !== undefined) known.usedAt = this.#now();
    return known;
  }

  /** It may have changed: the next who asks reads it. */
  forget(machineId: string): void {
    this.#known.delete(machineId);
    this.#reading.delete(machineId);
  }

  forgetAll(): void {
    this.#known.clear();
    this.#reading.clear();
  }

  /** The host has it no more. */
  drop(machineId: string): void {
    this.forget(machineId);
    this.#digests.delete(machineId);
  }

  /** Lets go of what was not used for a while. */
  sweep(): void {
    const until = this.#now() - KEPT_MS;
    for (const [machineId, { usedAt }] of this.#known) if (usedAt <= until) this.#known.delete(machineId);
  }

  /** Reads the machine afresh and keeps it. */
  read(machineId: string): Promise<Machine | undefined> {
    const underWay = this.#reading.get(machineId);
    if (underWay !== undefined) return underWay;
    const reading = this.#readAndKeep(machineId, () => this.#reading.get(machineId) === reading);
    this.#reading.set(machineId, reading);
    return reading;
  }

  /** Reads the machine again; true when its definition is another one than at the last reading. */
  async audit(machineId: string): Promise<boolean> {
    const before = this.#digests.get(machineId);
    const machine = await this.#read(machineId);
    if (machine === undefined) return before !== undefined;
    const changed = before !== this.#note(machine);
    if (changed) this.forget(machineId);
    return changed && before !== undefined;
  }

  async #readAndKeep(machineId: string, isWanted: () => boolean): Promise<Machine | undefined> {
    const readAt = this.#now();
    try {
      // After a turn of the event loop the map holds this reading, also when the read throws at once.
      await Promise.resolve();
      const machine = await this.#read(machineId);
      if (machine === undefined) this.drop(machineId);
      else if (isWanted()) {
        this.#known.set(machineId, { machine, readAt, usedAt: readAt });
        this.#note(machine);
      }
      return machine;
    } finally {
      if (isWanted()) this.#reading.delete(machineId);
    }
  }

  #note({ machineId, definition }: Machine): string {
    const digest = createHash('sha1').update(definition).digest('base64');
    this.#digests.set(machineId, digest);
    return digest;
  }
}

/** Whose turn it is to be audited: every machine once a period, spread evenly over it. */
export class AuditRound {
  readonly #periodMs: number;
  #due = 0;
  #round: string[] = [];

  constructor(periodMs: number) {
    this.#periodMs = periodMs;
  }

  /** Machines to audit now that `elapsedMs` have passed. `all` is asked for when a round begins. */
  next(elapsedMs: number, count: number, all: () => Iterable<string>): readonly string[] {
    this.#due = Math.min(this.#due + (count * elapsedMs) / this.#periodMs, count);
    const turns: string[] = [];
    for (; this.#due >= 1; this.#due -= 1) {
      if (this.#round.length === 0) this.#round = [...all()];
      const machineId = this.#round.pop();
      if (machineId !== undefined) turns.push(machineId);
    }
    return turns;
  }
}
