import { expect, test } from '@jest/globals';
import { plan } from './plan.ts';
import type { Hindrance, VolumeFacts, World } from './types.ts';
import { claimed, host, machine, made, NOW, present, shown, world } from './testing/world.ts';
import { planVolumes } from './volumes.ts';

const volume = (over: Partial<VolumeFacts> = {}): VolumeFacts => ({
  name: 'data',
  wanted: true,
  plugged: 'No',
  tried: false,
  hindrance: undefined,
  ...over,
});
const hindrance = (kind: Hindrance['kind'], reason = 'VolumeInUse'): Hindrance => ({ kind, reason, until: 'it is free' });

const IN = 'ChangeVolumes: plug-volumes';
const attached = volume({ plugged: 'Yes' });
const leaving = volume({ name: 'old', wanted: false, plugged: 'Yes' });
const inUse = volume({ hindrance: hindrance('Bad') });

// The volumes, what else is so, and the plan.
test.each<[string, readonly VolumeFacts[], Partial<World>, string]>([
  ['none', [], {}, 'Settled: Running'],
  ['one that is there', [attached], {}, 'Settled: Running'],
  ['one to come', [volume()], {}, IN],
  ['one that only the definition has', [volume({ plugged: 'Partly' })], {}, IN],
  ['one to go', [leaving], {}, IN],
  ['one of which nobody knows', [volume({ plugged: 'Unread' })], {}, 'Wait: Observing'],
  [
    'one to come, of a machine that is off',
    [volume()],
    { machine: present({ power: 'Stopped' }), desired: { ...world().desired, powerState: 'Stopped' } },
    IN,
  ],
  [
    'one to come, of a guest that is suspended',
    [volume()],
    { machine: present({ power: 'Suspended' }), desired: { ...world().desired, powerState: 'Suspended' } },
    'Wait: GuestSuspended',
  ],
  ['one that cannot be had', [inUse], {}, 'Wait: VolumeInUse'],
  ['one that cannot be had, and one to come', [inUse, volume({ name: 'log' })], {}, IN],
  ['one to come, and the power is not as asked', [volume()], { machine: present({ power: 'Paused' }) }, 'Resume: apply-filters, unpause'],
  ['one to come, and a job runs', [volume()], { machine: present({ busy: true }) }, 'Wait: MachineBusy'],
  ['one to come, and it is locked', [volume()], { desired: { ...world().desired, lock: 'audit' } }, 'Wait: Locked'],
  ['one to come, and it is only watched', [volume()], { desired: { ...world().desired, reconcilePolicy: 'WatchOnly' } }, 'Wait: WatchOnly'],
  [
    'one to come, and it is left alone',
    [volume()],
    { desired: { ...world().desired, reconcilePolicy: 'EnsureExists' } },
    'Settled: LeftAlone',
  ],
])('%s', (_, volumes, over, expected) => {
  expect(shown(plan(world({ ...over, volumes })).plan)).toBe(expected);
});

const failed = (attempts: number, at = NOW): Partial<World> => ({
  record: made({
    failure: { operation: 'ChangeVolumes', label: 'Conflict', reason: 'NotReleased', message: 'kept', at, attempts, failedOn: [] },
  }),
});

// A guest that keeps a volume is asked a bounded number of times; what was never tried does not wait for that.
test.each<[string, readonly VolumeFacts[], Partial<World>, string]>([
  ['soon after a failure', [{ ...leaving, tried: true }], failed(1), 'Wait: NotReleased'],
  ['after the pause', [{ ...leaving, tried: true }], failed(1, NOW - 60_000), IN],
  ['after eight attempts', [{ ...leaving, tried: true }], failed(8, NOW - 600_000), 'Blocked: NotReleased'],
  ['another one to come meanwhile', [{ ...leaving, tried: true }, volume()], failed(8), IN],
])('%s', (_, volumes, over, expected) => {
  expect(shown(plan(world({ ...over, volumes })).plan)).toBe(expected);
});

test('only what was never tried is tried while others wait for their next attempt', () => {
  const tried = { ...leaving, tried: true };
  const fresh = volume();
  expect(planVolumes({ ...world(), volumes: [tried, fresh] }, machine())).toMatchObject({ volumes: [fresh], firstAttempt: true });
});

// What a spawn waits for, before and after it has a host.
const unclaimed: Partial<World> = { record: claimed({ hypervisorName: undefined }), host: undefined, machine: { kind: 'NotObserved' } };
const building: Partial<World> = { record: claimed(), host: host(), machine: { kind: 'Absent', readings: 1 } };
test.each<[string, Hindrance | undefined, Partial<World>, string]>([
  ['a Volume that does not exist, unplaced', hindrance('Missing', 'VolumeNotFound'), unclaimed, 'Wait: VolumeNotFound'],
  ['a Volume that does not exist', hindrance('Missing', 'VolumeNotFound'), building, 'Wait: VolumeNotFound'],
  ['one that is made where it is placed, unplaced', hindrance('Coming', 'VolumeNotMade'), unclaimed, 'Spawn: add-finalizer, claim'],
  ['one that is being made', hindrance('Coming', 'VolumeNotMade'), building, 'Wait: VolumeNotMade'],
  [
    'a bad one',
    hindrance('Bad'),
    building,
    'Spawn: ensure-base, create-root-disk, write-config-drive, define, start-paused, apply-filters, unpause',
  ],
  [
    'a good one',
    undefined,
    building,
    'Spawn: ensure-base, create-root-disk, write-config-drive, define, start-paused, apply-filters, unpause',
  ],
])('a spawn with %s', (_, why, over, expected) => {
  expect(shown(plan(world({ ...over, volumes: [volume({ hindrance: why })] })).plan)).toBe(expected);
});

test('a guest that ended is started without what is missing', () => {
  const off = present({ power: 'Stopped', powerReason: 'Destroyed' });
  const missing = volume({ hindrance: hindrance('Missing', 'VolumeNotFound') });
  expect(shown(plan(world({ machine: off, volumes: [missing] })).plan)).toMatch(/^Start: /);
});
