/**
 * Why the client has lanes, against a daemon as it comes: it reads nothing more from a connection while five of its calls are
 * running.
 */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { LibvirtClient, type StoragePool } from '../src/index.ts';
import { pieces } from './content.ts';
import { type Libvirtd, startLibvirtd } from './libvirtd.ts';

// Starting daemons takes long on a busy machine.
jest.setTimeout(60_000);

const CLONES = 6;
const BYTES = 64 * 1024 * 1024;

let libvirtd: Libvirtd;
let client: LibvirtClient;
let pool: StoragePool;

beforeAll(async () => {
  libvirtd = await startLibvirtd({ max_client_requests: 5 });
  client = await LibvirtClient.connect(libvirtd.qemuUri);
  const folder = path.join(libvirtd.dir, 'pool');
  await mkdir(folder);
  pool = await client.pools.createTransient(`<pool type='dir'><name>lanes</name><target><path>${folder}</path></target></pool>`);
});
afterAll(async () => {
  client.close();
  await libvirtd.stop();
});

const xmlOf = (name: string): string =>
  `<volume><name>${name}</name><capacity>${BYTES}</capacity><target><format type='raw'/></target></volume>`;

/** How many of the clones are done when a quick call, made right after them, is answered. */
async function doneBeforeQuickCall(prefix: string, speed: 'fast' | 'slow'): Promise<number> {
  const source = await client.volumes.create(pool, xmlOf(`${prefix}-source`));
  await client.volumes.upload(source, pieces(randomBytes(BYTES), BYTES / 16));
  let done = 0;
  const clones = Array.from({ length: CLONES }, async (_none, index) => {
    await client.volumes.createFrom(pool, xmlOf(`${prefix}-${index}`), source, { speed });
    done++;
  });
  await client.host.hostName();
  const before = done;
  await Promise.all(clones);
  return before;
}

test('slow calls in their own lane hold up nobody', async () => {
  await expect(doneBeforeQuickCall('apart', 'slow')).resolves.toBe(0);
});

test('on one connection they would', async () => {
  await expect(doneBeforeQuickCall('together', 'fast')).resolves.toBeGreaterThan(0);
});
