/** What is planned for a machine that was nobody's: taken over, and left as it is. */
import { expect, test } from '@jest/globals';
import { plan } from './plan.ts';
import type { World } from './types.ts';
import {
  begun,
  desired,
  host,
  made,
  NOBODY_ELSEWHERE,
  present,
  reboot,
  shown,
  START_ACTION,
  twin,
  untouched,
  world,
} from './testing/world.ts';

const ID = 'machine-1';
const asking = desired({ adoptMachineId: ID });
const taken = made({ origin: 'Adopted', flavorName: undefined });
const there = (kind: 'Adoptable' | 'Stranger') => ({ ...NOBODY_ELSEWHERE, twins: [twin({ kind })] });
const unmarked = (over: object = {}): World['machine'] => ({ kind: 'NotOurs', machineId: ID, mark: 'None', ...over });
const off = present({ power: 'Stopped', powerReason: 'Requested', bootHash: undefined });
const ended = { powerOff: { reason: 'Requested', observedAt: 0, runId: 'run-1' } };

test.each<[string, Partial<World>, string]>([
  ['offered', { desired: asking, elsewhere: there('Adoptable') }, 'Adopt: add-finalizer, claim-machine, adopt-mark'],
  ['not offered', { desired: asking, elsewhere: there('Stranger') }, 'Blocked: AdoptionNotAllowed'],
])('before a claim, %s', (_, over, expected) => {
  expect(shown(plan(untouched(over)).plan)).toBe(expected);
});

test.each<[string, Partial<World>, string]>([
  ['claimed, and cut off', { desired: asking, machine: unmarked({ adoptable: true }) }, 'Adopt: adopt-mark'],
  ['claimed, cut off, and offered no more', { desired: asking, machine: unmarked() }, 'Blocked: AdoptionNotAllowed'],
  ['claimed, cut off, and not asked for any more', { machine: unmarked({ adoptable: true }) }, 'Blocked: AdoptionNotAllowed'],
  ['claimed, cut off, and marked by somebody', { desired: asking, machine: unmarked({ mark: 'Other' }) }, 'Blocked: InstanceExists'],
  ['claimed, cut off, and deleted', { deleting: true, desired: asking, machine: unmarked() }, 'Delete: remove-finalizer'],
  ['as asked', { machine: present({ bootHash: undefined }) }, 'Settled: Running'],
  ['the spec has changed since its start', { machine: present({ bootHash: 'another' }) }, 'Settled: Running'],
  ['off, to run', { record: { ...taken, ...ended }, machine: off }, 'Start: start-paused, apply-filters, unpause'],
  ['to be off', { desired: desired({ powerState: 'Stopped' }) }, 'Stop: signal-shutdown'],
  [
    'shut down by its guest, with another spec than at its start',
    { machine: present({ power: 'Stopped', powerReason: 'GuestShutdown', bootHash: 'another' }) },
    'Settled: GuestShutdown',
  ],
  ['without a definition', { machine: present({ persistent: false }) }, 'Blocked: NotMadeHere'],
  ['to be rescued', { desired: desired({ rescue: { imageName: 'r1', timeoutMs: undefined } }) }, 'Blocked: NotMadeHere'],
  ['a hard reboot', begun(reboot({ type: 'Hard' }), { origin: 'Adopted' }), 'Reboot: power-off, start-paused, apply-filters, unpause'],
  ['a start of one that runs', { action: START_ACTION }, 'EndAction: end-action'],
  ['gone', { machine: { kind: 'Absent', readings: 2 } }, 'Blocked: MachineLost'],
  ['deleted', { deleting: true, desired: desired({ deletionPolicy: 'Retain' }) }, 'Delete: retain, remove-finalizer'],
])('taken over, %s', (_, over, expected) => {
  expect(shown(plan(world({ record: taken, host: host(), ...over })).plan)).toBe(expected);
});
