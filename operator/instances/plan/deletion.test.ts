import { expect, test } from '@jest/globals';
import { plan } from './plan.ts';
import {
  NOBODY_ELSEWHERE,
  NOTHING_RECORDED,
  NOW,
  claimed,
  desired,
  host,
  made,
  present,
  shown,
  twin,
  untouched,
  world,
} from './testing/world.ts';
import type { World } from './types.ts';

const REMOVE = 'undefine, prove-gone, delete-disks, remove-finalizer';
const LET_GO = 'Delete: remove-finalizer';
const absent = { kind: 'Absent', readings: 2 } as const;

test.each<[string, Partial<World>, string]>([
  ['our finalizer is off already', { finalizer: false }, 'Settled: Gone'],
  ['protected', { desired: desired({ deletionProtection: true }) }, 'Wait: DeletionProtected'],
  ['running', {}, 'Delete: signal-shutdown'],
  ['asked to shut down', { record: made({ shutdown: { startedAt: NOW - 1, signals: 1 } }) }, 'Wait: ShuttingDown'],
  ['asked long ago', { record: made({ shutdown: { startedAt: NOW - 60_000, signals: 6 } }) }, `Delete: power-off, ${REMOVE}`],
  ['running, with no patience', { desired: desired({ shutdownTimeoutMs: 0 }) }, `Delete: power-off, ${REMOVE}`],
  ['off', { machine: present({ power: 'Stopped' }) }, `Delete: ${REMOVE}`],
  ['suspended', { machine: present({ power: 'Suspended' }) }, `Delete: ${REMOVE}`],
  ['paused by a person, or by a start that was cut off', { machine: present({ power: 'Paused' }) }, `Delete: power-off, ${REMOVE}`],
  ['paused by a full disk', { machine: present({ power: 'Paused', powerReason: 'IOError' }) }, `Delete: power-off, ${REMOVE}`],
  ['paused by a migration', { machine: present({ power: 'Paused', powerReason: 'Migration' }) }, 'Wait: PausedByHost'],
  ['in an unknown power state', { machine: present({ power: 'Unknown' }) }, 'Wait: PowerUnknown'],
  ['busy', { machine: present({ busy: true }) }, 'Wait: MachineBusy'],
  ['gone', { machine: absent }, 'Delete: prove-gone, delete-disks, remove-finalizer'],
  ['missed once', { machine: { kind: 'Absent', readings: 1 } }, 'Wait: MachineMissing'],
  ['moved by hand', { machine: absent, elsewhere: { ...NOBODY_ELSEWHERE, twins: [twin()] } }, 'Follow: add-finalizer, follow'],
  [
    'gone, while a silent host reaches its disks',
    { machine: absent, elsewhere: { ...NOBODY_ELSEWHERE, silentSharers: ['host-b'] } },
    'Wait: MachineMissing',
  ],
  ['not observed', { machine: { kind: 'NotObserved' } }, 'Wait: Observing'],
  [
    'claimed, nothing seen',
    { record: claimed(), machine: { kind: 'Absent', readings: 1 } },
    'Delete: prove-gone, delete-disks, remove-finalizer',
  ],
  ['claimed, defined, never started', { record: claimed(), machine: present({ power: 'Stopped', runId: undefined }) }, `Delete: ${REMOVE}`],
  ['a machine that lost its mark', { machine: { kind: 'NotOurs', machineId: 'm', mark: 'None' } }, 'Wait: MarkMissing'],
  ['a machine that was let go', { machine: { kind: 'NotOurs', machineId: 'm', mark: 'Retained' } }, LET_GO],
  ['a machine of an earlier object, not adopted', { machine: { kind: 'NotOurs', machineId: 'm', mark: 'Namesake' } }, LET_GO],
  ['host silent', { host: host({ contact: 'Silent' }) }, 'Wait: HostUnreachable'],
  ['Hypervisor gone', { host: host({ contact: 'Gone' }) }, 'Wait: HostUnreachable'],
  ['host silent and fenced', { host: host({ contact: 'Silent', fenced: true }) }, LET_GO],
  ['host silent, Abandon', { host: host({ contact: 'Silent' }), desired: desired({ deletionPolicy: 'Abandon' }) }, LET_GO],
  ['host silent, Retain', { host: host({ contact: 'Silent' }), desired: desired({ deletionPolicy: 'Retain' }) }, 'Wait: HostUnreachable'],
  ['running, Abandon', { desired: desired({ deletionPolicy: 'Abandon' }) }, LET_GO],
  ['running, Retain', { desired: desired({ deletionPolicy: 'Retain' }) }, 'Delete: retain, remove-finalizer'],
  ['gone, Retain: disks stay', { desired: desired({ deletionPolicy: 'Retain' }), machine: absent }, 'Delete: prove-gone, remove-finalizer'],
  ['WatchOnly', { desired: desired({ reconcilePolicy: 'WatchOnly' }) }, 'Wait: BlockedByPolicy'],
  ['DryRun', { desired: desired({ reconcilePolicy: 'DryRun' }) }, 'Wait: BlockedByPolicy'],
  ['Disabled', { desired: desired({ reconcilePolicy: 'Disabled' }) }, 'Wait: BlockedByPolicy'],
  ['EnsureExists', { desired: desired({ reconcilePolicy: 'EnsureExists' }) }, 'Delete: signal-shutdown'],
  [
    'WatchOnly, Retain',
    { desired: desired({ reconcilePolicy: 'WatchOnly', deletionPolicy: 'Retain' }) },
    'Delete: retain, remove-finalizer',
  ],
  ['Disabled, Abandon', { desired: desired({ reconcilePolicy: 'Disabled', deletionPolicy: 'Abandon' }) }, LET_GO],
  [
    'flavor, image and network missing',
    { machine: present({ power: 'Stopped' }), missing: [{ kind: 'Flavor', reason: 'FlavorNotFound', until: 'x' }] },
    `Delete: ${REMOVE}`,
  ],
  [
    'failed a moment ago',
    {
      machine: present({ power: 'Stopped' }),
      record: made({
        failure: { operation: 'Delete', label: 'Transient', reason: 'Transient', message: 'm', at: NOW, attempts: 1, failedOn: ['host-a'] },
      }),
    },
    'Wait: Transient',
  ],
  [
    'failed a hundred times: tried for ever',
    {
      machine: present({ power: 'Stopped' }),
      record: made({
        failure: { operation: 'Delete', label: 'InvalidSpec', reason: 'x', message: 'm', at: 0, attempts: 100, failedOn: ['host-a'] },
      }),
    },
    `Delete: ${REMOVE}`,
  ],
])('deleting, %s', (_, over, expected) => {
  expect(shown(plan(world({ deleting: true, ...over })).plan)).toBe(expected);
});

