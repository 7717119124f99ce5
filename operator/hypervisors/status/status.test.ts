import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { Errors } from 'typebox/value';
import type { Hypervisor, HypervisorSpec } from '../../../crds/hypervisor.ts';
import { HypervisorStatus } from '../../../crds/hypervisor/status.ts';
import type { HostFacts } from '../../../drivers/contract.ts';
import { DriverError } from '../../../drivers/labels.ts';
import type { OwnerMark } from '../../../drivers/owner.ts';
import { foreignMachines } from './foreign.ts';
import { judgeReadiness, type HostView } from './readiness.ts';
import { allocatableOf } from './resources.ts';
import { statusOf, type StatusInput } from './status.ts';

const GIB = 1024 ** 3;
const facts: HostFacts = {
  hostName: 'kvm1',
  hostId: 'id-1',
  bootId: 'boot-1',
  architecture: 'x86_64',
  cpus: 8,
  cpuModel: 'EPYC',
  memoryBytes: 64 * GIB,
  virtualization: 'Hardware',
  versions: { libvirt: '9.0.0' },
  pools: [{ name: 'default', capacityBytes: 100 * GIB, availableBytes: 7 }],
  networks: ['lan', 'default'],
  features: ['UEFI'],
  warnings: [],
};
const spec: HypervisorSpec = {
  driver: 'fake',
  fake: { socket: '/run/fake' },
  pools: { main: { pool: 'default' } },
  networks: { lab: { network: 'default' }, wan: { bridge: 'br0' } },
};
const hypervisor = (over: Partial<Hypervisor> = {}): Hypervisor => ({
  apiVersion: 'hostler.dev/v1alpha1',
  kind: 'Hypervisor',
  metadata: { name: 'h', uid: 'u', resourceVersion: '1', generation: 3, creationTimestamp: '2026-01-01T00:00:00Z' },
  spec,
  ...over,
});
const up: HostView = { problem: undefined, duplicateOf: undefined, reachability: { status: 'True', since: 5_000, message: '' }, facts };
const view = (over: Partial<HostView>): HostView => ({ ...up, ...over });
const input = (over: Partial<StatusInput> = {}): StatusInput => ({
  ...up,
  clusterId: 'here',
  contacted: true,
  foreign: new Map(),
  snapshot: undefined,
  orphans: { orphans: [], unsure: false, noticed: [] },
  allocation: { instances: 2, cpu: 3, memoryBytes: GIB },
  heldBy: [],
  heldByVolumes: [],
  now: 60_000,
  ...over,
});
const silent = { status: 'False', since: 5_000, message: 'connect ECONNREFUSED' } as const;
const refused = { status: 'Unknown', since: 5_000, message: 'libvirt 4.0 is too old' } as const;
const tooOld = new DriverError('InvalidSpec', 'libvirt 4.0 is too old', { reason: 'VersionTooOld' });

test.each<[string, HypervisorSpec, HostView, string]>([
  ['all there', spec, up, 'Settled: Connected'],
  ['a hiccup', spec, view({ problem: new Error('reset') }), 'Settled: Connected'],
  ['not contacted yet', spec, view({ reachability: { status: 'Unknown', since: 0, message: '' }, facts: undefined }), 'Silent: Connecting'],
  ['silent', spec, view({ reachability: silent, problem: new DriverError('HostUnreachable', 'x') }), 'Silent: HostUnreachable'],
  ['too old', spec, view({ reachability: refused, problem: tooOld }), 'Stuck: VersionTooOld'],
  ['busy starting', spec, view({ reachability: refused, problem: new DriverError('Transient', 'starting') }), 'Waiting: Transient'],
  [
    'no session for want of a Secret',
    spec,
    view({ reachability: undefined, problem: new DriverError('NotFound', 'x', { reason: 'SecretNotFound' }) }),
    'Waiting: SecretNotFound',
  ],
  ['the same host as another', spec, view({ duplicateOf: 'elder' }), 'Stuck: DuplicateHost'],
  ['an unknown pool', { ...spec, pools: { main: { pool: 'other' } } }, up, 'Waiting: PoolNotFound'],
  [
    'a pool that holds no disks',
    spec,
    view({ facts: { ...facts, pools: [{ name: 'default', capacityBytes: 1, availableBytes: 1, unfit: 'of type logical' }] } }),
    'Waiting: PoolTypeUnsupported',
  ],
  ['an unknown network', { ...spec, networks: { lab: { network: 'other' } } }, up, 'Waiting: NetworkNotFound'],
  ['closed by its pool', spec, view({ facts: { ...facts, closed: 'for maintenance' } }), 'Waiting: HostDisabled'],
  ['a bridge is taken on trust', { ...spec, networks: { lab: { bridge: 'other' } } }, up, 'Settled: Connected'],
])('readiness: %s', (_, of, seen, expected) => {
  const { kind, reason } = judgeReadiness(of, seen);
  expect(`${kind}: ${reason}`).toBe(expected);
});

