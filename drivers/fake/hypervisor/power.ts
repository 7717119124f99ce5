/**
 * Power as a table: what each act makes of a machine in each power state. The same table serves the driver's verbs and
 * what people do behind its back.
 */
import type { Power } from '../../contract.ts';
import { DriverError } from '../../labels.ts';
import type { MachineRecord } from './machine.ts';

/** `Done`: nothing is left to do. `Refused`: the hypervisor would say no. */
type Outcome = 'Done' | 'Refused' | { readonly power: Power; readonly reason: string };

export type PowerAct =
  | 'startPaused'
  | 'start'
  | 'unpause'
  | 'pause'
  | 'suspendToDisk'
  | 'restoreFromDisk'
  | 'discardSavedState'
  | 'powerOff'
  | 'guestShutdown'
  | 'guestCrash'
  | 'ioError'
  | 'migrateAway';

const to = (power: Power, reason: string): Outcome => ({ power, reason });

const OUTCOMES: Readonly<Record<PowerAct, Readonly<Record<Exclude<Power, 'Unknown'>, Outcome>>>> = {
  startPaused: { Running: 'Done', Paused: 'Done', Stopped: to('Paused', 'User'), Suspended: 'Refused' },
  start: { Running: 'Done', Paused: 'Refused', Stopped: to('Running', 'Booted'), Suspended: to('Running', 'Restored') },
  unpause: { Running: 'Done', Paused: to('Running', 'Unpaused'), Stopped: 'Refused', Suspended: 'Refused' },
  pause: { Running: to('Paused', 'User'), Paused: 'Done', Stopped: 'Refused', Suspended: 'Refused' },
  suspendToDisk: { Running: to('Suspended', 'Saved'), Paused: to('Suspended', 'Saved'), Stopped: 'Refused', Suspended: 'Done' },
  restoreFromDisk: { Running: 'Done', Paused: 'Done', Stopped: 'Refused', Suspended: to('Running', 'Restored') },
  discardSavedState: { Running: 'Done', Paused: 'Done', Stopped: 'Done', Suspended: to('Stopped', 'Saved') },
  powerOff: { Running: to('Stopped', 'Destroyed'), Paused: to('Stopped', 'Destroyed'), Stopped: 'Done', Suspended: 'Done' },
  guestShutdown: { Running: to('Stopped', 'GuestShutdown'), Paused: 'Refused', Stopped: 'Done', Suspended: 'Refused' },
  guestCrash: { Running: to('Stopped', 'Crashed'), Paused: 'Refused', Stopped: 'Refused', Suspended: 'Refused' },
  ioError: { Running: to('Paused', 'IOError'), Paused: 'Done', Stopped: 'Refused', Suspended: 'Refused' },
  migrateAway: { Running: to('Stopped', 'Migrated'), Paused: to('Stopped', 'Migrated'), Stopped: 'Refused', Suspended: 'Refused' },
};

/** The power state and reason after the act; undefined when there is nothing to do. Throws `Conflict` where it is refused. */
export function outcomeOf(act: PowerAct, machine: MachineRecord): { readonly power: Power; readonly reason: string } | undefined {
  const outcome = machine.power === 'Unknown' ? fromUnknown(act) : OUTCOMES[act][machine.power];
  if (outcome === 'Done') return undefined;
  if (outcome !== 'Refused') return outcome;
  throw new DriverError('Conflict', `Machine ${machine.name} is ${machine.power} (${machine.powerReason}): ${act} is not possible`, {
    reason: `Is${machine.power}`,
  });
}

/** A state that the hypervisor itself does not know can only be ended. */
function fromUnknown(act: PowerAct): Outcome {
  return act === 'powerOff' ? to('Stopped', 'Destroyed') : 'Refused';
}