const elsewhere = (over: Partial<World['elsewhere']>): World['elsewhere'] => ({ ...NOBODY_ELSEWHERE, ...over });
const FOLLOW = 'Follow: add-finalizer, follow';
/** What is left here goes before what is left there. */
const LEAVE = 'Delete: prove-gone, delete-disks, follow';
const off = (powerReason: string) => present({ power: 'Stopped', powerReason });
const leftOver = elsewhere({ twins: [twin({ power: 'Stopped' })] });
const retains = desired({ deletionPolicy: 'Retain' });

// A machine that somebody moved or copied: every one with our mark goes, the living first, and the finalizer with the last.
test.each<[string, Partial<World>, string]>([
  ['off here, alive there', { machine: off('Migrated'), elsewhere: elsewhere({ twins: [twin()] }) }, FOLLOW],
  ['off here, paused there', { machine: off('Migrated'), elsewhere: elsewhere({ twins: [twin({ power: 'Paused' })] }) }, FOLLOW],
  [
    'off here, alive there, EnsureExists',
    { machine: off('Migrated'), desired: desired({ reconcilePolicy: 'EnsureExists' }), elsewhere: elsewhere({ twins: [twin()] }) },
    FOLLOW,
  ],
  [
    'off here, alive there, to be retained',
    { machine: off('Migrated'), desired: retains, elsewhere: elsewhere({ twins: [twin()] }) },
    FOLLOW,
  ],
  [
    'off here, alive there, to be retained under WatchOnly',
    {
      machine: off('Migrated'),
      desired: desired({ deletionPolicy: 'Retain', reconcilePolicy: 'WatchOnly' }),
      elsewhere: elsewhere({ twins: [twin()] }),
    },
    FOLLOW,
  ],
  ['alive here, with a left-over there', { elsewhere: leftOver }, 'Delete: signal-shutdown'],
  [
    'off here, with a left-over there',
    { machine: off('GuestShutdown'), elsewhere: leftOver },
    'Delete: undefine, prove-gone, delete-disks',
  ],
  ['alive here, with a left-over there, to be retained', { desired: retains, elsewhere: leftOver }, 'Delete: retain'],
  [
    'alive here, out of patience, with a left-over there',
    { desired: desired({ shutdownTimeoutMs: 0 }), elsewhere: leftOver },
    'Delete: power-off, undefine, prove-gone, delete-disks',
  ],
  [
    'alive here and there, out of patience: no disk goes yet',
    { desired: desired({ shutdownTimeoutMs: 0 }), elsewhere: elsewhere({ twins: [twin()] }) },
    'Delete: power-off',
  ],
  ['alive here and there: this one first', { elsewhere: elsewhere({ twins: [twin()] }) }, 'Delete: signal-shutdown'],
  [
    'alive here, saved there',
    { machine: off('GuestShutdown'), elsewhere: elsewhere({ twins: [twin({ power: 'Suspended' })] }) },
    'Delete: undefine, prove-gone, delete-disks',
  ],
  [
    'off here, in no known state there: its disk may be in use',
    { machine: off('GuestShutdown'), elsewhere: elsewhere({ twins: [twin({ power: 'Unknown' })] }) },
    FOLLOW,
  ],
  [
    'with a stranger of that id there',
    { machine: off('GuestShutdown'), elsewhere: elsewhere({ twins: [twin({ kind: 'Stranger' })] }) },
    `Delete: ${REMOVE}`,
  ],
  [
    'gone here, with a left-over of an earlier run there',
    { machine: absent, elsewhere: elsewhere({ twins: [twin({ power: 'Stopped', runId: 'run-0' })] }) },
    LEAVE,
  ],
  ['claimed and gone here, ours there', { record: claimed(), machine: absent, elsewhere: leftOver }, LEAVE],
  ['gone here, with a left-over there, to be retained', { machine: absent, desired: retains, elsewhere: leftOver }, FOLLOW],
  ['let go of here, ours there', { machine: { kind: 'NotOurs', machineId: 'm', mark: 'Retained' }, elsewhere: leftOver }, FOLLOW],
  ['somebody else’s here, ours there', { machine: { kind: 'NotOurs', machineId: 'm', mark: 'Other' }, elsewhere: leftOver }, FOLLOW],
  [
    'without a mark here, ours there',
    { machine: { kind: 'NotOurs', machineId: 'm', mark: 'None' }, elsewhere: leftOver },
    'Wait: MarkMissing',
  ],
  [
    'its host is fenced, alive there',
    { host: host({ contact: 'Silent', fenced: true }), elsewhere: elsewhere({ twins: [twin()] }) },
    FOLLOW,
  ],
  [
    'no host on record, alive there',
    { record: NOTHING_RECORDED, host: undefined, machine: { kind: 'NotObserved' }, elsewhere: elsewhere({ twins: [twin()] }) },
    FOLLOW,
  ],
  ['abandoned, alive there', { desired: desired({ deletionPolicy: 'Abandon' }), elsewhere: elsewhere({ twins: [twin()] }) }, LET_GO],
  // What the host says of a machine that is off may mean that it was moved.
  [
    'off, unexplained, with a host not looked at',
    { machine: off('Migrated'), elsewhere: elsewhere({ unheard: ['host-b'] }) },
    'Wait: EndUnexplained',
  ],
  [
    'off, unexplained, with a silent host that reaches its disks',
    { machine: off('Migrated'), elsewhere: elsewhere({ silentSharers: ['host-b'] }) },
    'Wait: EndUnexplained',
  ],
  [
    'off since its host restarted, with a host not looked at',
    { machine: off('Unknown'), host: host({ bootId: 'boot-2' }), elsewhere: elsewhere({ unheard: ['host-b'] }) },
    'Wait: EndUnexplained',
  ],
  [
    'off, unexplained, to be retained, with a host not looked at',
    { machine: off('Migrated'), desired: retains, elsewhere: elsewhere({ unheard: ['host-b'] }) },
    'Wait: EndUnexplained',
  ],
  ['off, unexplained, nowhere else', { machine: off('Migrated') }, `Delete: ${REMOVE}`],
  [
    'off, explained, with a host not looked at since',
    { machine: off('GuestShutdown'), elsewhere: elsewhere({ unheard: ['host-b'] }) },
    `Delete: ${REMOVE}`,
  ],
  // Right after a start of the operator.
  [
    'off, with a host not looked at by this process',
    { machine: off('GuestShutdown'), elsewhere: elsewhere({ unheard: ['host-b'], unobserved: ['host-b'] }) },
    'Wait: Observing',
  ],
  [
    'running, with a host not looked at by this process',
    { elsewhere: elsewhere({ unheard: ['host-b'], unobserved: ['host-b'] }) },
    'Delete: signal-shutdown',
  ],
  [
    'no host on record, with a host not looked at by this process',
    { record: NOTHING_RECORDED, host: undefined, machine: { kind: 'NotObserved' }, elsewhere: elsewhere({ unobserved: ['host-b'] }) },
    'Wait: Observing',
  ],
])('deleting one that was moved or copied: %s', (_, over, expected) => {
  expect(shown(plan(world({ deleting: true, ...over })).plan)).toBe(expected);
});

test('an object for which nothing was ever claimed goes at once', () => {
  expect(shown(plan(untouched({ deleting: true, finalizer: true })).plan)).toBe(LET_GO);
});
