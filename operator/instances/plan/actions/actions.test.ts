import { expect, test } from '@jest/globals';
import { plan } from '../plan.ts';
import {
  NOBODY_ELSEWHERE,
  NOT_LOOKED,
  NOW,
  START_ACTION,
  begun,
  desired,
  host,
  made,
  present,
  reboot,
  shown,
  world,
} from '../testing/world.ts';
import type { AskedAction, Failure, ObservedMachine, Recorded, World } from '../types.ts';

const START = 'write-config-drive, define, start-paused, apply-filters, unpause';
const BEGIN = 'BeginAction: begin-action';
const off = (powerReason: string, runId = 'run-1') => present({ power: 'Stopped', powerReason, runId });
const failed = (over: Partial<Failure> = {}): Failure => ({
  operation: 'Reboot',
  label: 'Transient',
  reason: 'PowerOffFailed',
  message: 'it does not go off',
  at: NOW - 1_000,
  attempts: 1,
  failedOn: [],
  ...over,
});
const HARD = reboot({ type: 'Hard' });
const REBUILD: AskedAction = { uid: 'act-1', name: 'new', action: 'Rebuild', preserveEphemeral: false };
const MAKE = 'ensure-base, create-root-disk';
/** Begun; and what the definition names as root disk. */
const rebuilding = (root: string, over: Partial<ObservedMachine> = {}, record: Partial<Recorded> = {}): Partial<World> => ({
  ...begun(REBUILD, { action: { ...REBUILD, phase: 'Running', rebuild: { root: 'root-2', makings: 'makings' } }, ...record }),
  machine: present({ root, ...over }),
});
const left = (phase: 'Succeeded' | 'Failed') =>
  made({ action: { uid: 'act-0', name: 'x', action: 'Rebuild', phase, rebuild: { root: 'root-2', makings: 'makings' } } });
const DUMP: AskedAction = { uid: 'act-1', name: 'dump', action: 'CrashDump' };
const asked = (secondsAgo: number, signals: number) => ({ shutdown: { startedAt: NOW - secondsAgo * 1_000, signals } });

/** The plan on one line; of an action that ends, what came of it. */
function told(over: Partial<World>): string {
  const decided = plan(world(over)).plan;
  const outcome = decided.kind === 'Steps' && decided.operation === 'EndAction' ? decided.outcome : undefined;
  return outcome === undefined ? shown(decided) : `${outcome.phase}: ${outcome.reason}`;
}

