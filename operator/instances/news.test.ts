import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Instance, InstanceStatus } from '../../crds/instance.ts';
import type { Machine, MachineState } from '../../drivers/contract.ts';
import type { OwnerMark } from '../../drivers/owner.ts';
import type { HostSnapshot } from '../hypervisors/host.ts';
import { Memory, type Remembered } from './memory.ts';
import { isNews } from './news.ts';

const UID = 'u-1';
const owner: OwnerMark = { clusterId: 'c', namespace: 'default', name: 'web', uid: UID, role: 'main', runId: 'r-1', bootHash: 'b' };
const state: MachineState = {
  machineId: UID,
  name: 'web',
  power: 'Running',
  powerReason: 'Requested',
  owner,
  busy: false,
  persistent: true,
};
const machine: Machine = { ...state, vcpus: 1, memoryBytes: 1, disks: [], interfaces: [], definition: '' };
const READ: Remembered = { actedAt: 90, read: { at: 100, machine } };

const instance = (status: Partial<InstanceStatus> = {}, metadata: Partial<Instance['metadata']> = {}): Instance => ({
  apiVersion: 'hostler.dev/v1alpha1',
  kind: 'Instance',
  metadata: {
    namespace: 'default',
    name: 'web',
    uid: UID,
    resourceVersion: '1',
    creationTimestamp: '2026-01-01T00:00:00Z',
    generation: 2,
    ...metadata,
  },
  spec: { flavorName: 'tiny', imageName: 'demo' },
  status: {
    observedGeneration: 2,
    hypervisorName: 'host-a',
    conditions: [{ type: 'Ready', status: 'True', reason: 'Running', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' }],
    ...status,
  },
});
const snapshot = (over: Partial<MachineState> = {}, seenAt = 110): HostSnapshot => ({
  observedAt: seenAt,
  seenAt,
  bootId: 'boot',
  machines: new Map([[UID, { ...state, ...over }]]),
});

let memory: Memory;
beforeEach(() => {
  memory = new Memory();
  memory.note(UID, READ);
});

test('an observation that says what the machine itself said is no news, and takes the place of what was read', () => {
  expect(isNews(memory, instance(), 'host-a', snapshot())).toBe(false);
  expect(memory.size).toBe(0);
  expect(isNews(memory, instance(), 'host-a', snapshot())).toBe(true);
});

describe('news, and nothing is forgotten', () => {
  const notReady = [{ type: 'Ready', status: 'False' as const, reason: 'X', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' }];
  const cases: readonly (readonly [string, Instance | undefined, string, HostSnapshot | undefined])[] = [
    ['no such Instance', undefined, 'host-a', snapshot()],
    ['no observation', instance(), 'host-a', undefined],
    ['on another host', instance(), 'host-b', snapshot()],
    ['a spec that was not looked at', instance({}, { generation: 3 }), 'host-a', snapshot()],
    ['not Ready', instance({ conditions: notReady }), 'host-a', snapshot()],
    ['being deleted', instance({}, { deletionTimestamp: '2026-01-01T00:00:00Z' }), 'host-a', snapshot()],
    ['off', instance(), 'host-a', snapshot({ power: 'Stopped' })],
    ['another reason', instance(), 'host-a', snapshot({ powerReason: 'Migrated' })],
    ['busy', instance(), 'host-a', snapshot({ busy: true })],
    ['undefined behind our back', instance(), 'host-a', snapshot({ persistent: false })],
    ['another run', instance(), 'host-a', snapshot({ owner: { ...owner, runId: 'r-2' } })],
    ['gone', instance(), 'host-a', { ...snapshot(), machines: new Map() }],
    ['observed before it was read', instance(), 'host-a', snapshot({}, 100)],
  ];
  test.each(cases)('%s', (_, known, hostName, observed) => {
    expect(isNews(memory, known, hostName, observed)).toBe(true);
    expect(memory.of(UID)).toEqual(READ);
  });

  test.each<readonly [string, Remembered]>([
    ['acted on since it was read', { actedAt: 105 }],
    ['missed', { missedAt: 50 }],
    ['seen on two hosts', { twice: { seen: 'x', at: 1 } }],
    ['not read', { read: undefined }],
    ['read as not there', { read: { at: 100, machine: undefined } }],
  ])('%s', (_, over) => {
    memory.note(UID, over);
    const before = memory.of(UID);
    expect(isNews(memory, instance(), 'host-a', snapshot())).toBe(true);
    expect(memory.of(UID)).toEqual(before);
  });
});
