/**
 * What moves a disk's bytes on a real libvirtd, against the tools that people would use: uploads and downloads against virsh,
 * a copy of a disk as an Image's content against qemu-img, volumes into and out of a running guest against virsh.
 *
 *   node bench/storage.ts [MiB] [rounds]        (default 1024 and 5)
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { LibvirtClient, type StorageVolume } from 'node-libvirt';
import type { Driver } from '../drivers/contract.ts';
import { openLibvirt } from '../drivers/libvirt/driver.ts';
import { run } from '../e2e/environment/command.ts';
import { LibvirtHost } from '../e2e/environment/libvirt-host.ts';
import { uuidOf } from '../e2e/environment/names.ts';
import { stateDir } from '../e2e/environment/paths.ts';
import { becomeOwner } from '../e2e/environment/processes.ts';
import { Virsh } from '../e2e/environment/virsh.ts';
import { BenchMachine, POOL, poolFile } from './lib/machine.ts';
import { inPairs, oursOf, type Pair, peerOf, ratioOf, timed } from './lib/pairs.ts';
import { type Measure, report } from './lib/report.ts';
import { residentMb } from './lib/usage.ts';

const MIB = 1024 * 1024;
const BYTES = Number(process.argv[2] ?? 1024) * MIB;
const ROUNDS = Number(process.argv[3] ?? 5);
const PLUGS = 15;
const SEED_BYTES = 16 * MIB;
const DIR = join(stateDir, 'bench', 'storage');
const COMMAND_MS = 600_000;
const VOLUME = 'bench-volume';
/** A guest's disk is read past the cache of the host, and a copy that counts is on the storage. */
const AS_A_BACKUP = ['-T', 'none', '-t', 'writeback'];

becomeOwner();
await rm(DIR, { recursive: true, force: true });
await mkdir(DIR, { recursive: true });
const host = await LibvirtHost.start({ dir: join(DIR, 'host'), hostName: 'bench', hostId: uuidOf(DIR), network: 'Own' });
const driver = openLibvirt({ uri: host.uri });
try {
  await driver.connect(call());
  await using client = await LibvirtClient.connect(host.uri);
  const file = join(DIR, 'content.raw');
  await writeContent(file);
  report('storage', [...(await transfers(client, file)), ...(await copies(driver, file)), ...(await plugging(driver))]);
} finally {
  await driver.close();
  await host.destroy();
  await rm(DIR, { recursive: true, force: true });
}

function call(): { readonly signal: AbortSignal; readonly timeoutMs: number } {
  return { signal: new AbortController().signal, timeoutMs: COMMAND_MS };
}

/** Nothing in it compresses or is a hole. */
async function writeContent(file: string): Promise<void> {
  const piece = Buffer.alloc(SEED_BYTES);
  for (let at = 0; at < SEED_BYTES; at += 4) piece.writeUInt32LE(Math.imul(at + 1, 0x9e37_79b1) >>> 0, at);
  await using handle = await open(file, 'w');
  for (let at = 0; at < BYTES; at += SEED_BYTES) {
    piece.writeUInt32LE(at / SEED_BYTES, 0);
    await handle.write(piece, 0, Math.min(SEED_BYTES, BYTES - at));
  }
}

