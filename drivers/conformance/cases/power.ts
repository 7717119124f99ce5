/** What each power verb makes of each power state, once and twice. */
import type { Power } from '../../contract.ts';
import {
  applyFilters,
  applyRealFilters,
  discardSavedState,
  injectNmi,
  pause,
  powerOff,
  restoreFromDisk,
  signalShutdown,
  startPaused,
  suspendToDisk,
  undefine,
  unpause,
} from '../acts/machine.ts';
import { connectionsBreak, daemonRestarts, somebody } from '../acts/hands.ts';
import { connect } from '../acts/waiting.ts';
import type { Act, Case, Expected, Given } from '../case.ts';

/** `Refused` is `Conflict`, and nothing changes; `Gone` is no machine. */
type Result = Power | 'Refused' | 'Gone';

const table: readonly (readonly [Act, Readonly<Record<'Stopped' | 'Paused' | 'Running' | 'Suspended', Result>>])[] = [
  [startPaused(), { Stopped: 'Paused', Paused: 'Paused', Running: 'Running', Suspended: 'Refused' }],
  [unpause, { Stopped: 'Refused', Paused: 'Running', Running: 'Running', Suspended: 'Refused' }],
  [pause, { Stopped: 'Refused', Paused: 'Paused', Running: 'Paused', Suspended: 'Refused' }],
  [injectNmi, { Stopped: 'Refused', Paused: 'Refused', Running: 'Running', Suspended: 'Refused' }],
  [suspendToDisk, { Stopped: 'Refused', Paused: 'Suspended', Running: 'Suspended', Suspended: 'Suspended' }],
  [restoreFromDisk, { Stopped: 'Refused', Paused: 'Paused', Running: 'Running', Suspended: 'Running' }],
  [discardSavedState, { Stopped: 'Stopped', Paused: 'Paused', Running: 'Running', Suspended: 'Stopped' }],
  [powerOff, { Stopped: 'Stopped', Paused: 'Stopped', Running: 'Stopped', Suspended: 'Suspended' }],
  [undefine, { Stopped: 'Gone', Paused: 'Refused', Running: 'Refused', Suspended: 'Gone' }],
];

function expectedOf(result: Result, given: Power): Expected {
  if (result === 'Refused') return { fails: { label: 'Conflict' }, machine: { power: given } };
  return { machine: result === 'Gone' ? 'Gone' : { power: result } };
}

const fromTable: readonly Case[] = table.flatMap(([act, results]) =>
  Object.entries(results).flatMap(([state, result]) => {
    const given = state as keyof typeof results & Given;
    const outcome = expectedOf(result, given);
    return result === 'Refused' ? [{ given, when: [act], outcome }] : [{ given, when: [act, act], outcome }];
  }),
);

const REASONS = 'PowerReasons';

const reasons: readonly Case[] = [
  { given: 'Stopped', when: [startPaused()], outcome: { machine: { power: 'Paused', powerReason: 'User' } } },
  { given: 'Running', when: [pause], outcome: { machine: { power: 'Paused', powerReason: 'User' } } },
  { asks: REASONS, given: 'Running', when: [powerOff], outcome: { machine: { power: 'Stopped', powerReason: 'Destroyed' } } },
  { asks: REASONS, given: 'Running', when: [somebody('destroy')], outcome: { machine: { power: 'Stopped', powerReason: 'Destroyed' } } },
  { given: 'Running', when: [somebody('pause')], outcome: { machine: { power: 'Paused', powerReason: 'User' } } },
  {
    asks: REASONS,
    given: 'Running',
    when: [somebody('guestShutdown')],
    outcome: { machine: { power: 'Stopped', powerReason: 'GuestShutdown' } },
  },
  { asks: REASONS, given: 'Running', when: [somebody('guestCrash')], outcome: { machine: { power: 'Stopped', powerReason: 'Crashed' } } },
  {
    name: 'the reason is forgotten, not made up',
    given: 'Running',
    when: [powerOff, daemonRestarts, connect],
    outcome: { machine: { power: 'Stopped', powerReason: 'Unknown' } },
  },
  {
    name: 'a saved state is still seen',
    needs: 'SuspendToDisk',
    given: 'Suspended',
    when: [daemonRestarts, connect],
    outcome: { machine: { power: 'Suspended' } },
  },
];

const gone: readonly Case[] = [signalShutdown, powerOff, discardSavedState, undefine].map((act) => ({
  name: 'what is gone has ended',
  given: 'Nothing',
  when: [act],
  outcome: { machine: 'Gone' },
}));

const missing: readonly Case[] = [startPaused(), applyRealFilters, unpause, pause, injectNmi, suspendToDisk, restoreFromDisk].map(
  (act) => ({
    given: 'Nothing',
    when: [act],
    outcome: { fails: { label: 'NotFound' }, machine: 'Gone' },
  }),
);

const rest: readonly Case[] = [
  { given: 'Stopped', when: [signalShutdown, signalShutdown], outcome: { machine: { power: 'Stopped' } } },
  { name: 'it returns, whatever the guest does', given: 'Running', when: [signalShutdown], outcome: {} },
  { given: 'Running', when: [applyFilters, applyFilters], outcome: { machine: { power: 'Running' } } },
  { given: 'Paused', when: [applyFilters], outcome: { machine: { power: 'Paused' } } },
  {
    name: 'the connection is no part of the run',
    given: 'Running',
    when: [connectionsBreak, connect, pause],
    outcome: { machine: { power: 'Paused' } },
  },
  {
    name: 'a run without a definition ends with it',
    asks: 'RunsWithoutDefinition',
    given: 'Running',
    when: [somebody('undefine'), powerOff],
    outcome: { machine: 'Gone' },
  },
];

export const powerCases: readonly Case[] = [...fromTable, ...reasons, ...gone, ...missing, ...rest];
