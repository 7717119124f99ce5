import { expect, test } from '@jest/globals';
import { plan } from './plan.ts';
import { NOBODY_ELSEWHERE, NOW, claimed, desired, host, made, present, shown, twin, untouched, world } from './testing/world.ts';
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

test('an object for which nothing was ever claimed goes at once', () => {
  expect(shown(plan(untouched({ deleting: true, finalizer: true })).plan)).toBe(LET_GO);
});