async function transfers(client: LibvirtClient, file: string): Promise<readonly Measure[]> {
  const virsh = new Virsh(host.uri);
  const volume: StorageVolume = { pool: POOL, name: VOLUME, key: '' };
  const emptied = async (work: () => Promise<unknown>): Promise<number> => {
    await virsh.run('vol-create-as', POOL, VOLUME, `${BYTES}B`, '--allocation', '0');
    try {
      return await timed(work);
    } finally {
      await virsh.run('vol-delete', VOLUME, '--pool', POOL);
    }
  };
  const up = await inPairs(
    ROUNDS,
    () => emptied(() => client.volumes.upload(volume, createReadStream(file, { highWaterMark: MIB }))),
    () => emptied(() => runLong('vol-upload', VOLUME, file, '--pool', POOL)),
  );
  await virsh.run('vol-create-as', POOL, VOLUME, `${BYTES}B`, '--allocation', '0');
  await runLong('vol-upload', VOLUME, file, '--pool', POOL);
  const copy = join(DIR, 'copy.raw');
  const before = residentMb(process.pid);
  const down = await inPairs(
    ROUNDS,
    () => timed(() => downloadTo(client, volume, copy)),
    () => timed(() => runLong('vol-download', VOLUME, copy, '--pool', POOL)),
  );
  await virsh.run('vol-delete', VOLUME, '--pool', POOL);
  await rm(copy);
  return [
    ...compared('upload of a volume', up, 'virsh vol-upload', 1.1),
    ...compared('download of a volume', down, 'virsh vol-download', 1.1),
    { name: 'resident set grown by the downloads', value: residentMb(process.pid) - before, unit: 'MB', target: 64 },
  ];
}

/** To a file, as virsh does. */
async function downloadTo(client: LibvirtClient, volume: StorageVolume, file: string): Promise<void> {
  await pipeline(client.volumes.download(volume), createWriteStream(file, { highWaterMark: MIB }));
}

async function copies(on: Driver, file: string): Promise<readonly Measure[]> {
  await using machine = await BenchMachine.open(host, on, { name: 'copied', dir: DIR });
  await machine.giveData(file, BYTES);
  const convert = async (source: string, ...how: readonly string[]): Promise<number> => {
    const made = poolFile('bench-converted.qcow2');
    const took = await timed(() => host.exec(['qemu-img', 'convert', '-U', ...how, '-O', 'qcow2', source, made]));
    await rm(host.outside(made));
    return took;
  };
  const off = await inPairs(
    ROUNDS,
    () => machine.capture(),
    () => convert(machine.dataFile),
  );
  await machine.boot();
  const on_ = await inPairs(
    ROUNDS,
    () => machine.capture(),
    () => convert(machine.dataFile),
  );
  const alike = await inPairs(
    ROUNDS,
    () => machine.capture(),
    () => convert(machine.dataFile, ...AS_A_BACKUP),
  );
  return [
    ...compared('copy of a disk, machine off', off, 'qemu-img convert of the same disk', 1.3),
    ...compared('copy of a disk, machine running', on_, 'qemu-img convert of the same disk', 1.3),
    ...compared('the same again', alike, `qemu-img convert ${AS_A_BACKUP.join(' ')}`, 1.3),
  ];
}

async function plugging(on: Driver): Promise<readonly Measure[]> {
  await using machine = await BenchMachine.open(host, on, { name: 'plugged', dir: DIR });
  await machine.boot();
  const attach: Pair[] = [];
  const detach: Pair[] = [];
  for (let round = 0; round <= PLUGS; round++) {
    const ours = await machine.plug();
    const peer = await machine.plugByVirsh();
    if (round === 0) continue;
    attach.push({ ours: ours.attachMs, peer: peer.attachMs });
    detach.push({ ours: ours.detachMs, peer: peer.detachMs });
  }
  return [
    ...compared('volume into a running guest', attach, 'virsh attach-disk', 1.5),
    ...compared('volume out of a running guest', detach, 'virsh detach-disk', 1.5),
  ];
}

function runLong(...args: readonly string[]): Promise<string> {
  return run('virsh', ['--quiet', '--connect', host.uri, ...args], { timeoutMs: COMMAND_MS });
}

function compared(name: string, pairs: readonly Pair[], peer: string, target: number): readonly Measure[] {
  const note = `median of ${pairs.length}`;
  return [
    { name, value: oursOf(pairs), unit: 'ms', note },
    { name: `  ${peer}`, value: peerOf(pairs), unit: 'ms', note },
    { name: '  ratio', value: ratioOf(pairs), unit: 'x', target, note: 'median of pairs' },
  ];
}
