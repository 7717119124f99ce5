/** What no world whatever may lead to. */
import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { plan } from './plan.ts';
import { worlds } from './testing/random-world.ts';
import type { ObservedMachine, Plan, StepName, World } from './types.ts';
import { exploration } from '../testing/exploration.ts';

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
    exploration(3_000),
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
  softDeleted?.reclaimAfterMs !== undefined &&
  lifecycle?.softDeletedAt !== undefined &&
  now >= lifecycle.softDeletedAt + softDeleted.reclaimAfterMs;

/** A copy of the root disk is complete, and status says that it is what there is. */
const isOffloading = (world: World): boolean =>
  takes(world, 'end-offload') &&
  (world.record.lifecycle?.offload === 'Begun' || (takes(world, 'begin-offload') && world.shelf.kind === 'Ready'));

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
    'nothing is removed of an object that stays, unless its time as SoftDeleted is over, or there is a copy of it',
    ['undefine', 'delete-disks'],
    (world) => world.deleting || isOffloading(world) || (isOver(world) && !world.desired.deletionProtection),
  ],
  ['no object that stays is let go of', ['retain', 'remove-finalizer'], ({ deleting }) => deleting],
  [
    'nothing is made or started of what is put away, or gone for good',
    ['claim', 'start-paused', 'restore-from-disk', 'unpause', 'enter-rescue'],
    ({ desired, record }) => desired.softDeleted === undefined && desired.shelved === undefined && record.lifecycle?.reclaimed !== true,
  ],
  [
    'disks go only of a machine that is deleted, with its policy Delete',
    ['delete-disks'],
    (world) => world.desired.deletionPolicy === 'Delete' || isOffloading(world),
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
    exploration(10_000),
  );
});
