import { expect, test } from '@jest/globals';
import type { InstanceSpec } from '../../crds/instance.ts';
import { desiredShelf } from './shelf.ts';

const spec = (over: Partial<InstanceSpec>): InstanceSpec => ({
  flavorName: 'tiny',
  imageName: 'demo',
  lifecycle: { state: 'Shelved' },
  ...over,
});

test.each<[string, Partial<InstanceSpec>, number | undefined]>([
  ['active', { lifecycle: { state: 'Active', offloadAfter: '1h' } }, undefined],
  ['nothing said', { lifecycle: undefined as never }, undefined],
  ['put away for good', { lifecycle: { state: 'SoftDeleted' } }, undefined],
  ['shelved', {}, 0],
  ['shelved, and on the host for an hour', { lifecycle: { state: 'Shelved', offloadAfter: '1h' } }, 3_600_000],
])('%s', (_, over, offloadAfterMs) => {
  expect(desiredShelf(spec(over))?.offloadAfterMs).toBe(offloadAfterMs);
});

test.each<[string, Partial<InstanceSpec>, boolean]>([
  ['a guest that runs', { powerState: 'Running' }, false],
  ['one that is off', { powerState: 'Stopped' }, false],
  ['one that is to be saved', { powerState: 'Suspended' }, true],
  ['one with a TPM', { devices: { tpm: { model: 'CRB' } } }, true],
  ['one that boots from a Volume', { rootVolume: { volumeName: 'root' } }, true],
])('what would be lost: %s', (_, over, isRefused) => {
  expect(desiredShelf(spec(over))?.refused !== undefined).toBe(isRefused);
});
