/** What no world whatever may lead to. */
import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { plan } from './plan.ts';
import { NOW } from './testing/world.ts';
import type { MachineReading, ObservedMachine, Plan, StepName, Twin, World } from './types.ts';

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
  action: fc.constantFrom('Start', 'CrashDump', 'ConfirmResize', 'RevertResize', 'SetPassword', 'InjectFile', 'Thaw'),
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
  location: fc.record({ hypervisorName: hostName, pool: fc.constant('main'), volume: fc.constant('snapshot') }),
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
const hash = fc.constantFrom('h1', 'h2');

const twins: fc.Arbitrary<readonly Twin[]> = fc.array(
  fc.record({
    hypervisorName: hostName,
    machineId: fc.constantFrom('m1', 'm2'),
    power,
    runId: maybe(runId),
    movedAway: fc.boolean(),
    kind: fc.constantFrom('Ours', 'Namesake', 'Stranger'),
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
      bootHash: maybe(hash),
      busy: fc.boolean(),
      persistent: fc.boolean(),
      root: fc.constantFrom('root-1', 'root-2'),
      liveDrift: fc.subarray(['interfaces[eth0]']),
      role: fc.constantFrom('main', 'rescue'),
    }),
  }),
) as fc.Arbitrary<MachineReading>;

const worlds: fc.Arbitrary<World> = fc.record({
  now: fc.constant(NOW),
  identity: fc.constant({ clusterId: 'c', namespace: 'ns', name: 'n', uid: 'u' }),
  deleting: fc.boolean(),
  finalizer: fc.boolean(),
  desired: fc.record({
    powerState: fc.constantFrom('Running', 'Stopped', 'Paused', 'Suspended'),
    restartPolicy: fc.constantFrom('Always', 'OnCrash', 'Never'),
    reconcilePolicy: fc.constantFrom('Reconcile', 'EnsureExists', 'WatchOnly', 'DryRun', 'Disabled'),
    deletionPolicy: fc.constantFrom('Delete', 'Retain', 'Abandon'),
    deletionProtection: fc.boolean(),
    lock: maybe(fc.constant('maintenance')),
    guestAgent: maybe(fc.constantFrom('Enabled', 'Disabled')),
    shutdownTimeoutMs: fc.constantFrom(0, 60_000),
    imageName: fc.constantFrom('i1', 'i2'),
    flavorName: flavor,
    resize: maybe(fc.record({ confirm: fc.constantFrom('Automatic', 'Manual'), confirmAfterMs: fc.constantFrom(0, 60_000), hindrance })),
    extraDisks: fc.boolean(),
    pinnedTo: maybe(hostName),
    adoptMachineId: maybe(fc.constant('m1')),
    bootHash: maybe(hash),
    refused: maybe(fc.constant({ reason: 'HostnameInvalid', message: 'x' })),
    makings: maybe(hash),
    softDeleted: maybe(fc.record({ reclaimAfterMs: maybe(fc.constantFrom(0, 600_000)) })),
    rescue: maybe(fc.record({ imageName: fc.constantFrom('r1', 'r2'), timeoutMs: maybe(fc.constant(60_000)) })),
  }),
  missing: fc.array(
    fc.record({
      kind: fc.constantFrom('Flavor', 'Image', 'Network', 'HostNetwork', 'Pool'),
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
    run: maybe(fc.record({ id: runId, bootId: maybe(fc.constantFrom('b1', 'b2')), bootHash: hash })),
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
          'Tidy',
          'CrashDump',
          'Snapshot',
          'SetPassword',
          'ChangeVolumes',
          'Resize',
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
        action: fc.constantFrom(
          'Start',
          'Reboot',
          'Rebuild',
          'CrashDump',
          'ConfirmResize',
          'RevertResize',
          'SetPassword',
          'InjectFile',
          'Freeze',
          'Thaw',
          'Snapshot',
        ),
        phase: fc.constantFrom('Running', 'Succeeded', 'Failed'),
        rebuild: maybe(fc.record({ root: fc.constantFrom('root-1', 'root-2'), makings: maybe(hash) })),
      }),
    ),
    flavorName: maybe(flavor),
    resize: maybe(resize),
    lifecycle: maybe(fc.record({ softDeletedAt: time, reclaimed: fc.boolean() })),
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
  action: maybe(fc.oneof(simpleAction, rebootAction, rebuildAction, snapshotAction)),
}) as fc.Arbitrary<World>;

