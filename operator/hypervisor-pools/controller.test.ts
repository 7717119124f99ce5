/** What a HypervisorPool does with the hosts of its pool. */
import { expect, test } from '@jest/globals';
import { HYPERVISOR_POOL_FINALIZER } from '../../crds/vocabulary.ts';
import { ApiError } from '../kernel/api/errors.ts';
import { HYPERVISOR_POOLS, HYPERVISORS, INSTANCES } from '../resources.ts';
import { host, hostUuid, MemoryPool } from './testing/memory-pool.ts';
import { poolWorld } from './testing/pool-world.ts';

const names = (letters: string, pool = 'lab'): readonly string[] => letters.split('').map((letter) => `${pool}-${letter.repeat(8)}`);

const sr = (uuid: string, name: string, shared: boolean, hosts: readonly string[]) =>
  ({ uuid, name, type: 'nfs', content: '', shared, sizeBytes: 2 ** 40, freeBytes: 2 ** 39, hosts }) as const;

test('each host gets its Hypervisor, with the labels of the pool', async () => {
  const world = await poolWorld(new MemoryPool());
  await world.make('lab', {}, { labels: { zone: 'north' }, networks: { lan: { network: 'LAN' } } });
  expect(world.said('lab')).toBe('True/Discovered');
  expect(world.hypervisors().map(({ metadata }) => metadata.name)).toEqual(names('abc'));
  expect(world.hypervisors()[1]).toMatchObject({
    metadata: { labels: { 'hostler.dev/hypervisor-pool': 'lab', zone: 'north' } },
    spec: { driver: 'Xen', xen: { poolName: 'lab', hostUUID: hostUuid('b') }, networks: { lan: { network: 'LAN' } } },
  });
  expect(world.pool('lab').metadata.finalizers).toEqual([HYPERVISOR_POOL_FINALIZER]);
  expect(world.pool('lab').status).toMatchObject({
    poolUUID: 'pool-1',
    master: hostUuid('a'),
    hosts: 3,
    capacity: { cpu: 24, memory: '192Gi' },
    version: 'XCP-ng 8.3.0',
    members: [
      { hostUUID: hostUuid('a'), address: 'a.example.com', state: 'Present', hypervisorName: 'lab-aaaaaaaa' },
      { hostUUID: hostUuid('b') },
      { hostUUID: hostUuid('c') },
    ],
  });
});

test('at rest nothing is written, also when the pool hints at changes that are none', async () => {
  const pool = new MemoryPool();
  const world = await poolWorld(pool);
  await world.make('lab');
  const before = [world.api.writes().length, world.drivers.discovered] as const;
  pool.change({ storage: [] });
  await world.pass(10 * 60_000);
  expect(world.api.writes().length).toBe(before[0]);
  expect(world.drivers.discovered).toBeGreaterThan(before[1]);
});

test('a host that joins gets its Hypervisor; one that is renamed keeps it', async () => {
  const pool = new MemoryPool();
  const world = await poolWorld(pool);
  await world.make('lab');
  pool.change({ hosts: [host('a'), host('b', { name: 'renamed' }), host('c'), host('d')] });
  await world.pass();
  expect(world.hypervisors().map(({ metadata }) => metadata.name)).toEqual(names('abcd'));
  expect(world.pool('lab').status?.members?.map(({ name }) => name)).toEqual(['xen-a', 'renamed', 'xen-c', 'xen-d']);
});

test('a host that leaves keeps its Hypervisor, which is said, and what is to be done; deleted, it is not told of any more', async () => {
  const pool = new MemoryPool();
  const world = await poolWorld(pool);
  await world.make('lab');
  await world.place('x', 'lab-cccccccc');
  pool.change({ hosts: [host('a'), host('b')] });
  await world.pass();
  expect(world.hypervisors()).toHaveLength(3);
  expect([world.said('lab'), world.said('lab', 'HostsLeft')]).toEqual(['True/Discovered', 'True/HostNotInPool']);
  expect(world.message('lab', 'HostsLeft')).toContain(
    'Hypervisor lab-cccccccc is not in the pool any more: 1 Instance or Volume is placed',
  );
  expect(world.pool('lab').status?.members?.[2]).toEqual({
    hostUUID: hostUuid('c'),
    name: 'xen-c',
    state: 'Left',
    hypervisorName: 'lab-cccccccc',
  });
  await world.api.delete(HYPERVISORS, { name: 'lab-cccccccc' }, world.call);
  await world.pass();
  expect([world.said('lab', 'HostsLeft'), world.pool('lab').status?.members?.length]).toEqual(['absent', 2]);
});

test('a Hypervisor that somebody deleted is made again; one that somebody made by hand is left alone, whatever its name', async () => {
  const world = await poolWorld(new MemoryPool());
  const spec = { driver: 'Xen', xen: { poolName: 'lab', hostUUID: hostUuid('b') }, schedulable: false } as const;
  await world.api.create(HYPERVISORS, { metadata: { name: 'big-one' }, spec }, world.call);
  await world.make('lab', {}, { labels: { zone: 'north' } });
  expect(world.hypervisors().map(({ metadata }) => metadata.name)).toEqual(['big-one', ...names('ac')]);
  expect([world.hypervisors()[0]?.spec, world.hypervisors()[0]?.metadata.labels]).toEqual([spec, undefined]);
  await world.api.delete(HYPERVISORS, { name: 'lab-aaaaaaaa' }, world.call);
  await world.pass();
  expect(world.hypervisors().map(({ metadata }) => metadata.name)).toEqual(['big-one', ...names('ac')]);
});

