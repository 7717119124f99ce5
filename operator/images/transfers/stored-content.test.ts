/** Images of snapshots whose content lies in an ImageStore, too: brought to hosts that have it not, and verified on the way. */
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { ContentLocation, Image } from '../../../crds/image.ts';
import { systemClock } from '../../kernel/clock.ts';
import { MemoryLogger } from '../../kernel/testing/memory-logger.ts';
import { WebStore } from '../../stores/testing/web-store.ts';
import { denyAddresses } from '../download/addresses.ts';
import { qcow2Image } from '../inspect/qcow2-image.ts';
import { PoolHost } from '../testing/pool-host.ts';
import { BaseTransfers } from './base-transfers.ts';

const { signal } = new AbortController();
const UID = '00000000-0000-4000-8000-000000000001';
const VOLUME = 'snapshot-1';
const content = qcow2Image();
const sha256 = createHash('sha256').update(content).digest('hex');
const KEY = `base-${UID}-${sha256.slice(0, 8)}`;

let server: WebStore;
let transfers: BaseTransfers;
let reads: string[];
/** What stands behind the url that is asked; undefined: nobody signs. */
let signature: string | undefined;
beforeEach(async () => {
  reads = [];
  signature = undefined;
  server = await WebStore.start();
  server.files.set('/hostler/a.qcow2', Buffer.from(content));
  const policy = {
    // No address at all: what users name could not be fetched.
    addresses: denyAddresses(['0.0.0.0/0', '::/0']),
    maxRedirects: 3,
    maxSizeBytes: 2 ** 24,
    maxVirtualSizeBytes: 2 ** 30,
    minBytesPerMinute: 0,
    minBytesPerConnection: 1,
    reconnectPauseMs: 1,
    stallMs: 2_000,
    maxFailuresInARow: 1,
    timeoutMs: 10_000,
    hostStallMs: 5_000,
    unaskedMs: 60_000,
    perHost: 2,
    readable: (copy: { readonly imageStoreName: string; readonly key: string }) => {
      reads.push(copy.imageStoreName);
      const url = new URL(`${server.url}/${copy.key}`);
      const signed = () => new URL(`${url.href}?${signature}`);
      return Promise.resolve({ url, headers: { authorization: 'Bearer x' }, ...(signature !== undefined && { signed }) });
    },
  };
  transfers = new BaseTransfers(policy, { clock: systemClock, random: () => 0, log: new MemoryLogger() });
});
afterEach(async () => {
  await transfers.stop();
  await server.stop();
});

const store: ContentLocation = { store: { imageStoreName: 'vault', key: 'a.qcow2', sha256, sizeBytes: content.length } };
const onHost: ContentLocation = { hypervisorName: 'host-a', pool: 'main', volume: VOLUME };
const image = (locations: readonly ContentLocation[] = [onHost, store]): Image => ({
  apiVersion: 'hostler.dev/v1alpha1',
  kind: 'Image',
  metadata: { name: 'snap', namespace: 'a', uid: UID, resourceVersion: '1', generation: 1, creationTimestamp: '' },
  spec: { sources: [{ format: 'qcow2', snapshot: { name: 'snap' } }] },
  status: { locations },
});

async function ensured({ host }: PoolHost, which = image()): Promise<string> {
  for (let tries = 0; tries < 200; tries += 1) {
    const state = await transfers.ensure({ host, pool: 'default', image: which }, signal);
    if (state.kind === 'Ready') return `Ready ${state.base.key}`;
    if (state.kind === 'Failed') return `Failed ${state.reason}`;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return 'InProgress';
}

test('a store that wants signatures is asked by a url that has one', async () => {
  signature = 'X-Amz-Signature=1';
  server.files.set(`/hostler/a.qcow2?${signature}`, Buffer.from(content));
  expect(await ensured(new PoolHost('host-b'))).toBe(`Ready ${KEY}`);
  expect(server.requests).toEqual([`GET /hostler/a.qcow2?${signature}`]);
});

test('where it was copied it is used as it lies', async () => {
  const near = new PoolHost('host-a');
  near.bases.set(VOLUME, { key: VOLUME, format: 'qcow2', sizeBytes: content.length, virtualSizeBytes: 2 ** 24 });
  expect([await ensured(near), server.requests]).toEqual([`Ready ${VOLUME}`, []]);
});

test('another host has it brought from the store, with what the store asks for, once', async () => {
  const far = new PoolHost('host-b');
  expect(await Promise.all([ensured(far), ensured(far)])).toEqual([`Ready ${KEY}`, `Ready ${KEY}`]);
  expect([far.bases.get(KEY), server.requests, server.authorization, reads]).toEqual([
    { key: KEY, format: 'qcow2', sha256, sizeBytes: content.length, virtualSizeBytes: 2 ** 24 },
    ['GET /hostler/a.qcow2'],
    'Bearer x',
    ['vault'],
  ]);
});

test('the host that made it has it brought, too, where it was lost there', async () => {
  expect(await ensured(new PoolHost('host-a'))).toBe(`Ready ${KEY}`);
});

test('an Image that is in a store alone is brought from there', async () => {
  expect(await ensured(new PoolHost('host-b'), image([store]))).toBe(`Ready ${KEY}`);
});

test('what somebody changed in the store is refused, and nothing of it stays', async () => {
  server.files.set('/hostler/a.qcow2', Buffer.from(qcow2Image({ virtualSize: 2n ** 25n })));
  const far = new PoolHost('host-b');
  expect([await ensured(far), far.bases.size, far.partial.size]).toEqual(['Failed ChecksumMismatch', 0, 0]);
});

test('what is gone from the store cannot be had; redirects are not followed', async () => {
  server.files.clear();
  expect(await ensured(new PoolHost('host-b'))).toBe('Failed SourceRefused');
  server.answer = (_, response) => {
    response.writeHead(302, { location: `${server.url}/b.qcow2` }).end();
    return true;
  };
  expect(await ensured(new PoolHost('host-c'))).toBe('Failed TooManyRedirects');
});

const upload = { imageStoreName: 'vault', key: 'a.qcow2', url: 'http://192.0.2.9/a.qcow2' };
const broughtImage = (sizeBytes?: number): Image => ({
  ...image(),
  spec: { sources: [{ format: 'qcow2', upload: {}, checksum: { sha256 } }] },
  status: { upload: { ...upload, ...(sizeBytes !== undefined && { sizeBytes }) } },
});

test('a file that somebody brought is had from there, verified by the checksum of the Image; until it is there it is waited for', async () => {
  const far = new PoolHost('host-b');
  expect([await ensured(far, broughtImage()), server.requests]).toEqual(['Failed UploadAwaited', []]);
  expect(await ensured(far, broughtImage(content.length))).toBe(`Ready ${KEY}`);
  server.files.set('/hostler/a.qcow2', Buffer.from(qcow2Image({ virtualSize: 2n ** 25n })));
  expect(await ensured(new PoolHost('host-c'), broughtImage(content.length))).toBe('Failed ChecksumMismatch');
});

test('a transfer ends when the Image names another copy', async () => {
  server.answer = () => true;
  const far = new PoolHost('host-b');
  await transfers.ensure({ host: far.host, pool: 'default', image: image() }, signal);
  transfers.imageChanged(image());
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(transfers.running()).toHaveLength(1);
  transfers.imageChanged(image([onHost]));
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(transfers.running()).toHaveLength(0);
});
