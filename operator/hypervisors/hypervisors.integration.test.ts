/** Hosts on a real API server, behind fake hypervisors that are processes of their own: hung, killed, come back; and what all that costs. */
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { Hypervisor } from '../../crds/hypervisor.ts';
import { openFake } from '../../drivers/fake/driver.ts';
import { ControlPlane } from '../../e2e/environment/control-plane.ts';
import { Kubectl } from '../../e2e/environment/kubectl.ts';
import { projectRoot, testDir } from '../../e2e/environment/paths.ts';
import { waitFor } from '../../e2e/environment/wait.ts';
import { HttpApiClient } from '../kernel/api/http-client.ts';
import { loadConnection } from '../kernel/api/kubeconfig.ts';
import { Transport } from '../kernel/api/transport.ts';
import { systemClock } from '../kernel/clock.ts';
import { Metrics } from '../kernel/http/metrics.ts';
import { createManager } from '../kernel/manager/manager.ts';
import { MemoryLogger } from '../kernel/testing/memory-logger.ts';
import { HYPERVISORS } from '../resources.ts';
import { addHypervisors } from './hypervisors.ts';
import type { HostRegistry } from './registry.ts';
import { noPools } from './testing/no-pools.ts';
import { FakeProcess } from './testing/fake-process.ts';

const dir = join(testDir, 'hypervisors');
const TICK = 1_000;
const MACHINES = 200;
let controlPlane: ControlPlane;
let fine: FakeProcess;
let hung: FakeProcess;

const hypervisor = (name: string, { socket }: FakeProcess) => ({
  apiVersion: 'hostler.dev/v1alpha1',
  kind: 'Hypervisor',
  metadata: { name },
  spec: { driver: 'fake', fake: { socket }, pools: { main: { pool: 'default' } } },
});

beforeAll(async () => {
  controlPlane = await ControlPlane.start({ dir });
  const kubectl = new Kubectl(controlPlane.kubeconfig);
  await kubectl.run(['apply', '--server-side', '-f', join(projectRoot, 'charts/hostler/files/crds')]);
  await kubectl.run(['wait', '--for=condition=Established', '--timeout=60s', 'crd', '--all']);
  await kubectl.run(['create', 'namespace', 'system']);
  fine = new FakeProcess(dir, 'fine');
  hung = new FakeProcess(dir, 'hung');
  await Promise.all([fine.start(), hung.start()]);
  for (let index = 0; index < MACHINES; index += 1) {
    await fine.control({ do: 'Act', act: { act: 'makeMachine', host: 'fine', name: `m${index}`, machineId: `id-${index}` } });
  }
  await kubectl.apply([hypervisor('fine', fine), hypervisor('hung', hung)]);
}, 180_000);

afterAll(async () => {
  hung?.resume();
  await Promise.all([fine?.kill(), hung?.kill()]);
  await controlPlane?.stop();
}, 60_000);

interface Operator {
  readonly registry: HostRegistry;
  readonly hypervisor: (name: string) => Promise<Hypervisor>;
  readonly stop: () => Promise<void>;
}

const libvirt = (): never => {
  throw new Error('there is none here');
};

const operators: Operator[] = [];
afterEach(async () => {
  hung.resume();
  for (const operator of operators.splice(0)) await operator.stop();
}, 60_000);

async function startOperator(): Promise<Operator> {
  const log = new MemoryLogger();
  const metrics = new Metrics();
  const services = { clock: systemClock, log, metrics, random: Math.random };
  const source = await loadConnection({ file: controlPlane.kubeconfig, clock: systemClock, log });
  const client = new HttpApiClient({ ...services, transport: new Transport(source, systemClock, 'hostler-test') });
  const manager = createManager({
    ...services,
    client,
    program: 'hostler',
    domain: 'hostler.dev',
    identity: `test-${process.pid}`,
    graceMs: 2_000,
  });
  const lease = manager.lease({ namespace: 'system', name: 'hosts' });
  const registry = addHypervisors(manager, lease, {
    clusterId: 'here',
    operatorNamespace: 'system',
    drivers: { fake: openFake, libvirt, xen: noPools },
    tickMs: TICK,
    auditMs: 3_600_000,
    transfersPerHost: 2,
  });
  const stopping = new AbortController();
  const running = manager.run(stopping.signal);
  let stopped = false;
  const operator: Operator = {
    registry,
    hypervisor: (name) => client.get(HYPERVISORS, { name }, { signal: new AbortController().signal }),
    stop: async () => {
      if (stopped) return;
      stopped = true;
      stopping.abort(new Error('the test is over'));
      await running;
      await client.close();
    },
  };
  operators.push(operator);
  return operator;
}

const waiting = { timeoutMs: 60_000, intervalMs: 50 };
const signal = new AbortController().signal;

