/**
 * Machines with their definitions, as last read: read on demand, forgotten when something hints that they changed, and
 * audited in turn, since hints can be lost. Bounded by the machines that the host has.
 */
import type { Machine } from '../../../drivers/contract.ts';

export type ReadMachine = (machineId: string) => Promise<Machine | undefined>;

interface Known {
  readonly machine: Machine;
  /** Epoch milliseconds when the reading began. */
  readonly readAt: number;
}

export class Definitions {
  readonly #read: ReadMachine;
  readonly #now: () => number;
  readonly #known = new Map<string, Known>();
  /** Readings under way: callers share them. One that was overtaken by a hint is not in here any more, and not kept. */
  readonly #reading = new Map<string, Promise<Machine | undefined>>();

  constructor(read: ReadMachine, now: () => number) {
    this.#read = read;
    this.#now = now;
  }

  get(machineId: string): Known | undefined {
    return this.#known.get(machineId);
  }

  forget(machineId: string): void {
    this.#known.delete(machineId);
    this.#reading.delete(machineId);
  }

  forgetAll(): void {
    this.#known.clear();
    this.#reading.clear();
  }

  /** Reads the machine afresh and keeps it. */
  read(machineId: string): Promise<Machine | undefined> {
    const underWay = this.#reading.get(machineId);
    if (underWay !== undefined) return underWay;
    const reading = this.#readAndKeep(machineId, () => this.#reading.get(machineId) === reading);
    this.#reading.set(machineId, reading);
    return reading;
  }

  /** Reads the machine again; true when its definition is another one than the one known. */
  async audit(machineId: string): Promise<boolean> {
    const before = this.#known.get(machineId)?.machine.definition;
    const machine = await this.read(machineId);
    return before !== undefined && machine?.definition !== before;
  }

  async #readAndKeep(machineId: string, isWanted: () => boolean): Promise<Machine | undefined> {
    const readAt = this.#now();
    try {
      // After a turn of the event loop the map holds this reading, also when the read throws at once.
      await Promise.resolve();
      const machine = await this.#read(machineId);
      if (machine === undefined) this.#known.delete(machineId);
      else if (isWanted()) this.#known.set(machineId, { machine, readAt });
      return machine;
    } finally {
      if (isWanted()) this.#reading.delete(machineId);
    }
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
