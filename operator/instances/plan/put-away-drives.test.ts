import { expect, test } from '@jest/globals';
import { plan } from './plan.ts';
import { desired, present, START_ACTION, world } from './testing/world.ts';
import type { World } from './types.ts';

const softDeleted = { reclaimAfterMs: undefined };
const off = present({ power: 'Stopped', powerReason: 'Requested' });

function beside(over: Partial<World>): string {
  const away = { desired: desired({ softDeleted }), machine: off, oldDrives: true };
  const decided = plan(world({ ...away, ...over })).plan;
  return decided.kind === 'Settled' ? `${decided.reason}, ${decided.beside ?? 'nothing'}` : decided.kind;
}

// An instance that is put away, and drives of which this process does not know that none is left over: what goes on beside.
test.each<[string, Partial<World>, string]>([
  ['as it is', {}, 'SoftDeleted, RemoveOldDrives'],
  ['none is left', { oldDrives: false }, 'SoftDeleted, nothing'],
  ['it is only switched off', { desired: desired({ powerState: 'Stopped' }) }, 'Stopped, nothing'],
  ['it is in use', { desired: desired(), machine: present() }, 'Running, nothing'],
  ['it is locked', { desired: desired({ softDeleted, lock: 'audit' }) }, 'SoftDeleted, nothing'],
  ['it is only watched', { desired: desired({ softDeleted, reconcilePolicy: 'WatchOnly' }) }, 'SoftDeleted, nothing'],
  ['a job runs on it', { machine: present({ power: 'Stopped', powerReason: 'Requested', busy: true }) }, 'SoftDeleted, nothing'],
  ['an action is asked for', { action: START_ACTION }, 'SoftDeleted, nothing'],
  ['it goes down', { machine: present() }, 'Steps'],
  ['it is deleted', { deleting: true }, 'Steps'],
])('%s', (_, over, expected) => {
  expect(beside(over)).toBe(expected);
});
