/** Any world whatever, likely or not: what the planner may be shown. */
import * as fc from 'fast-check';
import { INSTANCE_ACTS } from '../../../../crds/vocabulary.ts';
import type { MachineReading, Twin, World } from '../types.ts';
import { changing } from '../live-resize.ts';
import { NOW } from './world.ts';

const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined });
const time = fc.integer({ min: NOW - 700_000, max: NOW + 10 });
const power = fc.constantFrom('Running', 'Stopped', 'Paused', 'Suspended', 'Unknown');
const reason = fc.constantFrom(
  'Requested',
  'GuestShutdown',
  'Crashed',
  'Destroyed',
  'StartFailed',
  'HostRestart',
  'Migrated',
  'Saved',
  'User',
  'IOError',
  'Unknown',
  'New',
);
const hostName = fc.constantFrom('host-a', 'host-b');
const runId = fc.constantFrom('run-1', 'run-2', 'act-1');
const actionUid = fc.constantFrom('act-1', 'act-2');
const simpleAction = fc.record({
  uid: actionUid,
  name: fc.constant('act'),
  action: fc.constantFrom(
    'Start',
    'CrashDump',
    'ConfirmResize',
    'RevertResize',
    'SetPassword',
    'InjectFile',
    'ResetNetwork',
    'InjectNetworkInfo',
    'Thaw',
  ),
});
const rebootAction = fc.record({
  uid: actionUid,
  name: fc.constant('act'),
  action: fc.constant('Reboot'),
  type: fc.constantFrom('Soft', 'Hard'),
  timeoutMs: fc.constantFrom(0, 30_000),
});
const snapshotAction = fc.record({
  uid: actionUid,
  name: fc.constant('act'),
  action: fc.constant('Snapshot'),
  cold: fc.boolean(),
  quiesce: fc.constant('Preferred'),
  turn: fc.constantFrom('Come' as const, 'Awaited' as const, 'Left' as const),
  location: fc.record({ hypervisorName: hostName, pool: fc.constant('main'), volume: fc.constant('snapshot') }),
});
const swapAction = fc.record({
  uid: actionUid,
  name: fc.constant('act'),
  action: fc.constant('SwapVolume' as const),
  volume: maybe(fc.constant('data')),
  to: fc.constant('other'),
  state: fc.oneof(
    fc.record({ kind: fc.constantFrom('Unread' as const, 'Swapped' as const) }),
    fc.record({ kind: fc.constant('Unfit' as const), reason: fc.constant('VolumeInUse'), message: fc.constant('x') }),
    fc.record({
      kind: fc.constant('Ready' as const),
      volumeUid: fc.constant('v-2'),
      onlyOff: maybe(fc.constantFrom('Larger' as const, 'Root' as const)),
    }),
  ),
  turn: fc.constantFrom('Come' as const, 'Awaited' as const),
});
const flavor = fc.constantFrom('f1', 'f2', 'f3');
const hindrance = maybe(fc.constant({ kind: 'Blocked', reason: 'ResizeRefused', message: 'x' } as const));
const resize = fc.record({
  phase: fc.constantFrom('Resizing', 'AwaitingConfirmation', 'Reverting', 'Reverted'),
  from: flavor,
  to: flavor,
  runId,
  fromRoot: fc.constant('root-1'),
  resizedAt: maybe(time),
  why: maybe(fc.constant({ reason: 'RevertAsked', message: '' })),
});
const rebuildAction = fc.record({
  uid: actionUid,
  name: fc.constant('act'),
  action: fc.constant('Rebuild'),
  preserveEphemeral: fc.boolean(),
});
const sizes = { vcpus: fc.constantFrom(1, 2, 4), memoryBytes: fc.constantFrom(1, 2, 4) };
const size = fc.record(sizes);
const hash = fc.constantFrom('h1', 'h2');
const restoreAction = fc.record({
  uid: actionUid,
  name: fc.constant('act'),
  action: fc.constant('Restore'),
  snapshotName: fc.constant('snap'),
  from: fc.oneof(
    fc.record({ kind: fc.constant('Ready'), makings: maybe(hash) }),
    fc.constant({ kind: 'Unfit', reason: 'SnapshotNotFound', message: 'x' }),
  ),
});