// The world, and what is done about the action that is asked for.
test.each<[string, Partial<World>, string]>([
  ['Start: off, not begun', { action: START_ACTION, machine: off('GuestShutdown') }, BEGIN],
  ['Start: off, begun', { ...begun(START_ACTION), machine: off('GuestShutdown') }, `Start: ${START}`],
  [
    'Start: crashed, and never to be restarted',
    { ...begun(START_ACTION), desired: desired({ restartPolicy: 'Never' }), machine: off('Crashed') },
    `Start: ${START}`,
  ],
  ['Start: running', { action: START_ACTION }, 'Succeeded: AlreadyRunning'],
  ['Start: its run was begun', { ...begun(START_ACTION), machine: present({ runId: 'act-1' }) }, 'Succeeded: Started'],
  [
    'Start: its run was begun, and has ended again',
    { ...begun(START_ACTION), machine: off('GuestShutdown', 'act-1') },
    'Succeeded: Started',
  ],
  [
    'Start: its run was begun, and not unpaused',
    { ...begun(START_ACTION), machine: present({ power: 'Paused', powerReason: 'User', runId: 'act-1' }) },
    'Resume: apply-filters, unpause',
  ],
  [
    'Start: somebody paused it',
    { action: START_ACTION, machine: present({ power: 'Paused', powerReason: 'User' }) },
    'Resume: apply-filters, unpause',
  ],
  [
    'Start: to be off',
    { action: START_ACTION, desired: desired({ powerState: 'Stopped' }), machine: off('Requested') },
    'Failed: NotAskedToRun',
  ],
  [
    'Start: to be off since it was begun',
    { ...begun(START_ACTION), desired: desired({ powerState: 'Stopped' }), machine: off('Requested') },
    'Failed: NotAskedToRun',
  ],

  ['Reboot: running, not begun', { action: reboot() }, BEGIN],
  ['Reboot: off', { action: reboot(), machine: off('GuestShutdown') }, 'Failed: NotRunning'],
  ['Reboot: off, hard', { action: HARD, machine: off('GuestShutdown') }, 'Failed: NotRunning'],
  ['Reboot: off, and due to be restarted by policy', { action: HARD, machine: off('Crashed') }, 'Failed: NotRunning'],
  ['Reboot: saved', { action: HARD, machine: present({ power: 'Suspended' }) }, 'Failed: NotRunning'],
  [
    'Reboot: paused by a full disk',
    { action: reboot(), machine: present({ power: 'Paused', powerReason: 'IOError' }) },
    'Failed: NotRunning',
  ],
  ['Reboot: paused by a full disk, hard', { action: HARD, machine: present({ power: 'Paused', powerReason: 'IOError' }) }, BEGIN],
  ['Reboot: running, to be off', { action: reboot(), desired: desired({ powerState: 'Stopped' }) }, 'Failed: NotAskedToRun'],
  ['Reboot: nobody knows whether it runs', { action: reboot(), machine: present({ power: 'Unknown' }) }, 'Wait: PowerUnknown'],
  ['Reboot: the host is silent', { action: reboot(), host: host({ contact: 'Silent' }) }, 'Wait: HostUnreachable'],
  ['Reboot: a job runs', { action: reboot(), machine: present({ busy: true }) }, 'Wait: MachineBusy'],
  ['Reboot: a job began since', { ...begun(HARD), machine: present({ busy: true }) }, 'Wait: MachineBusy'],
  ['Reboot: another image is asked for', { action: reboot(), desired: desired({ imageName: 'other' }) }, BEGIN],

  ['soft, just begun', begun(reboot()), 'Reboot: signal-shutdown'],
  ['soft, waiting', begun(reboot(), asked(5, 1)), 'Wait: Rebooting'],
  ['soft, asked again', begun(reboot(), asked(11, 1)), 'Reboot: signal-shutdown'],
  ['soft, out of time', begun(reboot(), asked(31, 3)), `Reboot: power-off, ${START}`],
  ['soft, on a host without signals', begun(reboot({ timeoutMs: 0 })), `Reboot: power-off, ${START}`],
  ['soft, the guest went down', { ...begun(reboot(), asked(5, 1)), machine: off('GuestShutdown') }, `Reboot: ${START}`],
  [
    'soft, paused meanwhile',
    { ...begun(reboot(), asked(5, 1)), machine: present({ power: 'Paused', powerReason: 'User' }) },
    `Reboot: power-off, ${START}`,
  ],
  ['hard', begun(HARD), `Reboot: power-off, ${START}`],
  [
    'begun, and the network it would need is missing',
    { ...begun(HARD), missing: [{ kind: 'Network', reason: 'NetworkNotFound', until: 'x' }] },
    'Wait: NetworkNotFound',
  ],
  // §16.18: a started reboot whose guest runs is done; one whose guest is off is begun again as a hard one.
  ['started and running', { ...begun(HARD), machine: present({ runId: 'act-1' }) }, 'Succeeded: Rebooted'],
  ['started and not running', { ...begun(HARD), machine: off('Destroyed') }, `Reboot: ${START}`],
  [
    'started and crashed on the way',
    { ...begun(HARD), desired: desired({ restartPolicy: 'Never' }), machine: off('Crashed') },
    `Reboot: ${START}`,
  ],
  ['started, running and ended again', { ...begun(HARD), machine: off('GuestShutdown', 'act-1') }, 'Succeeded: Rebooted'],
  [
    'started, and not unpaused',
    { ...begun(HARD), machine: present({ power: 'Paused', powerReason: 'User', runId: 'act-1' }) },
    'Resume: apply-filters, unpause',
  ],
  ['to be off since it was begun', { ...begun(HARD), desired: desired({ powerState: 'Stopped' }) }, 'Failed: NotAskedToRun'],
  // §16.25: a failed reboot of a guest that runs is a fault, and nothing else.
  ['failed once', begun(HARD, { failure: failed() }), 'Wait: PowerOffFailed'],
  ['failed once, the pause is over', begun(HARD, { failure: failed({ at: NOW - 5_000 }) }), `Reboot: power-off, ${START}`],
  ['failed three times', begun(HARD, { failure: failed({ attempts: 3 }) }), 'Failed: PowerOffFailed'],
  ['failed for good', begun(HARD, { failure: failed({ label: 'Unsupported' }) }), 'Failed: PowerOffFailed'],
  [
    'failed three times, off',
    { ...begun(HARD, { failure: failed({ attempts: 3 }) }), machine: off('Destroyed') },
    'Failed: PowerOffFailed',
  ],

  ['Rebuild: running, not begun', { action: REBUILD }, 'Rebuild: begin-action'],
  ['Rebuild: off, not begun', { action: REBUILD, machine: off('GuestShutdown') }, 'Rebuild: begin-action'],
  ['Rebuild: of another image, not begun', { action: REBUILD, desired: desired({ imageName: 'other' }) }, 'Rebuild: begin-action'],
  ['Rebuild: of what was adopted', { action: REBUILD, record: made({ origin: 'Adopted' }) }, 'Failed: NotMadeHere'],
  [
    'Rebuild: the image is missing',
    { action: REBUILD, missing: [{ kind: 'Image', reason: 'ImageNotFound', until: 'x' }] },
    'Wait: ImageNotFound',
  ],
  ['Rebuild: nobody knows whether it runs', { action: REBUILD, machine: present({ power: 'Unknown' }) }, 'Wait: PowerUnknown'],
  ['rebuilding: the definition was not asked for', { ...rebuilding('root-1'), looked: NOT_LOOKED }, 'Look: look-for-twins'],
  ['rebuilding: the definition is not known', { ...rebuilding('root-1'), machine: present() }, 'Wait: Observing'],
  ['rebuilding: the guest runs', rebuilding('root-1'), `Rebuild: ${MAKE}, signal-shutdown`],
  [
    'rebuilding: the flavor has more disks',
    { ...rebuilding('root-1'), desired: desired({ extraDisks: true }) },
    `Rebuild: ${MAKE}, create-extra-disks, signal-shutdown`,
  ],
  ['rebuilding: the guest shuts down', rebuilding('root-1', {}, asked(5, 1)), 'Wait: Rebuilding'],
  ['rebuilding: the guest does not shut down', rebuilding('root-1', {}, asked(61, 6)), `Rebuild: ${MAKE}, power-off`],
  ['rebuilding: the guest is paused', rebuilding('root-1', { power: 'Paused', powerReason: 'IOError' }), `Rebuild: ${MAKE}, power-off`],
  ['rebuilding: the guest is saved', rebuilding('root-1', { power: 'Suspended' }), `Rebuild: ${MAKE}, discard-saved-state`],
  ['rebuilding: a job runs', rebuilding('root-1', { busy: true }), 'Wait: MachineBusy'],
  ['rebuilding: off', rebuilding('root-1', { power: 'Stopped', powerReason: 'Destroyed' }), `Rebuild: ${MAKE}, write-config-drive, define`],
  [
    'rebuilding: off, and it may run on a host that was not looked at',
    {
      ...rebuilding('root-1', { power: 'Stopped', powerReason: 'Migrated' }),
      elsewhere: { ...NOBODY_ELSEWHERE, unheard: ['host-b'] },
    },
    'Wait: EndUnexplained',
  ],
  ['rebuilding: another image is asked for', { ...rebuilding('root-1'), desired: desired({ makings: 'other' }) }, 'Rebuild: begin-action'],
  [
    'rebuilding: failed three times',
    rebuilding('root-1', {}, { failure: failed({ operation: 'Rebuild', attempts: 3, reason: 'OutOfSpace' }) }),
    'Failed: OutOfSpace',
  ],
  ['rebuilt: off, to run', rebuilding('root-2', { power: 'Stopped', powerReason: 'Destroyed' }), `Rebuild: ${START}`],
  [
    'rebuilt: off, to run, and another image is asked for',
    { ...rebuilding('root-2', { power: 'Stopped', powerReason: 'Destroyed' }), desired: desired({ makings: 'other' }) },
    `Rebuild: ${START}`,
  ],
  [
    'rebuilt: off, to be off',
    { ...rebuilding('root-2', { power: 'Stopped', powerReason: 'Destroyed' }), desired: desired({ powerState: 'Stopped' }) },
    'Succeeded: RebuiltOff',
  ],
  [
    'rebuilt: not unpaused',
    rebuilding('root-2', { power: 'Paused', powerReason: 'User', runId: 'act-1' }),
    'Resume: apply-filters, unpause',
  ],
  ['rebuilt: running', rebuilding('root-2', { runId: 'act-1' }), 'Succeeded: Rebuilt'],
  [
    'rebuilt: cannot be started',
    rebuilding('root-2', { power: 'Stopped', powerReason: 'Destroyed' }, { failure: failed({ operation: 'Rebuild', attempts: 3 }) }),
    'Failed: PowerOffFailed',
  ],
  ['after a rebuild', { record: left('Succeeded') }, 'Tidy: record-disks, remove-unused-disks'],
  ['after one that failed', { record: left('Failed') }, 'Tidy: record-disks, remove-unused-disks'],
  ['after one, and the next is asked for', { record: left('Failed'), action: REBUILD }, 'Tidy: record-disks, remove-unused-disks'],
  ['after one, locked', { record: left('Succeeded'), desired: desired({ lock: 'audit' }) }, 'Settled: Running'],

  ['CrashDump: running', { action: DUMP }, 'CrashDump: begin-action, inject-nmi, end-action'],
  [
    'CrashDump: running, to be off',
    { action: DUMP, desired: desired({ powerState: 'Stopped' }) },
    'CrashDump: begin-action, inject-nmi, end-action',
  ],
  ['CrashDump: off', { action: DUMP, machine: off('GuestShutdown') }, 'Failed: NotRunning'],
  ['CrashDump: paused', { action: DUMP, machine: present({ power: 'Paused' }) }, 'Failed: NotRunning'],
  ['CrashDump: begun, and cut off', begun(DUMP), 'Failed: Interrupted'],
  [
    'CrashDump: begun, and the host cannot',
    begun(DUMP, { failure: failed({ operation: 'CrashDump', reason: 'Unsupported' }) }),
    'Failed: Unsupported',
  ],

  ['the object is gone while it is carried out', { record: begun(HARD).record }, 'Failed: Withdrawn'],
  ['the object is gone, and off', { record: begun(HARD).record, machine: off('Destroyed') }, 'Failed: Withdrawn'],
  [
    'an earlier one is finished',
    { record: made({ action: { uid: 'act-0', name: 'x', action: 'Reboot', phase: 'Failed' } }) },
    'Settled: Running',
  ],
  ['the Instance cannot go on', { action: reboot(), desired: desired({ adoptMachineId: 'other' }) }, 'Failed: AdoptionNotAllowed'],
  ['the Instance is deleted', { ...begun(HARD), deleting: true }, 'Delete: signal-shutdown'],
  ['only watched', { action: reboot(), desired: desired({ reconcilePolicy: 'WatchOnly' }) }, 'Wait: WatchOnly'],
  ['withdrawn, and only watched', { record: begun(HARD).record, desired: desired({ reconcilePolicy: 'WatchOnly' }) }, 'Failed: Withdrawn'],
])('%s', (_, over, expected) => {
  expect(told(over)).toBe(expected);
});

test('the run of a reboot gets the id of its action, by which it is known to be done', () => {
  expect(plan(world(begun(HARD))).plan).toMatchObject({ runId: 'act-1' });
  expect(plan(world({ ...begun(HARD), machine: off('Destroyed') })).plan).toMatchObject({ runId: 'act-1' });
});

test('a soft reboot has a time of its own', () => {
  expect(plan(world(begun(reboot({ timeoutMs: 90_000 })))).plan).toMatchObject({ patienceMs: 90_000 });
});

test('a start by policy is no run of an action that is not begun', () => {
  const { plan: decided } = plan(world({ machine: off('Destroyed') }));
  expect(decided).not.toHaveProperty('runId');
});
