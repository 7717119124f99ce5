import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { X509Certificate } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectionError } from '../errors.ts';
import { ownTime } from '../time.ts';
import { startXenLab, type XenLab } from '../../../e2e/support/xen-lab.ts';
import { Pool } from './pool.ts';
import { SharedPools } from './shared.ts';
import { follow, TaskVanished } from './tasks.ts';

let lab: XenLab;
const opened: Pool[] = [];

beforeAll(async () => {
  lab = await startXenLab({ hosts: 2 });
});
afterEach(() => {
  lab.simulator.world.faults.clear();
  for (const pool of opened.splice(0)) pool.close();
});
afterAll(() => lab.stop());

const left = () => ownTime(10_000);

async function connected(over: Partial<XenLab['connection']> = {}): Promise<Pool> {
  const pool = new Pool({ ...lab.connection, ...over });
  opened.push(pool);
  await pool.connect(left());
  return pool;
}

async function until(what: string, check: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!check()) {
    if (performance.now() > deadline) throw new Error(`in vain waited for ${what}`);
    await sleep(5);
  }
}

const networkNamed = (pool: Pool, name: string) => pool.objects.find('network', ({ name_label }) => name_label === name);

function addNetwork(name: string): string {
  return lab.simulator.world.store.create('network', { name_label: name });
}

test('it knows what there is, as the tables have it', async () => {
  const pool = await connected();
  expect([...pool.objects.all('host')].map(({ name_label }) => name_label).toSorted()).toEqual(['xen-1', 'xen-2']);
  const [sr] = pool.objects.all('SR');
  expect(typeof sr?.physical_size).toBe('number');
});

test('it logs in under a name of its own, and logs out', async () => {
  const pool = await connected();
  const { sessionId } = pool.client;
  expect(lab.simulator.world.store.get('session', sessionId).originator).toBe('hostler');
  pool.close();
  await until('the session to end', () => !lab.simulator.world.store.has('session', sessionId));
});

test('what happens is told, and known after sync', async () => {
  const pool = await connected();
  const told: unknown[] = [];
  pool.listen({ changed: (changes) => told.push(...changes), lost: () => undefined });
  const ref = addNetwork('told');
  await pool.sync(left());
  expect(networkNamed(pool, 'told')?.ref).toBe(ref);
  expect(told).toContainEqual(expect.objectContaining({ name: 'network', before: undefined }));
  lab.simulator.world.store.destroy('network', ref);
  await until('the end to be told', () => networkNamed(pool, 'told') === undefined);
});

test('nothing is kept of what is gone', async () => {
  const pool = await connected();
  const before = pool.objects.count('network');
  for (let round = 0; round < 20; round += 1) {
    const ref = addNetwork(`churn-${round}`);
    if (round % 2 === 0) await pool.sync(left());
    lab.simulator.world.store.destroy('network', ref);
  }
  await pool.sync(left());
  expect(pool.objects.count('network')).toBe(before);
});

test('a session that the server ended is begun anew, and the call is made', async () => {
  const pool = await connected();
  lab.simulator.killSessions();
  addNetwork('after a new login');
  const task = await pool.rpc.call('task.create', { label: 'made in the new session', description: '' }, left());
  await pool.rpc.destroy('task', task, left());
  await pool.sync(left());
  expect(networkNamed(pool, 'after a new login')).toBeDefined();
});

test('a session that the server ended while nobody asks is begun anew', async () => {
  const pool = await connected();
  lab.simulator.killSessions();
  addNetwork('while idle');
  await until('the network', () => networkNamed(pool, 'while idle') !== undefined);
  expect(pool.connected).toBe(true);
});

test('a connection that breaks is told once, and comes back only when asked for', async () => {
  const pool = await connected();
  const lost: Error[] = [];
  pool.listen({ changed: () => undefined, lost: (error) => lost.push(error) });
  lab.simulator.breakConnections();
  await until('the loss to be told', () => lost.length > 0);
  await expect(pool.sync(left())).rejects.toBeInstanceOf(ConnectionError);
  await pool.connect(left());
  await pool.sync(left());
  expect(lost).toHaveLength(1);
});

test('a member that does not coordinate says who does', async () => {
  const pool = await connected({ endpoints: [new URL(lab.simulator.url(1)).host] });
  expect(pool.client.endpoint).toBe(lab.simulator.url(0));
});

test('when another member becomes the coordinator, it is found', async () => {
  const pool = await connected();
  lab.simulator.changeMaster(1);
  try {
    await until('the loss', () => !pool.connected);
    await pool.connect(left());
    expect(pool.client.endpoint).toBe(lab.simulator.url(1));
  } finally {
    lab.simulator.changeMaster(0);
  }
});

test('a dead coordinator locks nobody out who knows the members', async () => {
  lab.simulator.changeMaster(1);
  await lab.simulator.takeDown(0);
  try {
    const pool = await connected({ knownMembers: [new URL(lab.simulator.url(1)).host] });
    expect(pool.client.endpoint).toBe(lab.simulator.url(1));
  } finally {
    await lab.simulator.bringUp(0);
    lab.simulator.changeMaster(0);
  }
});

test('a wrong password is tried once', async () => {
  const { faults } = lab.simulator.world;
  faults.record(50);
  await expect(connected({ password: 'wrong' })).rejects.toMatchObject({ code: 'SESSION_AUTHENTICATION_FAILED' });
  expect(faults.calls.filter((method) => method.startsWith('session.login'))).toHaveLength(1);
  faults.record(0);
});

test('a certificate of nobody that is trusted gets no password', async () => {
  await expect(connected({ tls: {} })).rejects.toBeInstanceOf(ConnectionError);
  await expect(connected({ tls: { fingerprints: ['00'.repeat(32)] } })).rejects.toThrow('is not one of those that are trusted');
});

test('a certificate is trusted by its fingerprint, whoever signed it', async () => {
  const { fingerprint256 } = new X509Certificate(lab.certificate);
  const pool = await connected({ tls: { fingerprints: [fingerprint256.replaceAll(':', '').toLowerCase()] } });
  expect(pool.connected).toBe(true);
});

test('a task that the server forgot has ended somehow', async () => {
  const pool = await connected();
  await expect(follow(pool, 'OpaqueRef:forgotten', left())).rejects.toBeInstanceOf(TaskVanished);
});

test('all with one key share a session, which the last one ends', () => {
  const pools = new SharedPools();
  const [one, other] = [pools.use(lab.connection), pools.use({ ...lab.connection, knownMembers: ['127.0.0.9'] })];
  expect(other.pool).toBe(one.pool);
  expect(pools.use({ ...lab.connection, id: 'another' }).pool).not.toBe(one.pool);
  one.release();
  one.release();
  expect(pools.use(lab.connection).pool).toBe(one.pool);
});
