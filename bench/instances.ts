/**
 * Instances on a fake hypervisor without latency: what the operator itself costs.
 *
 *   node bench/instances.ts [count]        (default 5,000; `make bench` builds the program first)
 *
 * The peer is a bare client that makes the same creates and sends the same patches, as the audit log has them of one Instance,
 * at the same concurrency in the same run. The two take turns, a share of the objects each time, so that a machine that is
 * slow for a while is slow for both. The peer's objects are of a kind of another group with the same schema, which the
 * operator does not watch.
 * Counts of writes come from the API server's audit log, CPU time and memory from /proc.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '../e2e/environment/wait.ts';
import type { BareClient } from './lib/bare-client.ts';
import {
  createAndWait,
  eachOf,
  HOSTS,
  hostsReady,
  instanceIn,
  OURS,
  PEERS,
  type Round,
  roundsOf,
  type Stored,
  warmUp,
} from './lib/fleet.ts';
import { recordedPatches, type RecordedPatch, sendAgain } from './lib/recorded.ts';
import { report, type Measure } from './lib/report.ts';
import { cpuMs, residentMb } from './lib/usage.ts';
import { NAMESPACE, startWorld, type BenchWorld } from './lib/world.ts';

const COUNT = Number(process.argv[2] ?? 5_000);
const REST_SECONDS = 60;

const world = await startWorld('instances', HOSTS);
try {
  report('instances', await measure(world));
} finally {
  await world.stop();
}

async function measure({ client, controlPlane, apiServerPid, startOperator }: BenchWorld): Promise<readonly Measure[]> {
  let operator = await startOperator();
  await hostsReady(client);
  await warmUp(client);
  await sleep(3_000);
  const patches = recordedPatches(controlPlane);
  const warmedAt = Date.now();
  const idleMb = residentMb(operator.pid);

  const cost = { wall: 0, cpu: 0, api: 0, bare: 0, bareApi: 0 };
  for (const [index, round] of roundsOf(COUNT).entries()) {
    const operated = async (): Promise<void> => {
      const [before, apiBefore] = [cpuMs(operator.pid), cpuMs(apiServerPid)];
      cost.wall += await timed(() => createAndWait(client, OURS, round));
      cost.cpu += cpuMs(operator.pid) - before;
      cost.api += cpuMs(apiServerPid) - apiBefore;
    };
    const bare = async (): Promise<void> => {
      const apiBefore = cpuMs(apiServerPid);
      cost.bare += await timed(() => bareWrites(client, patches, round));
      cost.bareApi += cpuMs(apiServerPid) - apiBefore;
    };
    const turns = index % 2 === 0 ? [operated, bare] : [bare, operated];
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

/** Create, finalizer, intent, Ready. */
async function bareWrites(client: BareClient, patches: readonly RecordedPatch[], round: Round): Promise<void> {
  await eachOf(round, async (index) => {
    await sendAgain(client, PEERS.path, await client.create<Stored>(PEERS.path, instanceIn(PEERS, index, round.name)), patches);
  });
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
