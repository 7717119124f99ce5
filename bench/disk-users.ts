/**
 * What it takes to ask a host which machines have a disk, on libvirt's test driver: half of the machines run.
 *
 *   node bench/disk-users.ts [machines] [socket of a libvirtd]        (default: 200; starts one)
 *
 * The peer lists them and reads the same definitions, and looks at none: what libvirt itself takes.
 */
import { performance } from 'node:perf_hooks';
import { join } from 'node:path';
import { DomainXml, LibvirtClient } from 'node-libvirt';
import { diskUsers } from '../drivers/libvirt/machines/disk-users.ts';
import { Pools } from '../drivers/libvirt/storage/pools.ts';
import { ownTime, type Left } from '../drivers/libvirt/time.ts';
import { startLibvirtd } from '../e2e/environment/libvirtd.ts';
import { stateDir } from '../e2e/environment/paths.ts';
import { type Measure, report } from './lib/report.ts';

const [asked = '200', socket] = process.argv.slice(2);
const MACHINES = Number(asked);
const ROUNDS = 15;
const POOL = 'default-pool';
const TIMEOUT_MS = 60_000;

const disk = (name: string, dev: string): string =>
  `<disk type='file' device='disk'><driver name='qemu' type='qcow2' cache='none' discard='unmap'/><source file='/default-pool/${name}'/>` +
  `<target dev='${dev}' bus='virtio'/><serial>${name.slice(0, 20)}</serial></disk>`;

function definition(index: number): string {
  const uuid = `b0000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
  const disks = [`${uuid}-root-1`, `${uuid}-config-0a1b2c3d`, `volume-${uuid}`].map((name, at) => disk(name, `vd${'abc'[at] ?? ''}`));
  const mark = `<metadata><hostler:owner xmlns:hostler="https://hostler.dev/xmlns/v1" clusterId="bench" namespace="default" name="bench-${index}" uid="${uuid}" role="main"/></metadata>`;
  const devices = `${disks.join('')}<interface type='network'><mac address='52:54:00:00:${(index >> 8).toString(16).padStart(2, '0')}:${(index & 255).toString(16).padStart(2, '0')}'/><source network='default'/><model type='virtio'/></interface>`;
  return `<domain type='test'><name>bench-${index}</name><uuid>${uuid}</uuid>${mark}<memory>16384</memory><vcpu>1</vcpu><os><type>hvm</type></os><devices>${devices}</devices></domain>`;
}

/** The middle, and the longest time for which nothing else came to its turn, in milliseconds. */
async function times(work: () => Promise<unknown>): Promise<{ readonly median: number; readonly blocked: number }> {
  const all: number[] = [];
  let blocked = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    let last = performance.now();
    const ticking = setInterval(() => {
      blocked = Math.max(blocked, performance.now() - last);
      last = performance.now();
    }, 1);
    const from = performance.now();
    await work();
    all.push(performance.now() - from);
    clearInterval(ticking);
  }
  return { median: all.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? Number.NaN, blocked };
}

async function readAll(client: LibvirtClient, left: Left): Promise<void> {
  const domains = await client.domains.list(left());
  await Promise.all(
    domains.flatMap((domain) => {
      const kept = client.domains.xml(domain, { flags: DomainXml.INACTIVE, ...left() });
      return domain.id === -1 ? [kept] : [kept, client.domains.xml(domain, left())];
    }),
  );
}

async function measure(client: LibvirtClient): Promise<readonly Measure[]> {
  const left = ownTime(TIMEOUT_MS);
  const domains = await Promise.all(Array.from({ length: MACHINES }, (_none, index) => client.domains.define(definition(index), left())));
  for (const [index, domain] of domains.entries()) if (index % 2 === 0) await client.domains.start(domain, left());
  const pools = new Pools(client);
  const ask = (name: string) => diskUsers({ client, pools }, { pool: POOL, name }, ownTime(TIMEOUT_MS));
  const name = `volume-${domains[3]?.uuid ?? ''}`;
  const found = await ask(name);
  if (found.join(' ') !== 'bench-3') throw new Error(`found ${JSON.stringify(found)}`);
  await readAll(client, left);
  const verb = await times(() => ask(name));
  const peer = await times(() => readAll(client, ownTime(TIMEOUT_MS)));
  return [
    { name: `who has a disk, of ${MACHINES} machines`, unit: 'ms', value: verb.median, note: `median of ${ROUNDS}` },
    { name: 'the same, nothing looked at', unit: 'ms', value: peer.median },
    { name: 'ratio', unit: 'x', value: verb.median / peer.median, target: 1.5 },
    {
      name: 'longest that all else waits',
      unit: 'ms',
      value: verb.blocked,
      note: `${Math.round(peer.blocked)} ms where nothing is looked at`,
    },
  ];
}

const libvirtd = socket === undefined ? await startLibvirtd({ dir: join(stateDir, 'bench', 'libvirtd-users') }) : undefined;
try {
  await using client = await LibvirtClient.connect(`test+unix:///default?socket=${socket ?? libvirtd?.socket ?? ''}`);
  report('disk-users', await measure(client));
} finally {
  await libvirtd?.stop();
}