const twins: fc.Arbitrary<readonly Twin[]> = fc.array(
  fc.record({
    hypervisorName: hostName,
    machineId: fc.constantFrom('m1', 'm2'),
    power,
    runId: maybe(runId),
    movedAway: fc.boolean(),
    kind: fc.constantFrom('Ours', 'Namesake', 'Adoptable', 'Stranger'),
  }) as fc.Arbitrary<Twin>,
  { maxLength: 2 },
);
const reading = fc.oneof(
  fc.constant({ kind: 'NotObserved' }),
  fc.record({ kind: fc.constant('Absent'), readings: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ kind: fc.constant('NotOurs'), machineId: fc.constant('m1'), mark: fc.constantFrom('None', 'Retained', 'Namesake', 'Other') }),
  fc.record({
    kind: fc.constant('Present'),
    machine: fc.record({
      machineId: fc.constant('m1'),
      power,
      powerReason: reason,
      runId: maybe(runId),
      bootHash: maybe(fc.oneof(hash, hash.map(changing))),
      size: fc.record({ ...sizes, maximum: size }),
      busy: fc.boolean(),
      persistent: fc.boolean(),
      root: fc.constantFrom('root-1', 'root-2'),
      liveDrift: fc.subarray(['interfaces[eth0]']),
      role: fc.constantFrom('main', 'rescue'),
    }),
  }),
) as fc.Arbitrary<MachineReading>;

