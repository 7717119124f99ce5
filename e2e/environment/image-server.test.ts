import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ImageServer } from './image-server.ts';

const content = Buffer.alloc(200_000, 'image ');
let dir: string;
let images: ImageServer;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'hostler-images-'));
  writeFileSync(join(dir, 'disk.raw'), content);
  images = await ImageServer.start({ dir });
});

afterEach(async () => {
  await images.stop();
  rmSync(dir, { recursive: true });
});

const fetchBytes = async (signal?: AbortSignal) =>
  Buffer.from(await (await fetch(images.url('disk.raw'), { signal: signal ?? null })).arrayBuffer());

test('a file is served whole, and requests are counted', async () => {
  expect((await fetchBytes()).equals(content)).toBe(true);
  expect(images.requests('disk.raw')).toBe(1);
});

test('what is not there, or not in the directory, is not found', async () => {
  expect((await fetch(images.url('other.raw'))).status).toBe(404);
  expect((await fetch(images.url('..%2f..%2fetc%2fpasswd'))).status).toBe(404);
});

test('a fault lasts until it is taken back', async () => {
  images.setFault('disk.raw', { kind: 'Status', status: 503 });
  expect((await fetch(images.url('disk.raw'))).status).toBe(503);
  images.setFault('disk.raw', undefined);
  expect((await fetch(images.url('disk.raw'))).status).toBe(200);
});

test('a connection that breaks ends in an error, never in a short file', async () => {
  images.setFault('disk.raw', { kind: 'Breaks', afterBytes: 100_000 });
  await expect(fetchBytes()).rejects.toThrow();
});

test.each([{ kind: 'Hangs' }, { kind: 'Stalls', afterBytes: 100_000 }] as const)(
  'a server that $kind is given up by who asked',
  async (fault) => {
    images.setFault('disk.raw', fault);
    await expect(fetchBytes(AbortSignal.timeout(200))).rejects.toThrow();
  },
);

test('a redirect leads where it says', async () => {
  images.setFault('old.raw', { kind: 'Redirects', to: images.url('disk.raw') });
  expect((await fetch(images.url('old.raw'))).url).toBe(images.url('disk.raw'));
});
