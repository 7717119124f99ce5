/**
 * Instances on a fake hypervisor without latency: what the operator itself costs.
 *
 *   node bench/instances.ts [count]        (default 5,000; `make bench` builds the program first)
 *
 * The peer is a bare client that makes the same creates and sends the same patches, as the audit log has them of one Instance,
 * at the same concurrency in the same run. The two take turns, a share of the objects each time, so that a machine that is slow for a while is slow
 * for both. The peer's objects are of a kind of another group with the same schema, which the operator does not watch.
 * Counts of writes come from the API server's audit log, CPU time and memory from /proc.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '../e2e/environment/wait.ts';
import { RECORDED_NAME } from '../e2e/environment/control-plane/audit.ts';
import { concurrently, type BareClient } from './lib/bare-client.ts';
import { recordedPatches, type RecordedPatch, sendAgain } from './lib/recorded.ts';
import { report, type Measure } from './lib/report.ts';
import { cpuMs, residentMb } from './lib/usage.ts';
import { API, NAMESPACE, PEER_API, PEER_API_VERSION, PEER_NAMESPACE, startWorld, type BenchWorld } from './lib/world.ts';

const COUNT = Number(process.argv[2] ?? 5_000);
const REST_SECONDS = 60;
const CONCURRENCY = 32;
const HOSTS = 10;
const ROUNDS = 10;
const INSTANCES = `${API}/namespaces/${NAMESPACE}/instances`;
const PEERS = `${PEER_API}/namespaces/${PEER_NAMESPACE}/instances`;

interface Stored {
  readonly metadata: { readonly name: string; readonly uid: string; readonly resourceVersion: string };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

const world = await startWorld('instances', HOSTS);
try {
  report('instances', await measure(world));
} finally {
  await world.stop();
}

async function measure({ client, controlPlane, apiServerPid, startOperator }: BenchWorld): Promise<readonly Measure[]> {
  let operator = await startOperator();
  await waitFor('the hosts to be ready', async () => (await readyOf(client, `${API}/hypervisors`)) === HOSTS, { timeoutMs: 60_000 });
  await warmUp(client);
  await sleep(3_000);
  const patches = recordedPatches(controlPlane);
  const warmedAt = Date.now();
  const idleMb = residentMb(operator.pid);

  const cost = { wall: 0, cpu: 0, api: 0, bare: 0, bareApi: 0 };
  for (const [round, [from, to]] of rounds().entries()) {
    const operated = async (): Promise<void> => {
      const [before, apiBefore] = [cpuMs(operator.pid), cpuMs(apiServerPid)];
      cost.wall += await timed(() => createAndWait(client, from, to));
      cost.cpu += cpuMs(operator.pid) - before;
      cost.api += cpuMs(apiServerPid) - apiBefore;
    };
    const bare = async (): Promise<void> => {
      const apiBefore = cpuMs(apiServerPid);
      cost.bare += await timed(() => bareWrites(client, patches, from, to));
      cost.bareApi += cpuMs(apiServerPid) - apiBefore;
    };
    const turns = round % 2 === 0 ? [operated, bare] : [bare, operated];
    for (const turn of turns) await turn();
  }
  const loadedMb = residentMb(operator.pid);
  await sleep(2_000);
  const writesToReady = instanceWrites(controlPlane, warmedAt);

  const restFrom = Date.now();
  await sleep(REST_SECONDS * 1_000);
  const writesAtRest = instanceWrites(controlPlane, restFrom);
  const restedMb = residentMb(operator.pid);

  await operator.stop();
  const restartFrom = Date.now();
  const restart = await timed(async () => {
    operator = await startOperator();
    await waitFor('every instance to be looked at', async () => (await reconciled(operator.metrics)) >= COUNT, {
      timeoutMs: 120_000,
      intervalMs: 100,
    });
  });
  await sleep(2_000);
  const writesAfterRestart = instanceWrites(controlPlane, restartFrom);
  await operator.stop();

  return [
    { name: `create -> Ready of ${COUNT}`, value: cost.wall, unit: 'ms' },
    { name: 'the same writes by a bare client', value: cost.bare, unit: 'ms' },
    { name: 'ratio', value: cost.wall / cost.bare, unit: 'x', target: 1.3 },
    { name: 'operator CPU per instance', value: cost.cpu / COUNT, unit: 'ms', target: 3 },
    { name: 'API server CPU per instance', value: cost.api / COUNT, unit: 'ms', note: 'of two cores it is the bottleneck' },
    { name: 'the same for the bare client', value: cost.bareApi / COUNT, unit: 'ms' },
    { name: 'API writes per instance to Ready', value: writesToReady / COUNT, unit: 'writes', target: 3, note: 'audit log' },
    { name: `API writes during ${REST_SECONDS} s at rest`, value: writesAtRest, unit: 'writes', target: 0, note: 'audit log' },
    { name: 'operator RSS idle', value: idleMb, unit: 'MB', target: 180 },
    { name: `operator RSS right after ${COUNT} instances`, value: loadedMb, unit: 'MB' },
    { name: `operator RSS with ${COUNT} instances at rest`, value: restedMb, unit: 'MB', target: 250 },
    { name: 'restart until caught up', value: restart, unit: 'ms', target: 10_000 },
    { name: 'API writes after restart', value: writesAfterRestart, unit: 'writes', target: 0, note: 'audit log' },
  ];
}

/**
 * One instance on each host first: the image is then in every pool (its transfer is a fourth write, and a true one), and code
 * is compiled. The last is the one whose patches the peer sends again.
 */