export const worlds: fc.Arbitrary<World> = fc.record({
  now: fc.constant(NOW),
  identity: fc.constant({ clusterId: 'c', namespace: 'ns', name: 'n', uid: 'u' }),
  deleting: fc.boolean(),
  finalizer: fc.boolean(),
  statusLost: fc.boolean(),
  desired: fc.record({
    powerState: fc.constantFrom('Running', 'Stopped', 'Paused', 'Suspended'),
    restartPolicy: fc.constantFrom('Always', 'OnCrash', 'Never'),
    reconcilePolicy: fc.constantFrom('Reconcile', 'EnsureExists', 'WatchOnly', 'DryRun', 'Disabled'),
    deletionPolicy: fc.constantFrom('Delete', 'Retain', 'Abandon'),
    deletionProtection: fc.boolean(),
    lock: maybe(fc.constant('maintenance')),
    guestAgent: maybe(fc.constantFrom('Enabled', 'Disabled')),
    shutdownTimeoutMs: fc.constantFrom(0, 60_000),
    imageName: fc.constantFrom('i1', 'i2', undefined),
    rootVolume: maybe(fc.record({ isDeleted: fc.boolean() })),
    flavorName: flavor,
    resize: maybe(fc.record({ confirm: fc.constantFrom('Automatic', 'Manual'), confirmAfterMs: fc.constantFrom(0, 60_000), hindrance })),
    live: maybe(fc.record({ size, before: size, fixedHash: hash, elastic: fc.boolean(), resizes: fc.boolean() })),
    extraDisks: fc.boolean(),
    pinnedTo: maybe(hostName),
    adoptMachineId: maybe(fc.constant('m1')),
    bootHash: maybe(hash),
    refused: maybe(fc.constant({ reason: 'HostnameInvalid', message: 'x' })),
    makings: maybe(hash),
    shelved: maybe(
      fc.record({
        offloadAfterMs: fc.constantFrom(0, 600_000),
        refused: maybe(fc.constant({ reason: 'ShelveNotPossible', message: 'x' })),
      }),
    ),
    softDeleted: maybe(fc.record({ reclaimAfterMs: maybe(fc.constantFrom(0, 600_000)) })),
    rescue: maybe(fc.record({ imageName: fc.constantFrom('r1', 'r2'), timeoutMs: maybe(fc.constant(60_000)) })),
  }),
  missing: fc.array(
    fc.record({
      kind: fc.constantFrom('Flavor', 'Image', 'Network', 'HostNetwork', 'Pool', 'Volume'),
      reason: fc.constant('NotFound'),
      until: fc.constant('x'),
    }),
    { maxLength: 1 },
  ),
  record: fc.record({
    hypervisorName: maybe(hostName),
    machineId: maybe(fc.constant('m1')),
    origin: fc.constantFrom('Created', 'Adopted'),
    imageName: maybe(fc.constantFrom('i1', 'i2')),
    makings: maybe(hash),
    powerOff: maybe(fc.record({ reason, observedAt: time, runId: maybe(runId) })),
    restarts: maybe(fc.record({ count: fc.nat(10), lastAt: time })),
    run: maybe(fc.record({ id: runId, bootId: maybe(fc.constantFrom('b1', 'b2')), bootHash: hash, fixedHash: maybe(hash) })),
    shutdown: maybe(fc.record({ startedAt: time, signals: fc.nat(7) })),
    frozen: maybe(fc.record({ runId, until: time })),
    failure: maybe(
      fc.record({
        operation: fc.constantFrom(
          'Spawn',
          'Start',
          'Stop',
          'Delete',
          'Reboot',
          'Rebuild',
          'Restore',
          'Tidy',
          'CrashDump',
          'Snapshot',
          'SetPassword',
          'ChangeVolumes',
          'Resize',
          'ResizeLive',
          'RevertResize',
          'Rescue',
          'Unrescue',
        ),
        label: fc.constantFrom('Transient', 'InvalidSpec', 'Conflict', 'InsufficientCapacity', 'Unsupported', 'Unknown', 'NotFound'),
        reason: fc.constant('Broke'),
        message: fc.constant('it broke'),
        at: time,
        attempts: fc.integer({ min: 1, max: 10 }),
        failedOn: fc.subarray(['host-a', 'host-b']),
      }),
    ),
    action: maybe(
      fc.record({
        uid: actionUid,
        name: fc.constant('act'),
        action: fc.constantFrom(...INSTANCE_ACTS),
        phase: fc.constantFrom('Running', 'Succeeded', 'Failed'),
        rebuild: maybe(fc.record({ root: fc.constantFrom('root-1', 'root-2'), makings: maybe(hash) })),
      }),
    ),
    flavorName: maybe(flavor),
    resize: maybe(resize),
    lifecycle: maybe(
      fc.record({
        softDeletedAt: maybe(time),
        reclaimed: fc.boolean(),
        shelvedAt: maybe(time),
        offload: maybe(fc.constantFrom('Begun', 'Done')),
      }),
    ),
    rescue: maybe(
      fc.record({
        imageName: fc.constantFrom('r1', 'r2'),
        startedAt: maybe(time),
        ended: maybe(fc.record({ reason: fc.constantFrom('TimedOut', 'Broke'), message: fc.constant('x') })),
      }),
    ),
  }),
  host: maybe(
    fc.record({
      name: hostName,
      contact: fc.constantFrom('Reachable', 'Unheard', 'Silent', 'Gone'),
      fenced: fc.boolean(),
      bootId: maybe(fc.constantFrom('b1', 'b2')),
    }),
  ),
  machine: reading,
  elsewhere: fc.record({
    twins,
    confirmed: fc.boolean(),
    unheard: fc.subarray(['host-b']),
    unobserved: fc.subarray(['host-b']),
    silentSharers: fc.subarray(['host-b']),
    silent: fc.subarray(['host-b']),
  }),
  looked: fc.record({
    twins: maybe(twins),
    disks: maybe(fc.record({ rootExists: fc.boolean() })),
    secret: fc.oneof(
      fc.record({ kind: fc.constantFrom('NotNeeded', 'NotAsked', 'Read') }),
      fc.record({
        kind: fc.constant('Unfit'),
        reason: fc.constant('SecretNotFound'),
        until: fc.constant('x'),
        retryAt: fc.constant(NOW + 1),
      }),
    ),
    rescue: maybe(fc.oneof(fc.constant({ kind: 'Ready' }), fc.constant({ kind: 'NotReady', reason: 'ImageNotFound', until: 'x' }))),
  }),
  volumes: fc.array(
    fc.record({
      name: fc.constantFrom('data', 'log'),
      wanted: fc.boolean(),
      plugged: fc.constantFrom('No', 'Partly', 'Yes', 'Unread'),
      tried: fc.boolean(),
      hindrance: maybe(
        fc.record({ kind: fc.constantFrom('Missing', 'Coming', 'Bad'), reason: fc.constant('VolumeInUse'), until: fc.constant('x') }),
      ),
    }),
    { maxLength: 2 },
  ),
  action: maybe(fc.oneof(simpleAction, rebootAction, rebuildAction, restoreAction, snapshotAction, swapAction)),
  shelf: fc.oneof(
    fc.record({ kind: fc.constantFrom('None', 'Taking') }),
    fc.record({ kind: fc.constantFrom('Ready', 'Unclaimed'), snapshotName: fc.constant('shelf') }),
    fc.constant({ kind: 'Failed', reason: 'CaptureEnded', message: 'x' }),
  ),
  layered: fc.boolean(),
  oldDrives: fc.boolean(),
}) as fc.Arbitrary<World>;
