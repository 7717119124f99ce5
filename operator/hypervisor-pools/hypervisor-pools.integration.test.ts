/** A pool of three hosts, played by the simulator, on a real API server: what becomes of it when hosts, masters and secrets change. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Hypervisor } from '../../crds/hypervisor.ts';
import type { HypervisorPool } from '../../crds/hypervisor-pool.ts';
import { xenDrivers } from '../../drivers/xen/drivers.ts';
import { ControlPlane } from '../../e2e/environment/control-plane.ts';
import { Kubectl } from '../../e2e/environment/kubectl.ts';
import { projectRoot, testDir } from '../../e2e/environment/paths.ts';
import { Authority } from '../../e2e/environment/pki.ts';
import { waitFor } from '../../e2e/environment/wait.ts';
import { Simulator } from '../../e2e/xapi/simulator.ts';
import { addHypervisors } from '../hypervisors/hypervisors.ts';
import type { ApiClient } from '../kernel/api/client.ts';
import { HttpApiClient } from '../kernel/api/http-client.ts';
import { loadConnection } from '../kernel/api/kubeconfig.ts';
import { Transport } from '../kernel/api/transport.ts';
import { systemClock } from '../kernel/clock.ts';
import { Metrics } from '../kernel/http/metrics.ts';
import { createManager } from '../kernel/manager/manager.ts';
import { findCondition } from '../kernel/status/conditions.ts';
import { MemoryLogger } from '../kernel/testing/memory-logger.ts';
import { HYPERVISOR_POOLS, HYPERVISORS } from '../resources.ts';
import { addHypervisorPools } from './hypervisor-pools.ts';

const dir = join(testDir, 'hypervisor-pools');
const LABEL = 'hostler.dev/hypervisor-pool';
const signal = new AbortController().signal;
const waiting = { timeoutMs: 60_000, intervalMs: 100 };

let controlPlane: ControlPlane;
let kubectl: Kubectl;
let simulator: Simulator;
let client: ApiClient;
let fingerprint: string;
let ca: string;
let stopOperator: () => Promise<void>;

beforeAll(async () => {
  controlPlane = await ControlPlane.start({ dir });
  kubectl = new Kubectl(controlPlane.kubeconfig);
  await kubectl.run(['apply', '--server-side', '-f', join(projectRoot, 'charts/hostler/files/crds')]);
  await kubectl.run(['wait', '--for=condition=Established', '--timeout=60s', 'crd', '--all']);
  await kubectl.run(['create', 'namespace', 'system']);
  const authority = await Authority.open(join(dir, 'pki'), 'pools');
  const names = ['IP:127.0.0.31', 'IP:127.0.0.32', 'IP:127.0.0.33'];
  const { certFile, keyFile } = await authority.issue({ name: 'xapi', subject: '/CN=xapi', usage: 'serverAuth', names });
  ca = readFileSync(authority.certFile, 'utf8');
  fingerprint = new X509Certificate(readFileSync(certFile)).fingerprint256;
  simulator = await Simulator.start({
    address: '127.0.0.31',
    hosts: 3,
    tls: { cert: readFileSync(certFile), key: readFileSync(keyFile) },
    durations: { '*': 1 },
  });
  await secret('login', { username: simulator.credentials.user, password: simulator.credentials.password });
  await secret('ca', { 'ca.crt': ca });
  stopOperator = await startOperator();
}, 180_000);

afterAll(async () => {
  await stopOperator?.();
  await simulator?.stop();
  await controlPlane?.stop();
}, 60_000);

const secret = (name: string, stringData: Readonly<Record<string, string>>): Promise<string> =>
  new Kubectl(controlPlane.kubeconfig, 'system').apply([
    { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'system' }, stringData },
  ]);

const none = (): never => {
  throw new Error('there is none here');
};

async function startOperator(): Promise<() => Promise<void>> {
  const log = new MemoryLogger();
  const services = { clock: systemClock, log, metrics: new Metrics(), random: Math.random };
  const source = await loadConnection({ file: controlPlane.kubeconfig, clock: systemClock, log });
  client = new HttpApiClient({ ...services, transport: new Transport(source, systemClock, 'hostler-test') });
  const options = { program: 'hostler', domain: 'hostler.dev', identity: `test-${process.pid}`, graceMs: 2_000 };
  const manager = createManager({ ...services, client, ...options });
  const lease = manager.lease({ namespace: 'system', name: 'hosts' });
  const xen = xenDrivers();
  const drivers = { fake: none, libvirt: none, xen };
  const times = { tickMs: 1_000, auditMs: 3_600_000, transfersPerHost: 2 };
  addHypervisors(manager, lease, { clusterId: 'here', operatorNamespace: 'system', drivers, ...times });
  addHypervisorPools(manager, lease, { operatorNamespace: 'system', drivers: xen });
  const stopping = new AbortController();
  const running = manager.run(stopping.signal);
  return async () => {
    stopping.abort(new Error('the test is over'));
    await running;
    await client.close();
  };
}

const pool = (name = 'lab'): Promise<HypervisorPool> => client.get(HYPERVISOR_POOLS, { name }, { signal });
const hypervisors = async (): Promise<readonly Hypervisor[]> =>
  (await client.list(HYPERVISORS, { labelSelector: `${LABEL}=lab` }, { signal })).items;
const uuidOf = (host: number): string => simulator.world.store.get('host', simulator.host(host)).uuid;

const read = (name: string | undefined): Promise<Hypervisor> => client.get(HYPERVISORS, { name: name ?? '' }, { signal });
const versions = async (): Promise<readonly string[]> =>
  [await pool(), ...(await hypervisors())].map(({ metadata }) => metadata.resourceVersion);

const enabledOf = async (uuid: string): Promise<boolean | undefined> =>
  (await pool()).status?.members?.find(({ hostUUID }) => hostUUID === uuid)?.enabled;

const manifest = (name: string, xen: object, hypervisorsSpec: object = {}) => ({
  apiVersion: 'hostler.dev/v1alpha1',
  kind: 'HypervisorPool',
  metadata: { name },
  spec: {
    xen: {
      endpoints: [`${simulator.address()}:${simulator.port}`],
      credentialsSecret: { name: 'login' },
      tls: { fingerprints: [fingerprint] },
      ...xen,
    },
    ...(Object.keys(hypervisorsSpec).length > 0 && { hypervisors: hypervisorsSpec }),
  },
});

async function condition(name: string, type: string, expected: string): Promise<void> {
  const said = async (): Promise<string> => {
    const found = findCondition((await pool(name)).status?.conditions, type);
    return `${found?.status}/${found?.reason}`;
  };
  await waitFor(`${type} of ${name} to be ${expected}`, async () => (await said()) === expected, waiting);
}

async function hostReady(name: string, expected: string): Promise<void> {
  const said = async (): Promise<string | undefined> => {
    const { status } = await client.get(HYPERVISORS, { name }, { signal });
    return findCondition(status?.conditions, 'Ready')?.status;
  };
  await waitFor(`Ready of ${name} to be ${expected}`, async () => (await said()) === expected, waiting);
}

test('three hosts become three Hypervisors that answer, and the pool tells what it has', async () => {
  await kubectl.apply([manifest('lab', {}, { labels: { zone: 'north' }, pools: { shared: { pool: 'NFS' } } })]);
  await condition('lab', 'Ready', 'True/Discovered');
  const { status } = await pool();
  expect(status).toMatchObject({ name: 'lab', master: uuidOf(0), hosts: 3, highAvailability: { enabled: false } });
  expect(status?.members?.map(({ address }) => address ?? '').toSorted()).toEqual(['127.0.0.31', '127.0.0.32', '127.0.0.33']);
  expect(status?.storage?.some(({ shared }) => shared)).toBe(true);
  expect(status?.networks?.length).toBeGreaterThan(0);
  const made = await hypervisors();
  expect(made.map(({ spec }) => spec.xen?.hostUUID ?? '').toSorted()).toEqual([uuidOf(0), uuidOf(1), uuidOf(2)].toSorted());
  expect(made.every(({ metadata }) => metadata.labels?.['zone'] === 'north')).toBe(true);
}, 120_000);

test('its storage is named by the template, and each Hypervisor is connected', async () => {
  const shared = (await pool()).status?.storage?.find((one) => one.shared);
  await kubectl.apply([
    manifest('lab', {}, { labels: { zone: 'north' }, pools: { shared: { pool: shared?.uuid }, named: { pool: shared?.name } } }),
  ]);
  for (const { metadata } of await hypervisors()) await hostReady(metadata.name, 'True');
  for (const { spec, status } of await hypervisors()) {
    expect(spec.pools).toEqual({
      shared: { pool: shared?.uuid, sharedId: shared?.uuid },
      named: { pool: shared?.name, sharedId: shared?.uuid },
    });
    expect(Object.keys(status?.pools ?? {})).toEqual(['named', 'shared']);
  }
}, 120_000);

test('what people write into a Hypervisor stands, whatever the template says later; what the template drops goes', async () => {
  const [one, other] = (await hypervisors()).map(({ metadata }) => metadata.name);
  const shared = (await pool()).status?.storage?.find((each) => each.shared)?.name ?? '';
  const patch = {
    metadata: { labels: { zone: 'south', mine: 'yes' } },
    spec: { schedulable: false, pools: { named: { pool: shared, sharedId: 'own' } } },
  };
  await kubectl.run(['patch', 'hypervisor', one ?? '', '--type', 'merge', '--patch', JSON.stringify(patch)]);
  await kubectl.apply([manifest('lab', {}, { labels: { zone: 'west' }, pools: { named: { pool: shared, sharedId: 'all' } } })]);
  await waitFor('the template to arrive', async () => (await read(other)).metadata.labels?.['zone'] === 'west', waiting);
  await waitFor('the template to arrive', async () => (await read(one)).spec.pools?.['shared'] === undefined, waiting);
  expect((await read(other)).spec.pools).toEqual({ named: { pool: shared, sharedId: 'all' } });
  const edited = await read(one);
  expect(edited.spec).toMatchObject({ schedulable: false, pools: { named: { pool: shared, sharedId: 'own' } } });
  expect(edited.metadata.labels).toMatchObject({ zone: 'south', mine: 'yes', [LABEL]: 'lab' });
}, 120_000);

test('a host that its pool disables takes no new Instances, and says so', async () => {
  const { metadata } = (await hypervisors()).find(({ spec }) => spec.xen?.hostUUID === uuidOf(1)) ?? {};
  simulator.world.store.update('host', simulator.host(1), { enabled: false });
  await hostReady(metadata?.name ?? '', 'False');
  expect(findCondition((await read(metadata?.name)).status?.conditions, 'Ready')?.reason).toBe('HostDisabled');
  await waitFor('the pool to tell it', async () => (await enabledOf(uuidOf(1))) === false, waiting);
  simulator.world.store.update('host', simulator.host(1), { enabled: true });
  await hostReady(metadata?.name ?? '', 'True');
  await waitFor('the pool to tell it', async () => (await enabledOf(uuidOf(1))) === true, waiting);
}, 120_000);

test('at rest nothing is written', async () => {
  await condition('lab', 'Ready', 'True/Discovered');
  const before = await versions();
  await new Promise((resolve) => {
    setTimeout(resolve, 3_000);
  });
  expect(await versions()).toEqual(before);
}, 60_000);

test('a wrong password and a wrong certificate are told as that; an authority of its own is trusted', async () => {
  await secret('wrong', { username: 'root', password: 'no' });
  await kubectl.apply([
    manifest('refused', { credentialsSecret: { name: 'wrong' } }),
    manifest('stranger', { tls: { fingerprints: ['0'.repeat(64)] } }),
    manifest('vouched', { tls: { caSecret: { name: 'ca' } } }),
  ]);
  await condition('refused', 'Authenticated', 'False/AuthenticationFailed');
  await condition('refused', 'Ready', 'False/AuthenticationFailed');
  await condition('stranger', 'Ready', 'False/CertificateRefused');
  // The very pool that lab is: trusted, and recognised.
  await condition('vouched', 'Ready', 'False/DuplicatePool');
  await kubectl.run(['delete', 'hypervisorpool', 'refused', 'stranger', 'vouched', '--timeout=60s']);
}, 120_000);

test('the master dies: another member is used, though only the dead one is named', async () => {
  await simulator.takeDown(0);
  simulator.changeMaster(1);
  await waitFor('another master', async () => (await pool()).status?.master === uuidOf(1), waiting);
  await condition('lab', 'Ready', 'True/Discovered');
  // An operator that starts now knows the members from status alone.
  await stopOperator();
  stopOperator = await startOperator();
  const survivor = (await hypervisors()).find(({ spec }) => spec.xen?.hostUUID === uuidOf(2));
  await waitFor('contact', async () => findCondition((await pool()).status?.conditions, 'Reachable')?.status === 'True', waiting);
  await hostReady(survivor?.metadata.name ?? '', 'True');
  await simulator.bringUp(0);
}, 120_000);

test('a host leaves: its Hypervisor stays, and is told of', async () => {
  const gone = uuidOf(2);
  const name = (await hypervisors()).find(({ spec }) => spec.xen?.hostUUID === gone)?.metadata.name ?? '';
  simulator.world.store.destroy('host', simulator.host(2));
  await condition('lab', 'HostsLeft', 'True/HostNotInPool');
  expect((await pool()).status?.members?.find(({ hostUUID }) => hostUUID === gone)).toMatchObject({ state: 'Left', hypervisorName: name });
  expect((await hypervisors()).length).toBe(3);
  await kubectl.run(['delete', 'hypervisor', name, '--timeout=60s']);
  await waitFor('it is told no more', async () => findCondition((await pool()).status?.conditions, 'HostsLeft') === undefined, waiting);
}, 120_000);

test('a pool that is deleted takes its Hypervisors along', async () => {
  await kubectl.run(['delete', 'hypervisorpool', 'lab', '--timeout=60s']);
  expect(await hypervisors()).toEqual([]);
}, 120_000);
