import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { startXenLab, type XenLab } from '../../e2e/support/xen-lab.ts';
import type { PoolConnection, PoolDriver } from '../pool-contract.ts';
import { xenDrivers } from './drivers.ts';

let lab: XenLab;
const open: PoolDriver[] = [];

beforeAll(async () => {
  lab = await startXenLab({ hosts: 2 });
});
afterAll(async () => {
  for (const driver of open) await driver.close();
  await lab.stop();
});

const call = () => ({ signal: new AbortController().signal, timeoutMs: 10_000 });

async function soon(check: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!check()) {
    if (performance.now() > deadline) throw new Error('nothing was hinted at');
    await sleep(10);
  }
}

function opened(over: Partial<PoolConnection> = {}): PoolDriver {
  const driver = xenDrivers().pool({ ...lab.connection, ...over });
  open.push(driver);
  return driver;
}

test('hosts, storage, networks and what the licence withholds', async () => {
  const { store } = lab.simulator.world;
  store.update('pool', lab.simulator.world.poolRef, { restrictions: { restrict_ha: 'true', restrict_vlan: 'false' }, ha_enabled: true });
  const facts = await opened().discover(call());
  const [first, second] = [0, 1].map((index) => store.get('host', lab.simulator.host(index)).uuid);
  expect(facts).toMatchObject({ name: 'lab', master: first, restrictions: ['restrict_ha'], highAvailability: { enabled: true } });
  expect(new Set(facts.hosts.map(({ uuid }) => uuid))).toEqual(new Set([first, second]));
  expect(facts.hosts.find(({ uuid }) => uuid === second)).toMatchObject({ address: '127.0.0.2', enabled: true, live: true, cpus: 16 });
  const shared = facts.storage.find(({ name }) => name === 'Shared storage');
  expect(shared).toMatchObject({ type: 'nfs', shared: true, sizeBytes: 16 * 2 ** 40 });
  expect(new Set(shared?.hosts)).toEqual(new Set([first, second]));
  expect(facts.networks.some(({ hosts }) => hosts.length === 2)).toBe(true);
});

test('a host that is lost is not live', async () => {
  const { store } = lab.simulator.world;
  const { metrics, uuid } = store.get('host', lab.simulator.host(1));
  store.update('host_metrics', metrics, { live: false });
  const { hosts } = await opened().discover(call());
  expect(hosts.find((host) => host.uuid === uuid)?.live).toBe(false);
  await expect(xenDrivers().host(lab.host(1)).connect(call())).rejects.toMatchObject({ label: 'HostUnreachable', reason: 'HostNotLive' });
  store.update('host_metrics', metrics, { live: true });
});

test('a change is hinted at, and so is a loss', async () => {
  const driver = opened();
  await driver.discover(call());
  const hints: number[] = [];
  driver.onChange(() => hints.push(performance.now()));
  lab.simulator.world.store.update('host', lab.simulator.host(1), { enabled: false });
  await soon(() => hints.length > 0);
  const before = hints.length;
  lab.simulator.breakConnections();
  await soon(() => hints.length > before);
  expect((await driver.discover(call())).hosts).toHaveLength(2);
});

test.each([
  ['AuthenticationFailed', { password: 'wrong' }],
  ['CertificateRefused', { tls: {} }],
  ['CertificateRefused', { tls: { fingerprints: ['0'.repeat(64)] } }],
])('%s is for whoever wrote the connection: %j', async (reason, over) => {
  await expect(opened(over).discover(call())).rejects.toMatchObject({ label: 'InvalidSpec', reason });
});

test('nobody answers', async () => {
  await expect(opened({ endpoints: ['127.0.0.99:1'] }).discover(call())).rejects.toMatchObject({ label: 'HostUnreachable' });
});
