import { expect, test } from '@jest/globals';
import type { Instance, InstanceStatus } from '../../crds/instance.ts';
import type { InstanceSnapshot } from '../../crds/instance-snapshot.ts';
import { planShelf } from './plan.ts';
import { SHELF_GENERATION_LABEL } from './shelf.ts';

const OFF: InstanceStatus = {
  machineId: 'm',
  powerState: 'Stopped',
  powerOff: { reason: 'Requested', observedAt: '2026-01-02T03:04:05Z' },
};
const NAME = 'demo-shelved-20260102030405';
const root = (name: string): NonNullable<InstanceStatus['disks']> => [{ name: 'root', role: 'root', pool: 'main', volume: `u-${name}` }];
const copy = { snapshotName: NAME, imageUid: 'i', imageName: 'demo' };

const instance = (status: Partial<InstanceStatus> = OFF, state: 'Active' | 'Shelved' = 'Shelved', deleting = false): Instance =>
  ({
    metadata: { namespace: 'a', name: 'demo', uid: 'u', generation: 2, ...(deleting && { deletionTimestamp: 'x' }) },
    spec: { flavorName: 'tiny', imageName: 'demo', lifecycle: { state } },
    status,
  }) as Instance;

const shelf = (name = NAME, over: Partial<InstanceSnapshot['metadata']> = {}, status = {}): InstanceSnapshot =>
  ({
    metadata: {
      name,
      labels: { [SHELF_GENERATION_LABEL]: '2' },
      ownerReferences: [{ apiVersion: 'x', kind: 'Instance', name: 'demo', uid: 'u' }],
      ...over,
    },
    status,
  }) as InstanceSnapshot;
const ofAnother = { ownerReferences: [{ apiVersion: 'x', kind: 'Instance', name: 'demo', uid: 'v' }] };

const told = (...given: Parameters<typeof planShelf>): string => {
  const { take = '-', remove } = planShelf(...given);
  return `take ${take}, remove ${remove.map(({ metadata }) => metadata.name).join(' ') || '-'}`;
};

test.each<[string, Parameters<typeof planShelf>, string]>([
  ['off', [instance(), []], `take ${NAME}, remove -`],
  ['on', [instance({ ...OFF, powerState: 'Running' }), []], 'take -, remove -'],
  ['off by itself', [instance({ ...OFF, powerOff: { reason: 'Crashed', observedAt: '2026-01-02T03:04:05Z' } }), []], 'take -, remove -'],
  ['never made', [instance({}), []], 'take -, remove -'],
  ['active', [instance(OFF, 'Active'), []], 'take -, remove -'],
  ['deleted', [instance(OFF, 'Shelved', true), [shelf()]], `take -, remove ${NAME}`],
  ['taken', [instance(), [shelf()]], 'take -, remove -'],
  ['taken, and the guest ran since', [instance(), [shelf('demo-shelved-1')]], `take ${NAME}, remove demo-shelved-1`],
  ['taken, and the disk is another since', [instance({ ...OFF, disks: root('root-2') }), [shelf()]], `take ${NAME}-2, remove ${NAME}`],
  ['taken, and the disk was resized since', [instance({ ...OFF, disks: root('root-1.2') }), [shelf()]], 'take -, remove -'],
  ['taken of another of that name', [instance(), [shelf('demo-shelved-1', ofAnother)]], `take ${NAME}, remove demo-shelved-1`],
  ['failed', [instance(), [shelf(NAME, {}, { phase: 'Failed' })]], 'take -, remove -'],
  [
    'failed, and the spec changed since',
    [instance(), [shelf(NAME, { labels: { [SHELF_GENERATION_LABEL]: '1' } }, { phase: 'Failed' })]],
    `take -, remove ${NAME}`,
  ],
  ['going', [instance(), [shelf(NAME, { deletionTimestamp: 'x' })]], 'take -, remove -'],
  ['active before it was offloaded', [instance(OFF, 'Active'), [shelf()]], `take -, remove ${NAME}`],
  ['being offloaded', [instance({ ...OFF, lifecycle: { copy } }, 'Active'), [shelf()]], 'take -, remove -'],
  ['offloaded', [instance({ lifecycle: { copy, offloadedAt: 'x' } }), [shelf()]], 'take -, remove -'],
  ['offloaded, and reclaimed', [instance({ lifecycle: { copy, reclaimedAt: 'x' } }), [shelf()]], `take -, remove ${NAME}`],
  [
    'back, on a disk that stands on it',
    [instance({ ...OFF, resolved: { restored: { snapshotName: NAME, imageName: 'demo' } } }, 'Active'), [shelf(), shelf('other')]],
    'take -, remove other',
  ],
  ['status was lost', [instance({}, 'Active'), [shelf()]], 'take -, remove -'],
  ['the Instance is gone', [undefined, [shelf(), shelf('x', { deletionTimestamp: 'x' })]], `take -, remove ${NAME}`],
])('%s', (_, given, expected) => {
  expect(told(...given)).toBe(expected);
});
