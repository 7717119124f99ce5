import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import type { LibvirtClient } from 'node-libvirt';
import { ownTime } from '../time.ts';
import type { Bases } from './bases.ts';
import { exportBase } from './export.ts';

const MIB = 1024 * 1024;
const CHUNK = 256 * 1024;

/** A host with one volume; `asked` are the parts that were read of it. */
function hostWith(content: Uint8Array, saidBytes = content.length) {
  const asked: string[] = [];
  async function* download(_: unknown, { offset, length }: { readonly offset: number; readonly length: number }) {
    asked.push(`${offset}+${length}`);
    await Promise.resolve();
    const end = Math.min(content.length, offset + length);
    for (let at = offset; at < end; at += CHUNK) yield content.subarray(at, Math.min(at + CHUNK, end));
  }
  const base = { key: 'a', format: 'qcow2', sizeBytes: saidBytes, virtualSizeBytes: 1 } as const;
  const session = {
    client: { volumes: { download } } as unknown as LibvirtClient,
    bases: { find: (_: string, key: string) => Promise.resolve(key === 'a' ? base : undefined) } as unknown as Bases,
  };
  return { session, asked };
}

const hashOf = (...pieces: readonly Uint8Array[]): string => {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return hash.digest('hex');
};

test('a base is read in parts, one after the other, and handed over in order', async () => {
  const content = Buffer.alloc(20 * MIB + 3);
  for (let at = 0; at < content.length; at += 4096) content.writeUInt32BE(at, Math.min(at, content.length - 4));
  const { session, asked } = hostWith(content);
  const pieces: Uint8Array[] = [];
  const sink = async (piece: Uint8Array): Promise<void> => {
    await Promise.resolve();
    pieces.push(piece);
  };
  expect(await exportBase(session, { pool: 'p', key: 'a' }, sink, ownTime(10_000))).toMatchObject({ sizeBytes: content.length });
  expect([hashOf(...pieces), asked]).toEqual([hashOf(content), ['0+8388608', '8388608+8388608', `${16 * MIB}+${4 * MIB + 3}`]]);
});

test('a volume that is shorter than its marker says is no content', async () => {
  const { session } = hostWith(Buffer.alloc(10), 11);
  const reading = exportBase(session, { pool: 'p', key: 'a' }, () => Promise.resolve(), ownTime(10_000));
  await expect(reading).rejects.toMatchObject({ label: 'Transient', reason: 'ContentTruncated' });
});

test('what is not complete is not there', async () => {
  const { session, asked } = hostWith(Buffer.alloc(10));
  const reading = exportBase(session, { pool: 'p', key: 'b' }, () => Promise.resolve(), ownTime(10_000));
  await expect(reading).rejects.toMatchObject({ label: 'NotFound', reason: 'BaseNotFound' });
  expect(asked).toEqual([]);
});
