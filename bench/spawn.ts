/**
 * A real guest on a real libvirt: from the API server's answer to the guest's BOOTED, against the least that virsh can do
 * for the same guest (clone the volume, define, start), in the same run.
 *
 *   node bench/spawn.ts [rounds]        (default 10; `make bench` builds the program first)
 *
 * Both are timed to the same sign: the word on the serial port. The image is in the pool before the first round.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '../e2e/environment/command.ts';
import { startSharedEnvironment, stopSharedEnvironment } from '../e2e/environment/shared-environment.ts';
import { serialLogFile } from '../e2e/environment/serial-output.ts';
import { instance, uidOf, waitForGone, waitForReady } from '../e2e/support/instances.ts';
import { Scenario } from '../e2e/support/scenario.ts';
import { BareClient } from './lib/bare-client.ts';
import { report } from './lib/report.ts';
import { API } from './lib/world.ts';

const ROUNDS = Number(process.argv[2] ?? 10);
const POLL_MS = 2;
const CONSOLE = '/var/log/libvirt/qemu/bench-peer.console';

await startSharedEnvironment();
const scenario = await Scenario.open('bench');
try {
  await measure();
} finally {
  await scenario.close();
  await stopSharedEnvironment();
}

async function measure(): Promise<void> {
  await scenario.kubectl.apply([onHostA('warm-up')]);
  await waitForReady(scenario.kubectl, 'warm-up');
  const base = (await scenario.virsh('a').volumes()).find((volume) => volume.includes('base') && !volume.endsWith('.ok')) ?? '';
  const client = new BareClient(scenario.controlPlane.kubeconfig, 2);
  const rounds: { readonly operator: number; readonly virsh: number }[] = [];
  // In turn, so that a machine whose speed drifts drifts for both.
  for (let round = 0; round < ROUNDS; round++)
    rounds.push({ operator: await withOperator(client, `round-${round}`), virsh: await withVirsh(base) });
  await client.close();
  const operator = median(rounds.map((one) => one.operator));
  const virsh = median(rounds.map((one) => one.virsh));
  report('spawn', [
    { name: 'Instance created -> BOOTED', value: operator, unit: 'ms', note: `median of ${ROUNDS}` },
    { name: 'volume clone + define + start by virsh -> BOOTED', value: virsh, unit: 'ms', note: `median of ${ROUNDS}` },
    { name: 'ratio', value: median(rounds.map((one) => one.operator / one.virsh)), unit: 'x', target: 1.5, note: 'median of pairs' },
    { name: 'difference', value: median(rounds.map((one) => one.operator - one.virsh)), unit: 'ms', target: 250, note: 'median of pairs' },
  ]);
}

async function withOperator(client: BareClient, name: string): Promise<number> {
  const created = await client.create<{ metadata: { name: string; uid: string } }>(
    `${API}/namespaces/${scenario.kubectl.namespace}/instances`,
    onHostA(name),
  );
  const start = performance.now();
  const log = await consoleOf(created.metadata.uid);
  const took = await untilBooted(log, start);
  const stored = await waitForReady(scenario.kubectl, name);
  if (uidOf(stored) !== created.metadata.uid) throw new Error('another instance was measured');
  await scenario.kubectl.delete('instance', name);
  await waitForGone(scenario.kubectl, name);
  return took;
}

/** The console log is where the definition says; all definitions of one host differ in the machine's name only. */
async function consoleOf(uuid: string): Promise<string> {
  for (;;) {
    const found = await serialLogFile(scenario.lab.a, uuid).catch(() => undefined);
    if (found !== undefined) return found;
    await sleep(POLL_MS);
  }
}

async function withVirsh(base: string): Promise<number> {
  const { lab } = scenario;
  const virsh = (...args: readonly string[]): Promise<string> => run('virsh', ['--quiet', '--connect', lab.a.uri, ...args]);
  const log = lab.a.outside(CONSOLE);
  const definition = join(scenario.imageDir, 'peer.xml');
  const booted = existsSync(log) ? count(log) : 0;
  const start = performance.now();
  await virsh('vol-clone', base, 'bench-peer', '--pool', 'default');
  const path = (await virsh('vol-path', 'bench-peer', '--pool', 'default')).trim();
  writeFileSync(definition, peerXml(path));
  await virsh('define', definition);
  await virsh('start', 'bench-peer');
  const took = await untilBooted(log, start, booted);
  await virsh('destroy', 'bench-peer');
  await virsh('undefine', 'bench-peer');
  await virsh('vol-delete', 'bench-peer', '--pool', 'default');
  return took;
}

async function untilBooted(log: string, start: number, before = 0): Promise<number> {
  while (!existsSync(log) || count(log) <= before) await sleep(POLL_MS);
  return performance.now() - start;
}

function count(log: string): number {
  return readFileSync(log, 'latin1').split('BOOTED').length - 1;
}

function onHostA(name: string): object {
  return instance(name, { placement: { hypervisorName: 'host-a' }, shutdownTimeout: '0s' });
}

/** The same guest as the operator's: one vcpu, 16 MiB, a virtio disk, a logged serial port, an interface, no graphics. */
function peerXml(disk: string): string {
  return `<domain type='qemu'><name>bench-peer</name><memory unit='MiB'>16</memory><vcpu>1</vcpu>
<os><type arch='x86_64' machine='pc'>hvm</type></os><features><acpi/></features>
<devices><disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='${disk}'/><target dev='vda' bus='virtio'/></disk>
<interface type='network'><source network='default'/><model type='virtio'/></interface>
<controller type='usb' model='none'/><memballoon model='none'/>
<serial type='pty'><log file='${CONSOLE}' append='on'/></serial></devices></domain>`;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
