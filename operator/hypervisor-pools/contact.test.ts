/** How a pool is reached, and what is told when it is not. */
import { expect, test } from '@jest/globals';
import { HYPERVISOR_POOLS } from '../resources.ts';
import { facts, host, hostUuid, MemoryPool } from './testing/memory-pool.ts';
import { poolWorld } from './testing/pool-world.ts';

const other = (): MemoryPool => new MemoryPool({ uuid: 'pool-2', master: hostUuid('d'), hosts: [host('d')] });

test('a dead master: a session that begins asks the members that were known at last', async () => {
  const pool = new MemoryPool();
  const world = await poolWorld(pool);
  await world.make('lab');
  pool.dead.add('a.example.com');
  pool.fingerprint = 'ab'.repeat(32);
  world.drivers.asked.length = 0;
  const xen = { tls: { fingerprints: [pool.fingerprint] } };
  await world.api.mergePatch(HYPERVISOR_POOLS, { name: 'lab' }, { spec: { xen } }, world.call);
  await world.pass();
  expect([world.said('lab'), world.drivers.asked]).toEqual(['True/Discovered', ['a.example.com', 'a.example.com', 'b.example.com']]);
});

test('another master is told', async () => {
  const pool = new MemoryPool();
  const world = await poolWorld(pool);
  await world.make('lab');
  pool.change({ master: hostUuid('b') });
  await world.pass();
  expect(world.pool('lab').status?.master).toBe(hostUuid('b'));
});

test('a silence of some seconds is not told; one that lasts is, and what was known stays; then it answers again', async () => {
  const pool = new MemoryPool();
  const world = await poolWorld(pool);
  await world.make('lab');
  const { members } = world.pool('lab').status ?? {};
  for (const { address } of facts().hosts) pool.dead.add(address);
  pool.hint();
  await world.pass(10_000);
  expect(world.said('lab')).toBe('True/Discovered');
  await world.pass(40_000);
  expect([world.said('lab'), world.said('lab', 'Reachable'), world.said('lab', 'Authenticated')]).toEqual([
    'Unknown/PoolUnreachable',
    'False/PoolUnreachable',
    'Unknown/PoolUnreachable',
  ]);
  expect([world.pool('lab').status?.members, world.hypervisors().length]).toEqual([members, 3]);
  const writes = world.api.writes().length;
  await world.pass(10 * 60_000);
  expect(world.api.writes()).toHaveLength(writes);
  pool.dead.clear();
  await world.pass(60_000);
  expect([world.said('lab'), world.said('lab', 'Reachable')]).toEqual(['True/Discovered', 'True/MasterAnswers']);
});

test('a wrong password is told as that, and the Secret is read again until it is right', async () => {
  const world = await poolWorld(new MemoryPool());
  await world.credentials('wrong');
  await world.make('lab');
  expect([world.said('lab'), world.said('lab', 'Stalled'), world.said('lab', 'Reachable'), world.said('lab', 'Authenticated')]).toEqual([
    'False/AuthenticationFailed',
    'True/AuthenticationFailed',
    'True/MasterAnswers',
    'False/AuthenticationFailed',
  ]);
  expect(world.message('lab')).toContain('spec.xen.credentialsSecret');
  expect(JSON.stringify(world.pool('lab'))).not.toContain('wrong');
  expect(world.hypervisors()).toEqual([]);
  await world.credentials('secret');
  await world.pass(60_000);
  expect([world.said('lab'), world.hypervisors().length]).toEqual(['True/Discovered', 3]);
});

test('a certificate that is not the pinned one is told as that', async () => {
  const pool = new MemoryPool();
  pool.fingerprint = 'ab'.repeat(32);
  const world = await poolWorld(pool);
  await world.make('lab', { tls: { fingerprints: ['00'.repeat(32)] } });
  expect([world.said('lab'), world.said('lab', 'Reachable'), world.said('lab', 'Authenticated')]).toEqual([
    'False/CertificateRefused',
    'False/CertificateRefused',
    'Unknown/CertificateRefused',
  ]);
  const xen = { tls: { fingerprints: [Array(32).fill('AB').join(':')] } };
  await world.api.mergePatch(HYPERVISOR_POOLS, { name: 'lab' }, { spec: { xen } }, world.call);
  await world.pass();
  expect(world.said('lab')).toBe('True/Discovered');
});

test('a Secret that is not there, or lacks a key, is waited for', async () => {
  const world = await poolWorld(new MemoryPool());
  await world.make('lab', { credentialsSecret: { name: 'later' } });
  expect([world.said('lab'), world.message('lab')]).toEqual(['False/SecretNotFound', 'Secret later does not exist in namespace system']);
  await world.credentials('', 'later');
  await world.pass(30_000);
  expect(world.said('lab')).toBe('False/SecretKeyMissing');
  await world.credentials('secret', 'later');
  await world.pass(60_000);
  expect(world.said('lab')).toBe('True/Discovered');
});

test('two HypervisorPools of one pool: the elder has it, the younger makes nothing until the elder is gone', async () => {
  const world = await poolWorld(new MemoryPool());
  await world.make('lab');
  await world.make('more', { endpoints: ['b.example.com'] });
  expect([world.said('lab'), world.said('more')]).toEqual(['True/Discovered', 'False/DuplicatePool']);
  expect(world.hypervisors().map(({ spec }) => spec.xen?.poolName)).toEqual(['lab', 'lab', 'lab']);
  await world.api.delete(HYPERVISOR_POOLS, { name: 'lab' }, world.call);
  await world.pass(60_000);
  expect([world.said('more'), world.hypervisors().map(({ spec }) => spec.xen?.poolName)]).toEqual([
    'True/Discovered',
    ['more', 'more', 'more'],
  ]);
});

test('a host that went from one pool to another is nobody else’s while the Hypervisor of the first is there', async () => {
  const [first, second] = [new MemoryPool(), other()];
  const world = await poolWorld(first, second);
  await world.make('lab');
  await world.make('more', { endpoints: ['d.example.com'] });
  first.change({ hosts: [host('a'), host('b')] });
  second.change({ hosts: [host('d'), host('c')] });
  await world.pass();
  expect([world.said('lab', 'HostsLeft'), world.said('more'), world.hypervisors().length]).toEqual([
    'True/HostNotInPool',
    'False/HostClaimed',
    4,
  ]);
});

test('a HypervisorPool stays the pool that it is, whoever answers in its place', async () => {
  const world = await poolWorld(new MemoryPool(), other());
  await world.make('lab');
  await world.api.mergePatch(HYPERVISOR_POOLS, { name: 'lab' }, { spec: { xen: { endpoints: ['d.example.com'] } } }, world.call);
  await world.pass();
  expect([world.said('lab'), world.pool('lab').status?.poolUUID, world.hypervisors().length]).toEqual(['False/PoolChanged', 'pool-1', 3]);
});

test('one pool that fails stops no other', async () => {
  const [dead, fine] = [new MemoryPool(), other()];
  dead.dead.add('a.example.com');
  const world = await poolWorld(dead, fine);
  await world.make('lab');
  await world.make('more', { endpoints: ['d.example.com'] });
  expect([world.said('lab'), world.said('more')]).toEqual(['Unknown/PoolUnreachable', 'True/Discovered']);
});
