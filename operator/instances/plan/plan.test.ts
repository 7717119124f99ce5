import { expect, test } from '@jest/globals';
import { plan } from './plan.ts';
import { LOOKED, NOT_LOOKED, NOW, START_ACTION, begun, desired, host, made, present, shown, world } from './testing/world.ts';
import type { World } from './types.ts';

const REFUSED = { reason: 'HostnameInvalid', message: 'x' };
const START = 'Start: write-config-drive, define, start-paused, apply-filters, unpause';
const off = (powerReason: string) => present({ power: 'Stopped', powerReason });

// The order of the concerns, and what each says on a machine that has been made.
test.each<[string, Partial<World>, string]>([
  ['as it should be', {}, 'Settled: Running'],
  ['not observed since the last act', { machine: { kind: 'NotObserved' } }, 'Wait: Observing'],
  ['host silent', { host: host({ contact: 'Silent' }), desired: desired({ powerState: 'Stopped' }) }, 'Wait: HostUnreachable'],
  ['to be stopped', { desired: desired({ powerState: 'Stopped' }) }, 'Stop: signal-shutdown'],
  ['to be stopped, busy', { desired: desired({ powerState: 'Stopped' }), machine: present({ busy: true }) }, 'Wait: MachineBusy'],
  ['busy and as it should be', { machine: present({ busy: true }) }, 'Settled: Running'],
  ['guest shut down', { machine: off('GuestShutdown') }, 'Settled: GuestShutdown'],
  [
    'guest shut down, then an edit that takes effect at boot',
    { machine: off('GuestShutdown'), desired: desired({ bootHash: 'new' }) },
    START,
  ],
  ['guest shut down, a start is asked for', { machine: off('GuestShutdown'), ...begun(START_ACTION) }, START],
  [
    'guest shut down, then Stopped, then Running',
    { machine: off('GuestShutdown'), record: made({ powerOff: { reason: 'Requested', observedAt: NOW - 9, runId: 'run-1' } }) },
    START,
  ],
  ['destroyed, not asked afresh', { machine: off('Destroyed'), looked: NOT_LOOKED }, 'Look: look-for-twins'],
  [
    'destroyed, and the secret was not read',
    { machine: off('Destroyed'), looked: { ...LOOKED, secret: { kind: 'NotAsked' } } },
    'Look: read-secrets',
  ],
  [
    'destroyed, and the secret is gone',
    { machine: off('Destroyed'), looked: { ...LOOKED, secret: { kind: 'Unfit', reason: 'SecretNotFound', until: 'x', retryAt: NOW + 1 } } },
    'Wait: SecretNotFound',
  ],
  [
    'destroyed, and the flavor is gone',
    { machine: off('Destroyed'), missing: [{ kind: 'Flavor', reason: 'FlavorNotFound', until: 'x' }] },
    'Wait: FlavorNotFound',
  ],
  [
    'destroyed, and the image is gone',
    { machine: off('Destroyed'), missing: [{ kind: 'Image', reason: 'ImageNotFound', until: 'x' }] },
    START,
  ],
  ['running, and all references are gone', { missing: [{ kind: 'Flavor', reason: 'FlavorNotFound', until: 'x' }] }, 'Settled: Running'],
  [
    'crashed again within seconds',
    { machine: off('Crashed'), record: made({ restarts: { count: 3, lastAt: NOW - 1_000 } }) },
    'Wait: RestartBackOff',
  ],
  ['an edit that takes effect at boot', { desired: desired({ bootHash: 'new' }) }, 'Settled: RestartRequired'],
  ['an edit that no guest could take', { desired: desired({ bootHash: 'new', refused: REFUSED }) }, 'Blocked: HostnameInvalid'],
  ['what it was started with, which no guest could take now', { desired: desired({ refused: REFUSED }) }, 'Settled: Running'],
  [
    'destroyed, and what no guest could take is asked',
    { machine: off('Destroyed'), desired: desired({ refused: REFUSED }) },
    'Blocked: HostnameInvalid',
  ],
  [
    'an edit that takes effect at boot, while off',
    { machine: off('GuestShutdown'), desired: desired({ powerState: 'Stopped', bootHash: 'new' }) },
    'Settled: Stopped',
  ],
  ['another image', { desired: desired({ imageName: 'other' }) }, 'Blocked: RebuildRequired'],
  ['another image, to be stopped', { desired: desired({ imageName: 'other', powerState: 'Stopped' }) }, 'Stop: signal-shutdown'],
  ['another image and another flavor', { desired: desired({ imageName: 'other', bootHash: 'new' }) }, 'Blocked: RebuildRequired'],
  ['a network that can be changed live', { machine: present({ liveDrift: ['interfaces[eth0].source'] }) }, 'Update: update-live'],
  [
    'a network that can be changed live, while off',
    { machine: present({ power: 'Stopped', liveDrift: ['x'] }), desired: desired({ powerState: 'Stopped' }) },
    'Settled: Stopped',
  ],
  ['EnsureExists, destroyed', { desired: desired({ reconcilePolicy: 'EnsureExists' }), machine: off('Destroyed') }, 'Settled: LeftAlone'],
  [
    'EnsureExists, never started',
    { desired: desired({ reconcilePolicy: 'EnsureExists' }), machine: present({ power: 'Stopped', runId: undefined }) },
    START,
  ],
  ['EnsureExists, another image', { desired: desired({ reconcilePolicy: 'EnsureExists', imageName: 'other' }) }, 'Settled: LeftAlone'],
  ['WatchOnly, as it should be', { desired: desired({ reconcilePolicy: 'WatchOnly' }) }, 'Settled: Running'],
  ['WatchOnly, destroyed', { desired: desired({ reconcilePolicy: 'WatchOnly' }), machine: off('Destroyed') }, 'Wait: WatchOnly'],
  ['DryRun, destroyed', { desired: desired({ reconcilePolicy: 'DryRun' }), machine: off('Destroyed') }, 'Wait: DryRun'],
  ['locked, as it should be', { desired: desired({ lock: 'audit' }) }, 'Settled: Running'],
  ['locked, destroyed', { desired: desired({ lock: 'audit' }), machine: off('Destroyed') }, 'Wait: Locked'],
  ['locked, to be stopped', { desired: desired({ lock: 'audit', powerState: 'Stopped' }) }, 'Wait: Locked'],
  ['locked, and the host silent', { desired: desired({ lock: 'audit' }), host: host({ contact: 'Silent' }) }, 'Wait: HostUnreachable'],
  ['locked, without our finalizer', { desired: desired({ lock: 'audit' }), finalizer: false }, 'Wait: Locked'],
  ['Disabled', { desired: desired({ reconcilePolicy: 'Disabled' }), machine: { kind: 'NotObserved' } }, 'Wait: Disabled'],
  ['adoption asked of one that has a machine', { desired: desired({ adoptMachineId: 'other' }) }, 'Blocked: AdoptionNotAllowed'],
  ['adopted, as it should be', { desired: desired({ adoptMachineId: 'machine-1' }) }, 'Settled: Running'],
])('%s', (_, over, expected) => {
  expect(shown(plan(world(over)).plan)).toBe(expected);
});

test('what DryRun would do is told', () => {
  const { plan: decided } = plan(world({ desired: desired({ reconcilePolicy: 'DryRun' }), machine: off('Destroyed') }));
  expect(decided.kind === 'Wait' && decided.withheld?.steps).toEqual([
    'write-config-drive',
    'define',
    'start-paused',
    'apply-filters',
    'unpause',
  ]);
});

test('a restart by policy says what is to be recorded of it', () => {
  const { plan: decided, powerOff } = plan(
    world({ machine: off('Crashed'), record: made({ restarts: { count: 1, lastAt: NOW - 60_000 } }) }),
  );
  expect(decided).toMatchObject({ kind: 'Steps', restarts: { count: 2, lastAt: NOW } });
  expect(powerOff).toEqual({ reason: 'Crashed', observedAt: NOW, runId: 'run-1' });
});

test('waits that end by time say when to look again', () => {
  const { plan: decided } = plan(world({ machine: off('Crashed'), record: made({ restarts: { count: 2, lastAt: NOW } }) }));
  expect(decided).toMatchObject({ kind: 'Wait', after: NOW + 20_000 });
});
