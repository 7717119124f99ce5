/**
 * CPU of the operator beside that of a controller in Go (bench/controller-peer) that sends the same patches in the same run.
 *
 *   node bench/controller.ts [count]       (default 2,000; after `make build`; needs Go, and builds the peer first)
 *
 * Milliseconds say as much of the machine and of what else runs on it as of a program; the ratio of the two says less of
 * them. The two take turns, a share of the objects each time. The peer has no hosts: what the operator does on its fake
 * ones is in its figure alone.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectRoot, stateDir } from '../e2e/environment/paths.ts';
import { startProcess } from '../e2e/environment/processes.ts';
import { createAndWait, type Fleet, HOSTS, hostsReady, OURS, PEERS, type Round, roundsOf, warmUp } from './lib/fleet.ts';
import { recordedPatches } from './lib/recorded.ts';
import { report, type Measure } from './lib/report.ts';
import { cpuMs, residentMb } from './lib/usage.ts';
import { startWorld, type BenchWorld } from './lib/world.ts';

const COUNT = Number(process.argv[2] ?? 2_000);
const dir = join(stateDir, 'bench', 'controller');
const program = join(stateDir, 'bench', 'controller-peer');

mkdirSync(dir, { recursive: true });
execFileSync('go', ['build', '-o', program, '.'], { cwd: join(projectRoot, 'bench', 'controller-peer'), stdio: 'inherit' });
const world = await startWorld('controller', HOSTS);
try {
  report('controller', await measure(world));
} finally {
  await world.stop();
}

async function measure({ client, controlPlane, startOperator }: BenchWorld): Promise<readonly Measure[]> {
  const operator = await startOperator();
  await hostsReady(client);
  await warmUp(client);
  await sleep(3_000);
  const patches = join(dir, 'patches.json');
  writeFileSync(patches, JSON.stringify(recordedPatches(controlPlane).map(({ body }) => body)));
  const args = [controlPlane.kubeconfig, patches];
  const peer = await startProcess({ dir, name: 'controller-peer', command: program, args, logFile: join(dir, 'peer.log') });
  await createAndWait(client, PEERS, { name: 'warm-up', from: COUNT, to: COUNT + HOSTS });

  const [ours, theirs] = [
    { cpu: 0, wall: 0 },
    { cpu: 0, wall: 0 },
  ];
  const turn = async (sum: { cpu: number; wall: number }, pid: number, fleet: Fleet, round: Round): Promise<void> => {
    const [cpu, start] = [cpuMs(pid), performance.now()];
    await createAndWait(client, fleet, round);
    sum.cpu += cpuMs(pid) - cpu;
    sum.wall += performance.now() - start;
  };
  for (const [index, round] of roundsOf(COUNT).entries()) {
    if (index % 2 === 0) await turn(ours, operator.pid, OURS, round);
    await turn(theirs, peer, PEERS, round);
    if (index % 2 === 1) await turn(ours, operator.pid, OURS, round);
  }
  return [
    { name: 'operator CPU per instance', value: ours.cpu / COUNT, unit: 'ms' },
    { name: 'CPU of the controller in Go', value: theirs.cpu / COUNT, unit: 'ms' },
    { name: 'ratio', value: ours.cpu / theirs.cpu, unit: 'x', target: 1.5, note: '3 ms where the least in Go takes 2' },
    { name: 'create -> Ready by the operator, of each', value: ours.wall / COUNT, unit: 'ms' },
    { name: 'the same by the controller in Go', value: theirs.wall / COUNT, unit: 'ms' },
    { name: 'operator RSS', value: residentMb(operator.pid), unit: 'MB' },
    { name: 'RSS of the controller in Go', value: residentMb(peer), unit: 'MB' },
  ];
}