async function waitUntilReady({ hypervisor }: Operator, name: string, status: string): Promise<void> {
  const ready = async (): Promise<boolean> => {
    const object = await hypervisor(name);
    return object.status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === status) === true;
  };
  await waitFor(`Ready=${status} of ${name}`, ready, waiting);
}

/** What reached the API server, of Hypervisors. */
const writes = (): number => controlPlane.writes().filter(({ resource }) => resource === 'hypervisors').length;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test('hosts are reported; at rest each tick costs one bulk call and nothing is written; neither does a restart', async () => {
  const operator = await startOperator();
  await Promise.all([waitUntilReady(operator, 'fine', 'True'), waitUntilReady(operator, 'hung', 'True')]);
  const { status } = await operator.hypervisor('fine');
  expect(status).toMatchObject({
    reachable: { status: 'True' },
    facts: { virtualization: expect.any(String) },
    pools: { main: { capacity: expect.any(String) } },
  });
  expect(operator.registry.get('fine')?.snapshot()?.machines.size).toBe(MACHINES);

  await pause(2 * TICK);
  const before = { writes: writes(), observe: await fine.calls('fine', 'observe'), inspect: await fine.calls('fine', 'inspect') };
  const since = performance.now();
  await pause(6 * TICK);
  const observed = (await fine.calls('fine', 'observe')) - before.observe;
  const ticks = (performance.now() - since) / TICK;
  expect(observed).toBeGreaterThanOrEqual(Math.floor(ticks) - 1);
  expect(observed).toBeLessThanOrEqual(Math.ceil(ticks) + 1);
  expect(await fine.calls('fine', 'inspect')).toBe(before.inspect);
  expect(writes()).toBe(before.writes);

  await operator.stop();
  const again = await startOperator();
  await waitFor(
    'both hosts',
    () => again.registry.list().every((host) => host.reachability().status === 'True') && again.registry.list().length === 2,
    waiting,
  );
  await pause(2 * TICK);
  expect(writes()).toBe(before.writes);
}, 120_000);

test('a hung host delays nobody else, is reported, and comes back', async () => {
  const operator = await startOperator();
  await Promise.all([waitUntilReady(operator, 'fine', 'True'), waitUntilReady(operator, 'hung', 'True')]);
  await waitFor(
    'both hosts',
    () => operator.registry.list().length === 2 && operator.registry.list().every((host) => host.reachability().status === 'True'),
    waiting,
  );
  const [good, bad] = [operator.registry.get('fine'), operator.registry.get('hung')];
  if (good === undefined || bad === undefined) throw new Error('no hosts');
  hung.hang();
  const stuck = Array.from({ length: 50 }, () =>
    bad.act('Read', 5_000, signal, (driver, call) => driver.inspect('id-1', call)).catch((error: Error) => error.message),
  );
  const slowest = await slowestOf(40, () => good.act('Read', 5_000, signal, (driver, call) => driver.inspect('id-1', call)));
  const slowestObservation = await slowestOf(5, () => good.refresh(signal));
  // While fifty calls to the other one wait for seconds.
  expect(Math.max(slowest, slowestObservation)).toBeLessThan(2_000);
  await Promise.all(stuck);
  await waitUntilReady(operator, 'hung', 'Unknown');
  expect(
    await slowestOf(20, () => bad.act('Read', 5_000, signal, (driver, call) => driver.inspect('id-1', call)).catch(() => undefined)),
  ).toBeLessThan(1_000);
  expect(good.reachability().status).toBe('True');

  hung.resume();
  await waitUntilReady(operator, 'hung', 'True');
  expect((await operator.hypervisor('hung')).status?.reachable?.status).toBe('True');
}, 120_000);

test('a host that died comes back with the silence recorded across a restart of the operator', async () => {
  const operator = await startOperator();
  await waitFor('a contact', () => operator.registry.get('hung')?.reachability().status === 'True', waiting);
  await waitUntilReady(operator, 'hung', 'True');
  await hung.kill();
  await waitUntilReady(operator, 'hung', 'Unknown');
  const { status } = await operator.hypervisor('hung');
  await operator.stop();
  const before = writes();

  const again = await startOperator();
  await waitFor('a contact', () => again.registry.get('hung')?.reachability().status === 'False', waiting);
  await pause(2 * TICK);
  expect((await again.hypervisor('hung')).status?.reachable).toEqual(status?.reachable);
  expect(writes()).toBe(before);

  await hung.start();
  await waitUntilReady(again, 'hung', 'True');
}, 120_000);

async function slowestOf(count: number, work: () => Promise<unknown>): Promise<number> {
  let slowest = 0;
  for (let index = 0; index < count; index += 1) {
    const began = performance.now();
    await work();
    slowest = Math.max(slowest, performance.now() - began);
  }
  return slowest;
}