test('a name that another Hypervisor has is not taken over; the other hosts have theirs', async () => {
  const world = await poolWorld(new MemoryPool());
  const spec = { driver: 'fake', fake: { socket: '/run/fake' } } as const;
  await world.api.create(HYPERVISORS, { metadata: { name: 'lab-bbbbbbbb' }, spec }, world.call);
  await world.make('lab');
  expect([world.said('lab'), world.said('lab', 'Stalled')]).toEqual(['False/NameTaken', 'True/NameTaken']);
  expect(world.hypervisors().map((each) => each.spec.driver)).toEqual(['Xen', 'fake', 'Xen']);
});

test('what the API server refuses for one host leaves the others alone, and is tried again when something changes', async () => {
  const pool = new MemoryPool();
  const world = await poolWorld(pool);
  world.api.before = ({ verb, key }) => {
    if (verb === 'apply' && key === 'lab-bbbbbbbb') throw refusal();
  };
  await world.make('lab');
  expect(world.hypervisors().map(({ metadata }) => metadata.name)).toEqual(names('ac'));
  expect([world.said('lab'), world.message('lab').includes('no such label')]).toEqual(['False/HypervisorRefused', true]);
  expect(world.pool('lab').status?.members?.[1]?.hypervisorName).toBeUndefined();
  world.api.before = () => undefined;
  pool.change({ name: 'renamed' });
  await world.pass();
  expect([world.said('lab'), world.hypervisors().length]).toEqual(['True/Discovered', 3]);
});

test('a change of the template reaches every Hypervisor; what else is in them stays', async () => {
  const world = await poolWorld(new MemoryPool());
  await world.make('lab', {}, { pools: { fast: { pool: 'SSD' } } });
  await world.api.mergePatch(HYPERVISORS, { name: 'lab-aaaaaaaa' }, { spec: { schedulable: false } }, world.call);
  await world.api.mergePatch(
    HYPERVISOR_POOLS,
    { name: 'lab' },
    { spec: { hypervisors: { pools: { fast: { pool: 'NVMe' } } } } },
    world.call,
  );
  await world.pass();
  expect(world.hypervisors().map(({ spec }) => [spec.pools?.['fast']?.pool, spec.schedulable])).toEqual([
    ['NVMe', false],
    ['NVMe', undefined],
    ['NVMe', undefined],
  ]);
});

test('storage that every host may have is one and the same storage to Hostler', async () => {
  const all = [hostUuid('a'), hostUuid('b'), hostUuid('c')];
  const storage = [sr('s-1', 'NFS', true, all), sr('l-1', 'Local', false, all.slice(0, 1)), sr('l-2', 'Local', false, all.slice(1, 2))];
  const world = await poolWorld(new MemoryPool({ storage }));
  await world.make('lab', {}, { pools: { nfs: { pool: 'NFS' }, byuuid: { pool: 's-1', sharedId: 'mine' }, local: { pool: 'Local' } } });
  expect(world.hypervisors()[0]?.spec.pools).toEqual({
    nfs: { pool: 'NFS', sharedId: 's-1' },
    byuuid: { pool: 's-1', sharedId: 'mine' },
    local: { pool: 'Local' },
  });
  expect(world.pool('lab').status?.storage?.[2]).toEqual({ uuid: 's-1', name: 'NFS', type: 'nfs', shared: true, capacity: '1Ti' });
});

test('a pool that is deleted waits for what is placed on its hosts, then takes its Hypervisors along, and no others', async () => {
  const world = await poolWorld(new MemoryPool());
  const spec = { driver: 'Xen', xen: { poolName: 'lab', hostUUID: hostUuid('b') } } as const;
  await world.api.create(HYPERVISORS, { metadata: { name: 'big-one' }, spec }, world.call);
  await world.make('lab');
  await world.place('x', 'lab-cccccccc');
  await world.api.delete(HYPERVISOR_POOLS, { name: 'lab' }, world.call);
  await world.pass();
  expect([world.said('lab'), world.said('lab', 'Deleting')]).toEqual(['False/Deleting', 'True/InstancesPresent']);
  expect(world.message('lab', 'Deleting')).toContain('lab-cccccccc');
  expect(world.hypervisors()).toHaveLength(3);
  await world.api.delete(INSTANCES, { namespace: 'a', name: 'x' }, world.call);
  await world.pass(25_000);
  expect(world.hypervisors().map(({ metadata }) => metadata.name)).toEqual(['big-one']);
  expect(world.api.objects(HYPERVISOR_POOLS)).toEqual([]);
  expect(world.drivers.open.size).toBe(0);
});

function refusal(): Error {
  return new ApiError('no such label', { code: 422, reason: 'Invalid' });
}