test('the whole status of a host that is fine', () => {
  expect(statusOf(hypervisor(), input())).toEqual({
    observedGeneration: 3,
    conditions: [
      {
        type: 'Ready',
        status: 'True',
        reason: 'Connected',
        message: 'The host answers, and has what the spec names',
        lastTransitionTime: '1970-01-01T00:01:00Z',
        observedGeneration: 3,
      },
    ],
    reachable: { status: 'True', since: '1970-01-01T00:00:05Z' },
    facts: expect.objectContaining({ hostId: 'id-1', networks: ['default', 'lan'], pools: ['default'] }),
    capacity: { cpu: 8, memory: '64Gi' },
    allocatable: { cpu: 32, memory: '64Gi' },
    allocated: { instances: 2, cpu: 3, memory: '1Gi' },
    pools: { main: { capacity: '100Gi' } },
  });
});

test('free space that comes and goes changes nothing', () => {
  const other = { ...facts, pools: [{ name: 'default', capacityBytes: 100 * GIB, availableBytes: 3 }], networks: ['default', 'lan'] };
  expect(statusOf(hypervisor(), input({ facts: other }))).toEqual(statusOf(hypervisor(), input()));
});

test('what is not known stays as it was reported', () => {
  const status = statusOf(
    hypervisor(),
    input({ facts: { ...facts, virtualization: 'Software' }, foreign: new Map([['old', [mark('x')]]]) }),
  );
  const later = statusOf(hypervisor({ status }), input({ facts: undefined, reachability: silent }));
  expect(later).toMatchObject({ facts: status.facts, capacity: status.capacity, pools: status.pools, reachable: { status: 'False' } });
  expect(later.conditions?.map(({ type, status }) => `${type}=${status}`)).toEqual([
    'Ready=Unknown',
    'ForeignMachines=True',
    'SoftwareEmulation=True',
    'Reconciling=True',
  ]);
  expect(statusOf(hypervisor({ status }), input({ contacted: false, reachability: refused })).reachable).toEqual(status.reachable);
});

/** What a hostile, or only an unusual host says: nothing at all, too much, or what is cut in the middle of a character. */
const said = fc.oneof(
  fc.constant(''),
  fc.string({ maxLength: 5 }),
  fc.constant('long '.repeat(2_000)),
  fc.constant('\u{1F600}'.repeat(600)),
);
const saidList = fc.oneof(fc.array(said, { maxLength: 5 }), fc.constant(Array.from({ length: 2_000 }, (_, at) => `name-${at}`)));
const saidMap = fc.oneof(
  fc.dictionary(said, said, { maxKeys: 5 }),
  fc.constant(Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`${at}`.repeat(200), 'x']))),
);
const anyFacts = fc.record({
  hostName: said,
  hostId: said,
  bootId: said,
  architecture: said,
  cpuModel: said,
  versions: saidMap,
  pools: saidList.map((names) => names.map((name) => ({ name, capacityBytes: 1, availableBytes: 1 }))),
  networks: saidList,
  warnings: saidList,
});

