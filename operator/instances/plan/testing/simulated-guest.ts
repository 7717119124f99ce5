/** The guest in the machine of the simulation, as far as its agent is asked: what is set and written, and what is frozen in which run. */
import type { Recorded, StepName, Steps } from '../types.ts';

export interface SimulatedGuest {
  readonly power: string;
  readonly runId: string | undefined;
  /** The run whose file systems were frozen: they are gone with it. */
  frozenRun?: string | undefined;
}

/** The operator's side, of which steps change the record. */
interface Operator {
  now: number;
  record: Recorded;
}

/** `Refused` is thrown where no guest runs that hears anything. */
export function guestSteps(
  operator: Operator,
  guest: SimulatedGuest,
  { freezeMs }: Steps,
  Refused: new (what: string) => Error,
): Partial<Record<StepName, () => void>> {
  const heard = (): void => {
    if (guest.power !== 'Running') throw new Refused('no guest runs');
  };
  const thaw = (): void => {
    heard();
    guest.frozenRun = undefined;
    operator.record = { ...operator.record, frozen: undefined };
  };
  return {
    'set-guest-password': heard,
    'write-guest-file': heard,
    'write-network-info': heard,
    'write-metadata': heard,
    'reset-network': heard,
    'record-freeze': () => {
      if (guest.runId === undefined || freezeMs === undefined) throw new Error('a freeze without its run or time');
      operator.record = { ...operator.record, frozen: { runId: guest.runId, until: operator.now + freezeMs } };
    },
    'freeze-guest': () => {
      heard();
      if (operator.record.frozen?.runId !== guest.runId) throw new Error('frozen without a trace of when it ends');
      guest.frozenRun = guest.runId;
    },
    'thaw-guest': thaw,
    'thaw-overdue': thaw,
  };
}

/** Writes of a guest that runs are held back. */
export const isHeldBack = ({ power, runId, frozenRun }: SimulatedGuest): boolean =>
  power === 'Running' && frozenRun !== undefined && frozenRun === runId;
