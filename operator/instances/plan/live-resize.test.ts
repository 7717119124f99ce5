/** Which guests are given another size while they run. */
import { expect, test } from '@jest/globals';
import { changing, type DesiredLive } from './live-resize.ts';
import { plan } from './plan.ts';
import type { Desired, ObservedMachine, Recorded } from './types.ts';
import { desired, made, NOW, present, shown, world } from './testing/world.ts';

const GIB = 2 ** 30;
const TWO = { vcpus: 2, memoryBytes: 2 * GIB };
const RESIZED = 'ResizeLive: begin-live-resize, resize-live, end-live-resize';
const RESTART = 'Settled: RestartRequired';
const RUNNING = 'Settled: Running';

/** Runs with 2 CPUs of 4 and 2 GiB of 4; was started for `small`. */
const runs: Partial<ObservedMachine> = {
  bootHash: 'small',
  size: { vcpus: 2, memoryBytes: 2 * GIB, maximum: { vcpus: 4, memoryBytes: 4 * GIB } },
};
/** Its definition was not read in this pass. */
const UNREAD: object = { size: undefined };
const live = (over: Partial<DesiredLive>): DesiredLive => ({
  fixedHash: 'fixed',
  size: TWO,
  before: TWO,
  elastic: true,
  resizes: true,
  ...over,
});
/** The run on record, and what of it was fixed at its start. */
const STARTED = made({ run: { id: 'run-1', bootId: 'boot-1', bootHash: 'small', fixedHash: 'fixed' } });
const asks = (vcpus: number, gib: number, over: Partial<Desired> = {}): Partial<Desired> => ({
  bootHash: 'asked',
  live: live({ size: { vcpus, memoryBytes: gib * GIB } }),
  ...over,
});

test.each<[string, Partial<Desired>, Partial<ObservedMachine>, string]>([
  ['as asked', { ...asks(2, 2), bootHash: 'small' }, {}, RUNNING],
  ['more CPUs', asks(3, 2), {}, RESIZED],
  ['all CPUs', asks(4, 2), {}, RESIZED],
  ['more than all CPUs', asks(5, 2), {}, RESTART],
  ['fewer CPUs', asks(1, 2), {}, RESTART],
  ['more memory', asks(2, 3), {}, RESIZED],
  ['all memory', asks(2, 4), {}, RESIZED],
  ['more than all memory', asks(2, 5), {}, RESTART],
  ['less memory', asks(2, 1), {}, RESIZED],
  ['more memory, and fewer CPUs', asks(1, 3), {}, RESTART],
  [
    'something else has changed, too',
    asks(3, 2, { live: live({ size: { vcpus: 3, memoryBytes: GIB }, fixedHash: 'other' }) }),
    {},
    RESTART,
  ],
  ['a host that changes nothing while it runs', asks(3, 2, { live: undefined }), {}, RESTART],
  ['no maximum', asks(3, 2, { live: live({ size: { vcpus: 3, memoryBytes: GIB }, resizes: false }) }), {}, RESTART],
  ['another run than the one on record', asks(3, 2), { runId: 'run-9' }, RESTART],
  ['its definition was not read', asks(3, 2), UNREAD, 'Wait: Observing'],
  ['it is paused, as asked', asks(3, 2, { powerState: 'Paused' }), { power: 'Paused' }, RESTART],
  ['it is saved, as asked', asks(3, 2, { powerState: 'Suspended' }), { power: 'Suspended' }, RESTART],
  ['it is off, as asked', asks(3, 2, { powerState: 'Stopped' }), { power: 'Stopped' }, 'Settled: Stopped'],
  ['a job runs on it', asks(3, 2), { busy: true }, 'Wait: MachineBusy'],
  ['it is locked', asks(3, 2, { lock: 'audit' }), {}, 'Wait: Locked'],
  ['cut off', asks(3, 2), { bootHash: changing('small') }, RESIZED],
  ['cut off, and asked for something else', asks(4, 4), { bootHash: changing('small') }, RESIZED],
  ['cut off, and set back', { ...asks(2, 2), bootHash: 'small' }, { bootHash: changing('small') }, RESIZED],
  ['cut off, and set back to fewer CPUs', { ...asks(1, 2), bootHash: 'small' }, { bootHash: changing('small') }, RESTART],
  ['cut off before the end, as asked', { ...asks(2, 2), bootHash: 'small' }, { bootHash: changing('small') }, RESIZED],
  ['cut off, and something else has changed', asks(3, 2, { live: live({ fixedHash: 'other' }) }), { bootHash: changing('small') }, RESTART],
])('%s', (_, over, machine, expected) => {
  expect(shown(plan(world({ record: STARTED, desired: desired(over), machine: present({ ...runs, ...machine }) })).plan)).toBe(expected);
});

const failed = (attempts: number): Recorded => ({
  ...STARTED,
  failure: {
    operation: 'ResizeLive',
    step: 'resize-live',
    label: 'Transient',
    reason: 'Broke',
    message: 'x',
    at: NOW,
    attempts,
    failedOn: [],
  },
});

const planned = (attempts: number) => plan(world({ record: failed(attempts), desired: desired(asks(3, 2)), machine: present(runs) })).plan;

test('what failed is tried again in its time, and not without end', () => {
  expect([shown(planned(1)), shown(planned(8))]).toEqual(['Wait: Broke', 'Blocked: Broke']);
});

test('a mark says once that the size is being changed', () => {
  expect(changing(changing('a'))).toBe(changing('a'));
});

/** Other networks are asked for, and nothing else. */
const plugs = (over: Partial<Desired> = {}): Partial<Desired> => ({ bootHash: 'asked', live: live({}), ...over });

test.each<[string, Partial<Desired>, Partial<ObservedMachine>, string]>([
  ['an interface differs', plugs(), { liveDrift: ['interfaces[eth1]'] }, 'Update: update-live'],
  ['none does any more', plugs(), {}, 'Update: mark-run'],
  ['the mark is not the one on record: its size is given once more', plugs(), { bootHash: 'other' }, RESIZED],
  [
    'the mark is not the one on record, of a guest of one size',
    plugs({ live: live({ elastic: false, resizes: false }) }),
    { bootHash: 'other' },
    'Update: mark-run',
  ],
  ['the definition was not read', plugs(), UNREAD, 'Wait: Observing'],
  ['something else has changed', plugs({ live: live({ fixedHash: 'other' }) }), {}, RESTART],
  [
    'something else has changed, and an interface',
    plugs({ live: live({ fixedHash: 'other' }) }),
    { liveDrift: ['x'] },
    'Update: update-live',
  ],
  ['its size has changed, and cannot', plugs({ live: live({ before: { ...TWO, vcpus: 3 }, resizes: false }) }), {}, RESTART],
  ['its size has changed, and can', plugs({ live: live({ size: { ...TWO, vcpus: 3 } }) }), {}, RESIZED],
  ['it is paused, as asked', plugs({ powerState: 'Paused' }), { power: 'Paused' }, RESTART],
])('%s', (_, over, machine, expected) => {
  expect(shown(plan(world({ record: STARTED, desired: desired(over), machine: present({ ...runs, ...machine }) })).plan)).toBe(expected);
});
