/**
 * What a guest printed on its first serial port: the end of the file that the host keeps it in.
 *
 * libvirt has no call that reads that file; a console that is opened shows what comes from then on. But a storage pool may be
 * any folder, so one without a definition is made of the folder of the log for the moment of the reading, and the file is
 * downloaded like any volume. The pool is nobody's: its end touches no file, and one that was left over is used by the next.
 */
import { DomainXml, type LibvirtClient, type StoragePool } from 'node-libvirt';
import { posix } from 'node:path';
import { CONSOLE_NOT_LOGGED, type ConsoleTail } from '../../insight.ts';
import { DriverError } from '../../labels.ts';
import { CONSOLE_LOG_FOLDER } from '../domain/serial.ts';
import { notFound, readFresh } from '../machines/fresh.ts';
import { CONSOLE_POOL } from '../storage/pools.ts';
import { viewVolume } from '../storage/volumes.ts';
import { ownTime, type Left, type Turns } from '../time.ts';
import { attribute, buildXml, child, parseXml } from '../xml.ts';

const CLEAN_UP_MS = 5_000;

interface Reader {
  readonly client: LibvirtClient;
  /** One reading at a time: the pool of one is not to be ended under another. */
  readonly turns: Turns;
}

export async function readConsoleLog({ client, turns }: Reader, machineId: string, maxBytes: number, left: Left): Promise<ConsoleTail> {
  const fresh = await readFresh(client, machineId, left);
  if (fresh === undefined) throw notFound(machineId);
  const flags = fresh.persistent ? DomainXml.INACTIVE : 0;
  const file = logFileOf(await client.domains.xml(fresh.domain, { flags, ...left() }));
  if (file === undefined)
    throw new DriverError('Unsupported', `what machine ${fresh.domain.name} prints is kept nowhere: its first serial port has no <log>`, {
      reason: CONSOLE_NOT_LOGGED,
    });
  return turns.take(left, () => readTail(client, file, maxBytes, left));
}

/** Path on the host; undefined: there is none, or it lies where a definition that is not ours has put it. */
export function logFileOf(xml: string): string | undefined {
  const file = attribute(child(parseXml('domain', xml), 'devices', 'serial', 'log'), 'file');
  return file !== undefined && posix.dirname(file) === CONSOLE_LOG_FOLDER ? file : undefined;
}

async function readTail(client: LibvirtClient, file: string, maxBytes: number, left: Left): Promise<ConsoleTail> {
  const pool = await folderPool(client, left);
  try {
    const name = posix.basename(file);
    const newest = await tailOf(client, pool, name, maxBytes, left);
    const room = maxBytes - newest.content.length;
    if (newest.truncated || room === 0) return newest;
    // The daemon that writes logs puts one that has grown long aside, and begins another.
    const before = await tailOf(client, pool, `${name}.0`, room, left);
    return { content: Buffer.concat([before.content, newest.content]), truncated: before.truncated };
  } finally {
    if (pool.name === CONSOLE_POOL) await client.pools.stop(pool, ownTime(CLEAN_UP_MS)()).catch(() => undefined);
  }
}

/** Somebody may have a pool there already. */
async function folderPool(client: LibvirtClient, left: Left): Promise<StoragePool> {
  const there = await client.pools.lookupByTargetPath(CONSOLE_LOG_FOLDER, left()).catch(() => undefined);
  if (there === undefined)
    return client.pools.createTransient(
      buildXml('pool', { '@type': 'dir', name: CONSOLE_POOL, target: { path: CONSOLE_LOG_FOLDER } }),
      left(),
    );
  await client.pools.refresh(there, left());
  return there;
}

/** `maxBytes` is more than 0. Empty where nothing was printed yet: then there is no file. */
async function tailOf(client: LibvirtClient, pool: StoragePool, name: string, maxBytes: number, left: Left): Promise<ConsoleTail> {
  const volume = await client.volumes.lookupByName(pool, name, left());
  // Of the file: a guest can print the header of a disk, which is larger or smaller.
  const bytes = volume && (await viewVolume(client, volume, left))?.physicalBytes;
  if (volume === undefined || bytes === undefined || bytes === 0) return { content: new Uint8Array(), truncated: false };
  const length = Math.min(bytes, maxBytes);
  const chunks: Uint8Array[] = [];
  for await (const chunk of client.volumes.download(volume, { offset: bytes - length, length, ...left() })) chunks.push(chunk);
  return { content: Buffer.concat(chunks), truncated: bytes > length };
}