const stepsOf = (decided: Plan): readonly StepName[] => (decided.kind === 'Steps' ? decided.steps : []);
const ON_HOST: readonly StepName[] = [
  'create-root-disk',
  'define',
  'start-paused',
  'unpause',
  'power-off',
  'undefine',
  'delete-disks',
  'signal-shutdown',
  'retain',
  'adopt-mark',
  'plug-volumes',
  'freeze-guest',
  'write-guest-file',
  'remove-unused-disks',
];

test('planning is total: one of four answers, whatever the world', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      expect(['Settled', 'Steps', 'Wait', 'Blocked']).toContain(plan(world).plan.kind);
    }),
    { numRuns: 3_000 },
  );
});

test('the same world gives the same plan', () => {
  fc.assert(fc.property(worlds, (world) => expect(plan(world)).toEqual(plan(structuredClone(world)))));
});

/** An adoption claims a machine on another host in the same plan: that host is looked at by the claim. */
const adopts = ({ desired }: World): boolean => desired.adoptMachineId !== undefined;

const livesElsewhere = ({ elsewhere }: World): boolean =>
  elsewhere.twins.some(({ kind, power: there }) => kind === 'Ours' && (there === 'Running' || there === 'Paused'));

const KNOWN_ENDS = ['Requested', 'GuestShutdown', 'Crashed', 'Destroyed', 'StartFailed', 'FromSnapshot'];

/** The host itself says why the machine is off, and that it is on no other; or it was told once, and is forgotten since. */
function isTold(world: World, { powerReason }: ObservedMachine): boolean {
  return powerReason === 'Unknown'
    ? KNOWN_ENDS.includes(plan(world).powerOff?.reason ?? '')
    : [...KNOWN_ENDS, 'HostRestart'].includes(powerReason);
}

/** The time for which a soft-deleted machine is kept. */
const isOver = ({ desired: { softDeleted }, record: { lifecycle }, now }: World): boolean =>
  softDeleted?.reclaimAfterMs !== undefined && lifecycle !== undefined && now >= lifecycle.softDeletedAt + softDeleted.reclaimAfterMs;

const takes = (world: World, ...names: readonly StepName[]): boolean => stepsOf(plan(world).plan).some((step) => names.includes(step));

