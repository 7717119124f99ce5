import { expect, test } from '@jest/globals';
import { planVolume } from './plan.ts';
import type { VolumeFailure, VolumePlan, VolumeWorld } from './types.ts';

const NOW = 1_000_000_000;
const MIB = 1024 * 1024;

/** Made, free, and as asked. */
const world = (over: Partial<VolumeWorld> = {}): VolumeWorld => ({
  now: NOW,
  deleting: false,
  finalizer: true,
  deletionPolicy: 'Delete',
  sizeBytes: 8 * MIB,
  existing: false,
  users: [],
  growable: true,
  place: { hypervisorName: 'host-a', pool: 'default' },
  wantedAt: { hypervisorName: 'host-a', poolKey: 'main', until: 'x' },
  host: 'Reachable',
  capacityBytes: 8 * MIB,
  seen: 'There',
  missing: undefined,
  copiers: [],
  failure: undefined,
  ...over,
});
const shown = (plan: VolumePlan): string =>
  plan.kind === 'Report' ? `${plan.readiness.kind} ${plan.readiness.reason}` : plan.kind === 'Step' ? plan.step : plan.kind;

const failure = (over: Partial<VolumeFailure> = {}): VolumeFailure => ({
  label: 'Transient',
  reason: 'OutOfSpace',
  message: 'no room',
  at: NOW,
  attempts: 1,
  ...over,
});
const unplaced = { place: undefined, host: undefined, capacityBytes: undefined, seen: 'No' } as const;
const unmade = { capacityBytes: undefined, seen: 'No' } as const;
const existing = { existing: true, sizeBytes: 0 } as const;
const offered = { hypervisorName: 'host-a', poolKey: 'san', until: 'x', disk: 'unit:0:0:1' };
const deleted = { deleting: true } as const;
const image = { kind: 'Image', reason: 'ImageNotFound', until: 'it exists' } as const;
const source = { kind: 'Volume', reason: 'VolumeNotMade', until: 'it is made' } as const;

// What is so, and what is done or told.
test.each<[string, Partial<VolumeWorld>, string]>([
  ['free', {}, 'Settled Available'],
  ['in use', { users: ['demo'] }, 'Settled InUse'],
  ['nobody needs it', { ...unplaced, wantedAt: undefined, finalizer: false }, 'Settled NotMade'],
  ['somebody needs it', { ...unplaced, finalizer: false }, 'add-finalizer'],
  ['held by our finalizer', unplaced, 'bind'],
  [
    'where it would be there is no such pool',
    { ...unplaced, wantedAt: { hypervisorName: 'host-a', poolKey: undefined, until: 'x' } },
    'Waiting PoolNotFound',
  ],
  ['its image is missing', { ...unplaced, missing: image }, 'Waiting ImageNotFound'],
  ['what it is a copy of is missing', { ...unplaced, wantedAt: undefined, missing: source }, 'Waiting VolumeNotMade'],
  ['placed, and what it is a copy of went', { ...unmade, missing: source }, 'Waiting VolumeNotMade'],
  ['placed', unmade, 'create'],
  ['placed, and its image went', { ...unmade, missing: image }, 'Waiting ImageNotFound'],
  ['placed, and somebody took our finalizer off', { ...unmade, finalizer: false }, 'add-finalizer'],
  ['placed, and the pool went', { ...unmade, place: { hypervisorName: 'host-a', pool: undefined } }, 'Waiting PoolNotFound'],
  ['its host is silent', { host: 'Silent' }, 'Silent HostUnreachable'],
  ['its Hypervisor is gone', { host: 'Gone' }, 'Silent HostUnreachable'],
  ['its host was not heard yet', { host: 'Unheard' }, 'Quiet'],
  ['made by an earlier process', { seen: 'No' }, 'look'],
  ['its disk is gone', { seen: 'Lost' }, 'Stuck DisksLost'],
  ['to grow', { sizeBytes: 16 * MIB }, 'grow'],
  ['to grow, and several have it', { sizeBytes: 16 * MIB, growable: false, users: ['a', 'b'] }, 'Waiting VolumeShared'],
  ['an existing disk is free', existing, 'Settled Available'],
  ['an existing disk is offered', { ...existing, ...unplaced, wantedAt: offered }, 'bind'],
  [
    'an existing disk is offered to nobody',
    { ...existing, ...unplaced, wantedAt: { ...offered, withheld: 'DiskNotOffered' } },
    'Waiting DiskNotOffered',
  ],
  [
    'an existing disk is another Volume',
    { ...existing, ...unplaced, wantedAt: { ...offered, withheld: 'DiskClaimed' } },
    'Waiting DiskClaimed',
  ],
  ['placed on an existing disk: nothing is made', { ...existing, ...unmade }, 'claim'],
  ['an existing disk is gone', { ...existing, seen: 'Lost' }, 'Stuck DisksLost'],
  ['larger than asked', { sizeBytes: MIB }, 'Settled Available'],
])('%s', (_, over, expected) => {
  expect(shown(planVolume(world(over)))).toBe(expected);
});

test.each<[string, Partial<VolumeWorld>, string]>([
  ['a free one', {}, 'delete-disk'],
  ['one in use', { users: ['demo'] }, 'Waiting VolumeInUse'],
  ['one that is being copied', { copiers: ['copy'] }, 'Waiting VolumeBeingCopied'],
  ['one that is being copied, to be kept', { copiers: ['copy'], deletionPolicy: 'Retain' }, 'Waiting VolumeBeingCopied'],
  ['one that is to be kept', { deletionPolicy: 'Retain' }, 'remove-finalizer'],
  ['one in use that is to be kept', { deletionPolicy: 'Retain', users: ['demo'] }, 'Waiting VolumeInUse'],
  ['one of an existing disk: that stays', existing, 'remove-finalizer'],
  ['one of an existing disk in use', { ...existing, users: ['demo'] }, 'Waiting VolumeInUse'],
  ['one of an existing disk whose host is silent', { ...existing, host: 'Silent' }, 'remove-finalizer'],
  ['one that was never placed', unplaced, 'remove-finalizer'],
  ['one that may be half made', unmade, 'delete-disk'],
  ['one whose host is silent', { host: 'Silent' }, 'Silent HostUnreachable'],
  ['one whose host is silent, to be kept', { host: 'Silent', deletionPolicy: 'Retain' }, 'remove-finalizer'],
  ['one whose disk is gone', { seen: 'Lost' }, 'delete-disk'],
  ['one that waits for its image', { ...unmade, missing: image }, 'delete-disk'],
  ['one that another finalizer holds', { finalizer: false }, 'Quiet'],
])('deleting %s', (_, over, expected) => {
  expect(shown(planVolume(world({ ...deleted, ...over })))).toBe(expected);
});

test.each<[string, Partial<VolumeWorld>, string]>([
  ['soon after', { ...unmade, failure: failure() }, 'Waiting OutOfSpace'],
  ['after the pause', { ...unmade, failure: failure({ at: NOW - 60_000 }) }, 'create'],
  ['when trying again cannot help', { ...unmade, failure: failure({ label: 'InvalidSpec' }) }, 'Stuck OutOfSpace'],
  ['after eight attempts', { ...unmade, failure: failure({ attempts: 8, at: NOW - 3_600_000 }) }, 'Stuck OutOfSpace'],
  ['of a deletion, which is never given up', { ...deleted, failure: failure({ attempts: 8, at: NOW - 3_600_000 }) }, 'delete-disk'],
])('a failure: %s', (_, over, expected) => {
  expect(shown(planVolume(world(over)))).toBe(expected);
});
