import { expect, test } from '@jest/globals';
import { plan } from './plan.ts';
import { NOW, begun, desired, host, made, present, shown, world } from './testing/world.ts';
import type { AskedAction, Failure, World } from './types.ts';

const FREEZE: AskedAction = { uid: 'act-1', name: 'f', action: 'Freeze', timeoutMs: 60_000 };
const THAW: AskedAction = { uid: 'act-1', name: 't', action: 'Thaw' };
const FILE: AskedAction = { uid: 'act-1', name: 'x', action: 'InjectFile' };
const frozen = { runId: 'run-1', until: NOW + 1_000 };
const overdue = { runId: 'run-1', until: NOW };
const failed: Failure = {
  operation: 'Freeze',
  label: 'Transient',
  reason: 'AgentNotResponding',
  message: 'no answer',
  at: NOW - 60_000,
  attempts: 3,
  failedOn: [],
};

/** The plan on one line; of an action that ends, its steps and what came of it. */
function told(over: Partial<World>): string {
  const decided = plan(world(over)).plan;
  const outcome = decided.kind === 'Steps' && decided.operation === 'EndAction' ? decided.outcome : undefined;
  return outcome === undefined ? shown(decided) : `${shown(decided)} -> ${outcome.phase}: ${outcome.reason}`;
}

// The world, and what is done.
test.each<[string, Partial<World>, string]>([
  ['a freeze', { action: FREEZE }, 'Freeze: begin-action, record-freeze, freeze-guest, end-action'],
  ['a freeze that was cut off', begun(FREEZE, { frozen }), 'Freeze: record-freeze, freeze-guest, end-action'],
  ['a freeze of what is frozen', { action: FREEZE, record: made({ frozen }) }, 'EndAction: end-action -> Failed: AlreadyFrozen'],
  [
    'a freeze after a run that was frozen',
    { action: FREEZE, record: made({ frozen: { ...frozen, runId: 'run-0' } }) },
    'Freeze: begin-action, record-freeze, freeze-guest, end-action',
  ],
  [
    'a freeze of a guest that is off',
    { action: FREEZE, machine: present({ power: 'Stopped' }) },
    'EndAction: end-action -> Failed: NotRunning',
  ],
  [
    'a freeze of a guest that somebody else started first',
    { action: FREEZE, machine: present({ runId: undefined }) },
    'EndAction: end-action -> Failed: RunUnknown',
  ],
  [
    'a freeze where the agent is not to be spoken to',
    { action: FREEZE, desired: desired({ guestAgent: 'Disabled' }) },
    'EndAction: end-action -> Failed: GuestAgentDisabled',
  ],
  // It may be frozen without our having heard so.
  [
    'a freeze that failed three times',
    begun(FREEZE, { frozen, failure: failed }),
    'EndAction: thaw-overdue, end-action -> Failed: AgentNotResponding',
  ],
  [
    'a freeze while a copy runs',
    { action: FREEZE, machine: present({ busy: true }) },
    'Freeze: begin-action, record-freeze, freeze-guest, end-action',
  ],
  ['a thaw', { action: THAW, record: made({ frozen }) }, 'Thaw: begin-action, thaw-guest, end-action'],
  ['a thaw of what somebody else froze', { action: THAW }, 'Thaw: begin-action, thaw-guest, end-action'],
  ['a thaw that was cut off', begun(THAW, { frozen }), 'Thaw: thaw-guest, end-action'],
  ['a thaw of a guest that is off', { action: THAW, machine: present({ power: 'Stopped' }) }, 'EndAction: end-action -> Succeeded: Thawed'],
  [
    'a thaw of a guest that is paused',
    { action: THAW, machine: present({ power: 'Paused' }) },
    'EndAction: end-action -> Failed: NotRunning',
  ],
  ['a file while it is frozen', { action: FILE, record: made({ frozen }) }, 'EndAction: end-action -> Failed: FileSystemsFrozen'],

  ['frozen, not yet due', { record: made({ frozen }) }, 'Settled: Running'],
  ['due', { record: made({ frozen: overdue }) }, 'ThawOverdue: thaw-overdue'],
  ['due, of an earlier run', { record: made({ frozen: { ...overdue, runId: 'run-0' } }) }, 'Settled: Running'],
  ['due, and locked', { record: made({ frozen: overdue }), desired: desired({ lock: 'audit' }) }, 'ThawOverdue: thaw-overdue'],
  [
    'due, and only watched',
    { record: made({ frozen: overdue }), desired: desired({ reconcilePolicy: 'WatchOnly' }) },
    'ThawOverdue: thaw-overdue',
  ],
  [
    'due, and not looked at',
    { record: made({ frozen: overdue }), desired: desired({ reconcilePolicy: 'Disabled' }) },
    'ThawOverdue: thaw-overdue',
  ],
  ['due, while a copy runs', { record: made({ frozen: overdue }), machine: present({ busy: true }) }, 'ThawOverdue: thaw-overdue'],
  ['due, while a freeze was cut off', begun(FREEZE, { frozen: overdue }), 'ThawOverdue: thaw-overdue'],
  ['due, and silent', { record: made({ frozen: overdue }), host: host({ contact: 'Silent' }) }, 'Wait: HostUnreachable'],
  [
    'due, and off',
    { record: made({ frozen: overdue }), machine: present({ power: 'Stopped', powerReason: 'GuestShutdown' }) },
    'Settled: GuestShutdown',
  ],
  ['due, and to be off', { record: made({ frozen: overdue }), desired: desired({ powerState: 'Stopped' }) }, 'ThawOverdue: thaw-overdue'],
  // Deletion pre-empts it; the step that asks the guest to shut down thaws it first.
  ['due, and deleted', { record: made({ frozen: overdue }), deleting: true }, 'Delete: signal-shutdown'],
])('%s', (_, over, expected) => {
  expect(told(over)).toBe(expected);
});