async function warmUp(client: BareClient): Promise<void> {
  for (let host = 0; host <= HOSTS; host += 1) {
    const name = host === HOSTS ? RECORDED_NAME : `warm-up-${host}`;
    await client.create(INSTANCES, instance(name, host));
    await waitFor(name, async () => isReady(await client.get<Stored>(`${INSTANCES}/${name}`)), { timeoutMs: 60_000 });
  }
}

/** The objects of each round, from and below: equal shares. */
function rounds(): readonly (readonly [number, number])[] {
  const start = (round: number): number => Math.floor((round * COUNT) / ROUNDS);
  return Array.from({ length: ROUNDS }, (_, round) => [start(round), start(round + 1)] as const);
}

async function createAndWait(client: BareClient, from: number, to: number): Promise<void> {
  await concurrently(to - from, CONCURRENCY, (offset) => client.create(INSTANCES, instance(`vm-${from + offset}`, from + offset)));
  // A list is heavy on the server that is being measured: each is asked for, those last that were created last.
  const wait = async (index: number): Promise<void> => {
    await waitFor(`vm-${index}`, async () => isReady(await client.get<Stored>(`${INSTANCES}/vm-${index}`)), {
      timeoutMs: 600_000,
      intervalMs: 50,
    });
  };
  await wait(to - 1);
  const items = await listed(client, `round=${roundOf(from)}`);
  for (const { metadata } of items.filter((item) => !isReady(item))) await wait(Number(metadata.name.slice('vm-'.length)));
}

/** Create, finalizer, intent, Ready. */
async function bareWrites(client: BareClient, patches: readonly RecordedPatch[], from: number, to: number): Promise<void> {
  await concurrently(to - from, CONCURRENCY, async (offset) => {
    const one = { ...instance(`vm-${from + offset}`, from + offset), apiVersion: PEER_API_VERSION };
    await sendAgain(client, PEERS, await client.create<Stored>(PEERS, one), patches);
  });
}

/** Spread over the hosts by hand: the scheduler of today takes the first that fits, and one host's slots would be measured. */
function instance(name: string, index: number): object {
  return {
    apiVersion: 'hostler.dev/v1alpha1',
    kind: 'Instance',
    metadata: { name, labels: { round: roundOf(index) } },
    spec: { flavorName: 'tiny', imageName: 'demo', placement: { hypervisorName: `host-${index % HOSTS}` } },
  };
}

function isReady({ status }: Stored): boolean {
  return status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}

async function readyOf(client: BareClient, path: string): Promise<number> {
  const { items } = await client.get<{ items: readonly Stored[] }>(path);
  return items.filter(isReady).length;
}

async function listed(client: BareClient, labelSelector: string): Promise<readonly Stored[]> {
  const { items } = await client.get<{ items: readonly Stored[] }>(`${INSTANCES}?labelSelector=${encodeURIComponent(labelSelector)}`);
  return items;
}

function roundOf(index: number): string {
  return String(rounds().findIndex(([from, to]) => index >= from && index < to));
}

function instanceWrites(controlPlane: BenchWorld['controlPlane'], since: number): number {
  return controlPlane
    .writes()
    .filter(({ resource, verb, namespace, at }) => resource === 'instances' && verb !== 'create' && namespace === NAMESPACE && at >= since)
    .length;
}

/** Passes that the instances controller has finished, by its own count. */
async function reconciled(metrics: () => Promise<string>): Promise<number> {
  const lines = (await metrics()).matchAll(/^controller_runtime_reconcile_total\{[^}]*controller="instances"[^}]*\} (\d+)/gm);
  return [...lines].reduce((sum, [, count]) => sum + Number(count), 0);
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
