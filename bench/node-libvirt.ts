/**
 * How fast node-libvirt is, on a unix socket and the daemon's test driver with 1,000 domains.
 *
 *   node bench/node-libvirt.ts [socket of a libvirtd]        (default: starts one)
 *
 * The test driver's world lives as long as a connection to it, so what is defined here is gone afterwards. virsh runs in the
 * same minutes against the same daemon.
 */
import { execFile } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Domain, type DomainRef, LibvirtClient } from 'node-libvirt';
import { startLibvirtd } from '../e2e/environment/libvirtd.ts';
import { stateDir } from '../e2e/environment/paths.ts';
import { type Measure, report } from './lib/report.ts';

const DOMAINS = 1000;
const WARM_UP = 300;
const SEQUENTIAL_CALLS = 3000;
const IN_FLIGHT = 64;
const PIPELINED_CALLS = 12_800;
const ROUNDS = 11;
const VIRSH_RUNS = 20;

const run = promisify(execFile);

async function elapsedMs(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** The middle of several rounds: one that the machine disturbed does not count. */
async function median(rounds: number, work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) times.push(await elapsedMs(work));
  return times.sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? Number.NaN;
}

function definition(index: number): string {
  const uuid = `b0000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
  return `<domain type='test'><name>bench-${index}</name><uuid>${uuid}</uuid><memory>16384</memory><vcpu>1</vcpu><os><type>hvm</type></os></domain>`;
}

async function sequential(client: LibvirtClient, domain: DomainRef, calls: number): Promise<void> {
  for (let call = 0; call < calls; call++) await client.domains.state(domain);
}

async function pipelined(client: LibvirtClient, domain: DomainRef, calls: number): Promise<void> {
  const lane = async (): Promise<void> => sequential(client, domain, calls / IN_FLIGHT);
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
}

async function listWithXml(client: LibvirtClient): Promise<readonly string[]> {
  return Promise.all((await client.domains.list()).map((domain) => client.domains.xml(domain)));
}

async function measure(client: LibvirtClient, uri: string, domain: Domain): Promise<readonly Measure[]> {
  await sequential(client, domain, WARM_UP);
  await pipelined(client, domain, WARM_UP * IN_FLIGHT);
  const call = (await median(ROUNDS, () => sequential(client, domain, SEQUENTIAL_CALLS / ROUNDS))) / (SEQUENTIAL_CALLS / ROUNDS);
  const inFlight = (await median(ROUNDS, () => pipelined(client, domain, PIPELINED_CALLS))) / PIPELINED_CALLS;
  const xml = await median(ROUNDS, () => listWithXml(client));
  const stats = await median(ROUNDS, () => client.domains.stats());
  const virsh = (await elapsedMs(() => virshCalls(uri, domain))) / VIRSH_RUNS;
  return [
    { name: 'call, one after the other', unit: 'us', value: call * 1000, target: 200, note: 'domain state; median of rounds' },
    { name: `call, ${IN_FLIGHT} in flight`, unit: 'us', value: inFlight * 1000, target: 80, note: 'time over calls' },
    { name: `list and XML of ${DOMAINS} domains`, unit: 'ms', value: xml, target: 100 },
    { name: `bulk statistics of ${DOMAINS} domains`, unit: 'ms', value: stats, target: 15 },
    { name: 'one virsh process per call', unit: 'us', value: virsh * 1000, note: 'domstate' },
    { name: 'times faster than virsh', unit: 'x', value: virsh / call, target: 10, atLeast: true },
  ];
}

async function virshCalls(uri: string, domain: Domain): Promise<void> {
  for (let call = 0; call < VIRSH_RUNS; call++) await run('virsh', ['-q', '-c', uri, 'domstate', domain.uuid]);
}

async function bench(socket: string): Promise<readonly Measure[]> {
  const uri = `test+unix:///default?socket=${socket}`;
  await using client = await LibvirtClient.connect(uri);
  const [domain] = await Promise.all(Array.from({ length: DOMAINS - 1 }, (_none, index) => client.domains.define(definition(index))));
  if (domain === undefined) throw new Error('nothing was defined');
  return await measure(client, uri, domain);
}

const [socket] = process.argv.slice(2);
const libvirtd = socket === undefined ? await startLibvirtd({ dir: join(stateDir, 'bench', 'libvirtd') }) : undefined;
try {
  report('node-libvirt', await bench(socket ?? libvirtd?.socket ?? ''));
} finally {
  await libvirtd?.stop();
}
