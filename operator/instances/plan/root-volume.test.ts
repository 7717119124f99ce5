/** An Instance that boots from a Volume, planned: what is made, what is not, and what goes at its end. */
import { expect, test } from '@jest/globals';
import { plan } from './plan.ts';
import { LOOKED, claimed, desired, host, made, present, shown, untouched, world } from './testing/world.ts';
import type { MachineReading, MissingReference, RebuildAction, World } from './types.ts';

const kept = (over: Partial<World['desired']> = {}) => desired({ imageName: undefined, rootVolume: { isDeleted: false }, ...over });
const deleted = (over: Partial<World['desired']> = {}) => desired({ imageName: undefined, rootVolume: { isDeleted: true }, ...over });
const lacks = (reason: string): readonly MissingReference[] => [{ kind: 'Volume', reason, until: 'x' }];
const REBUILD: RebuildAction = { uid: 'act-1', name: 'again', action: 'Rebuild', preserveEphemeral: false };

const absent = (readings: number): MachineReading => ({ kind: 'Absent', readings });
const FIRST = untouched();
const SPAWNING: Partial<World> = { record: claimed({ imageName: undefined }), machine: absent(1), looked: LOOKED, desired: kept() };
const STAYS = { record: made({ imageName: undefined }), machine: present(), desired: kept() };
const OFF = present({ power: 'Stopped', powerReason: 'Requested' });
const GOING: Partial<World> = { record: made({ imageName: undefined }), machine: OFF, deleting: true };

test.each<[string, Partial<World>, string]>([
  ['nothing was made yet', { ...FIRST, desired: kept() }, 'Spawn: add-finalizer, claim'],
  ['there is no such Volume', { ...FIRST, desired: kept(), missing: lacks('VolumeNotFound') }, 'Wait: VolumeNotFound'],
  ['another Instance has it', { ...FIRST, desired: kept(), missing: lacks('VolumeInUse') }, 'Wait: VolumeInUse'],
  [
    'on its host it is found, and nothing is made of an image',
    SPAWNING,
    'Spawn: find-root-volume, write-config-drive, define, start-paused, apply-filters, unpause',
  ],
  ['it is not made yet', { ...SPAWNING, missing: lacks('VolumeNotMade') }, 'Wait: VolumeNotMade'],
  [
    'it cannot be had here, and the host is another by now',
    { ...SPAWNING, missing: lacks('VolumeNotMade'), desired: kept({ pinnedTo: 'host-b' }) },
    'Spawn: remove-leftovers, claim',
  ],
  ['it lies on another host by now', { ...SPAWNING, missing: lacks('VolumeElsewhere') }, 'Spawn: remove-leftovers, claim'],
  [
    'it lies on another host than the one that is asked for',
    { ...SPAWNING, missing: lacks('VolumeElsewhere'), desired: kept({ pinnedTo: 'host-a' }) },
    'Wait: VolumeElsewhere',
  ],
  [
    'its other disks are made',
    { ...SPAWNING, desired: kept({ extraDisks: true, powerState: 'Stopped' }) },
    'Spawn: find-root-volume, create-extra-disks, write-config-drive, define',
  ],
  ['it runs', STAYS, 'Settled: Running'],
  ['it runs, and the status names the image that the Volume was made from', { ...STAYS, record: made() }, 'Settled: Running'],
  ['it runs, and is to be rebuilt', { ...STAYS, action: REBUILD }, 'Failed: RootIsVolume'],
  ['deleted, and kept', { ...GOING, desired: kept() }, 'Delete: undefine, prove-gone, delete-disks, remove-finalizer'],
  ['deleted with it', { ...GOING, desired: deleted() }, 'Delete: undefine, prove-gone, delete-disks, delete-root-volume, remove-finalizer'],
  [
    'deleted with it, the machine gone',
    { ...GOING, machine: absent(2), desired: deleted() },
    'Delete: prove-gone, delete-disks, delete-root-volume, remove-finalizer',
  ],
  ['let go of, with what it has', { ...GOING, desired: deleted({ deletionPolicy: 'Retain' }) }, 'Delete: retain, remove-finalizer'],
  ['abandoned', { ...GOING, desired: deleted({ deletionPolicy: 'Abandon' }) }, 'Delete: remove-finalizer'],
  [
    'deleted with it, the host fenced',
    { ...GOING, host: host({ contact: 'Silent', fenced: true }), desired: deleted() },
    'Delete: delete-root-volume, remove-finalizer',
  ],
  [
    'put away for long enough',
    {
      ...GOING,
      deleting: false,
      record: made({ lifecycle: { softDeletedAt: 0, reclaimed: false, shelvedAt: undefined, offload: undefined } }),
      desired: deleted({ softDeleted: { reclaimAfterMs: 0 } }),
    },
    'Reclaim: undefine, prove-gone, delete-disks, delete-root-volume, end-reclaim',
  ],
])('%s', (_, over, expected) => {
  const { plan: decided } = plan(world(over));
  const { outcome } = decided.kind === 'Steps' ? decided : {};
  expect(outcome === undefined ? shown(decided) : `${outcome.phase}: ${outcome.reason}`).toBe(expected);
});
