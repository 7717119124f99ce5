/** How much of each kind of work goes on at one host at once. Nothing queues here: who gets no slot comes back. */
import type { Slot } from '../host.ts';

export type SlotLimits = Readonly<Record<Slot, number>>;

/** Few enough that a host that hangs takes no great part of the workers before its circuit opens, enough to keep it busy. */
export const DEFAULT_SLOTS: SlotLimits = { Build: 6, Power: 6, Transfer: 2, Read: 12 };

export class Slots {
  readonly #limits: SlotLimits;
  readonly #taken: Record<Slot, number> = { Build: 0, Power: 0, Transfer: 0, Read: 0 };

  constructor(limits: SlotLimits) {
    this.#limits = limits;
  }

  /** The way to give the slot back, which may be called twice; undefined when all are taken. */
  take(slot: Slot): (() => void) | undefined {
    if (this.#taken[slot] >= this.#limits[slot]) return undefined;
    this.#taken[slot] += 1;
    let held = true;
    return () => {
      if (held) this.#taken[slot] -= 1;
      held = false;
    };
  }

  /** For metrics and the debug dump. */
  taken(): Readonly<Record<Slot, number>> {
    return this.#taken;
  }
}