// For every world: where the plan takes one of the steps, the claim must hold.
test.each<[string, readonly StepName[], (world: World) => boolean]>([
  [
    'no step on a host that is silent, gone or not claimed',
    ON_HOST,
    (world) =>
      world.host?.contact === 'Reachable' || world.record.hypervisorName === undefined || world.host === undefined || adopts(world),
  ],
  [
    'no start while the power state is unknown',
    ['start-paused'],
    ({ machine }) => machine.kind !== 'Present' || machine.machine.power !== 'Unknown',
  ],
  [
    'no create and no start before the host was asked afresh',
    ['define', 'start-paused', 'undefine', 'delete-disks'],
    ({ looked }) => looked.twins !== undefined,
  ],
  [
    'no start on an end that nothing explains, or that was inferred, before every host where it may be was looked at',
    ['start-paused'],
    (world) =>
      world.machine.kind !== 'Present' ||
      world.machine.machine.runId === undefined ||
      world.elsewhere.unheard.length + world.elsewhere.silentSharers.length === 0 ||
      isTold(world, world.machine.machine),
  ],
  [
    'no resume before every host was looked at once, or while it lives elsewhere',
    ['unpause', 'restore-from-disk'],
    (world) => takes(world, 'start-paused') || (world.elsewhere.unobserved.length === 0 && !livesElsewhere(world)),
  ],
  [
    'no start while it lives elsewhere',
    ['start-paused'],
    (world) => world.machine.kind !== 'Present' || world.record.machineId === undefined || !livesElsewhere(world),
  ],
  [
    'no disk goes while a machine of ours may live elsewhere',
    ['delete-disks'],
    (world) => !livesElsewhere(world) || takes(world, 'remove-leftovers'),
  ],
  [
    'the finalizer stays as long as another machine of ours is seen',
    ['remove-finalizer'],
    ({ elsewhere, desired }) => desired.deletionPolicy === 'Abandon' || !elsewhere.twins.some(({ kind }) => kind === 'Ours'),
  ],
  [
    'no create while a machine of ours may be elsewhere',
    ['define'],
    ({ looked, record }) =>
      !(looked.twins ?? []).some(({ kind, hypervisorName }) => kind === 'Ours' && hypervisorName !== record.hypervisorName) ||
      (looked.twins ?? []).some(({ kind, hypervisorName }) => kind === 'Ours' && hypervisorName === record.hypervisorName) ||
      record.machineId !== undefined,
  ],
  [
    'no disk goes as unused while a rebuild is under way',
    ['remove-unused-disks'],
    ({ record }) => record.action?.rebuild !== undefined && record.action.phase !== 'Running',
  ],
  [
    'a rebuild switches the definition of a machine that is off, and has made the disks before',
    ['define'],
    (world) => {
      const decided = plan(world).plan;
      if (decided.kind !== 'Steps' || decided.operation !== 'Rebuild' || takes(world, 'start-paused')) return true;
      return takes(world, 'create-root-disk') && world.machine.kind === 'Present' && world.machine.machine.power === 'Stopped';
    },
  ],
  ['no change of a machine that runs a job', ON_HOST, ({ machine }) => machine.kind !== 'Present' || !machine.machine.busy],
  [
    'nothing is made or removed without our finalizer',
    ['claim', 'create-root-disk', 'define', 'undefine', 'delete-disks'],
    (world) => world.finalizer || takes(world, 'add-finalizer'),
  ],
  [
    'nothing is removed of an object that stays, unless its time as SoftDeleted is over',
    ['undefine', 'delete-disks'],
    (world) => world.deleting || (isOver(world) && !world.desired.deletionProtection),
  ],
  ['no object that stays is let go of', ['retain', 'remove-finalizer'], ({ deleting }) => deleting],
  [
    'nothing is made or started of what is put away, or gone for good',
    ['claim', 'start-paused', 'restore-from-disk', 'unpause', 'enter-rescue'],
    ({ desired, record }) => desired.softDeleted === undefined && record.lifecycle?.reclaimed !== true,
  ],
  [
    'disks go only of a machine that is deleted, with its policy Delete',
    ['delete-disks'],
    ({ desired }) => desired.deletionPolicy === 'Delete',
  ],
  [
    'under WatchOnly, DryRun and Disabled nothing is changed but to let go',
    ON_HOST,
    ({ desired, deleting }) =>
      desired.reconcilePolicy === 'Reconcile' ||
      desired.reconcilePolicy === 'EnsureExists' ||
      (deleting && desired.deletionPolicy === 'Retain'),
  ],
  [
    'while it is locked nothing is changed but to let go',
    ON_HOST,
    ({ desired, deleting }) => desired.lock === undefined || (deleting && desired.deletionPolicy === 'Retain'),
  ],
  [
    'the finalizer goes on proof only',
    ['remove-finalizer'],
    (world) =>
      world.record.hypervisorName === undefined ||
      world.desired.deletionPolicy === 'Abandon' ||
      world.host?.fenced === true ||
      world.machine.kind === 'NotOurs' ||
      takes(world, 'prove-gone', 'retain'),
  ],
])('%s', (_, names, claim) => {
  fc.assert(
    fc.property(worlds, (world) => {
      if (takes(world, ...names)) expect(claim(world)).toBe(true);
    }),
    { numRuns: 10_000 },
  );
});