test('whatever a host says of itself, the API takes it, within bounds', () => {
  fc.assert(
    fc.property(anyFacts, (of) => {
      const status = statusOf(hypervisor(), input({ facts: { ...facts, ...of } }));
      expect([...Errors(HypervisorStatus, status)]).toEqual([]);
      expect(JSON.stringify(status.facts).length).toBeLessThan(300_000);
      expect(JSON.stringify(status.facts).isWellFormed()).toBe(true);
    }),
  );
});

const honoured = (each: Hypervisor, over: Partial<StatusInput>) =>
  statusOf(each, input(over)).conditions?.find(({ type }) => type === 'FenceHonoured');

test('the same silence in other words is no news', () => {
  const status = statusOf(hypervisor(), input({ reachability: silent }));
  expect(statusOf(hypervisor({ status }), input({ reachability: { ...silent, message: 'timed out' } }))).toEqual(status);
});

test('a fence is judged, and forgotten with the field', () => {
  const fenced = hypervisor({ spec: { ...spec, fence: { at: '1970-01-01T00:00:30Z', by: 'ada' } } });
  expect(honoured(fenced, { reachability: silent })).toMatchObject({ status: 'True', reason: 'Fenced' });
  expect(honoured(fenced, {})).toMatchObject({ status: 'False', reason: 'HostAnswered' });
  expect(honoured(hypervisor(), { reachability: silent })).toBeUndefined();
});

test('a Hypervisor that is being deleted names what holds it', () => {
  const { metadata } = hypervisor();
  const { conditions } = statusOf(
    hypervisor({ metadata: { ...metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }),
    input({ heldBy: ['a/x', 'b/y'] }),
  );
  expect(conditions?.map(({ type, reason }) => `${type}: ${reason}`)).toEqual([
    'Ready: Deleting',
    'Reconciling: Deleting',
    'Deleting: InstancesPresent',
  ]);
  expect(conditions?.at(-1)?.message).toContain('a/x, b/y');
});

test('so it does of Volumes, once no Instance is placed there', () => {
  const deleted = hypervisor({ metadata: { ...hypervisor().metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } });
  const { conditions } = statusOf(deleted, input({ heldByVolumes: ['a/data'] }));
  expect(conditions?.at(-1)).toMatchObject({
    type: 'Deleting',
    reason: 'VolumesPresent',
    message: expect.stringContaining('1 Volume is on this host (a/data)'),
  });
});

const mark = (name: string): OwnerMark => ({ clusterId: 'old', namespace: 'a', name, uid: 'u', role: 'main' });

test('machines of another cluster: says whose they are, and what to set', () => {
  expect(foreignMachines(new Map(), 'here')).toBeUndefined();
  expect(foreignMachines(new Map([['old', []]]), 'here')).toBeUndefined();
  const one = foreignMachines(new Map([['old', [mark('x')]]]), 'here');
  expect(one).toMatchObject({ type: 'ForeignMachines', status: 'True', reason: 'OtherCluster' });
  expect(one?.message).toMatch(/^1 machine carries the mark of cluster "old" \(a\/x\)\. .*"here".*clusterId to "old" before anything else/);
  const many = foreignMachines(
    new Map([
      ['old', ['d', 'c', 'b', 'a'].map(mark)],
      ['elder', [mark('x')]],
    ]),
    'here',
  );
  expect(many?.message).toMatch(/^1 machine carries .*"elder".*; 4 machines carry the mark of cluster "old" \(a\/a, a\/b, a\/c, \.\.\.\)/);
});

test.each<[string, Partial<HypervisorSpec>, object]>([
  ['by default', {}, { cpu: 32, memory: '64Gi' }],
  ['less what is kept', { reserved: { cpu: 2, memory: '4Gi' }, overcommit: { cpu: '1.5', memory: '1' } }, { cpu: 9, memory: '60Gi' }],
  ['never less than nothing', { reserved: { cpu: 20, memory: '1Ti' } }, { cpu: 0, memory: '0' }],
])('what may be given out: %s', (_, over, expected) => {
  expect(allocatableOf({ ...spec, ...over }, { cpu: 8, memory: '64Gi' })).toEqual(expected);
});
