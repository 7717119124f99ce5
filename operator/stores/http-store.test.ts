import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Sink } from '../../drivers/contract.ts';
import { DriverError } from '../../drivers/labels.ts';
import { systemClock } from '../kernel/clock.ts';
import { HttpStore } from './http-store.ts';
import { WebStore } from './testing/web-store.ts';

const MIB = 1024 * 1024;
const { signal } = new AbortController();
let server: WebStore;
let store: HttpStore;
beforeEach(async () => {
  server = await WebStore.start();
  store = storeAt(server.url);
});
afterEach(() => server.stop());

const storeAt = (url: string, authorization?: string): HttpStore =>
  new HttpStore({ name: 'vault', url, ...(authorization && { authorization }) }, systemClock, { stallMs: 300, acceptMs: 600 });

const pieces =
  (content: Uint8Array, bytes = 64 * 1024) =>
  async (sink: Sink): Promise<void> => {
    for (let at = 0; at < content.length; at += bytes) await sink(content.subarray(at, at + bytes));
  };

const failing =
  () =>
  async (sink: Sink): Promise<void> => {
    await sink(Buffer.from('half'));
    throw new DriverError('HostUnreachable', 'the host is gone');
  };

const put = (content: Uint8Array, where = store): Promise<void> => where.put('a', content.length, pieces(content), signal);

/** `StoreFull: ImageStore vault at ...`. */
async function failure(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => 'nothing',
    (thrown: unknown) => thrown,
  );
  return error instanceof DriverError ? `${error.label} ${error.reason}: ${error.message}` : String(error);
}

test('what is put there can be asked for, read and removed; twice is as once', async () => {
  const content = Buffer.alloc(3 * MIB + 5, 'abc');
  await put(content);
  await put(content);
  expect([[...server.files.keys()], server.files.get('/hostler/a')?.toString() === content.toString()]).toEqual([['/hostler/a'], true]);
  expect(await store.sizeOf('a', signal)).toBe(content.length);
  expect(store.readable('a')).toEqual({ url: new URL(`${server.url}/a`), headers: {} });
  await store.remove('a', signal);
  await store.remove('a', signal);
  expect([await store.sizeOf('a', signal), server.files.size]).toEqual([undefined, 0]);
});

test('a slash at the end of the url is one, and a name is never a path', async () => {
  await storeAt(`${server.url}/`).put('../b?c', 1, pieces(Buffer.from('x')), signal);
  expect(server.requests).toEqual(['PUT /hostler/..%2Fb%3Fc']);
});

test('credentials are sent with every request, and given to whoever reads', async () => {
  const known = storeAt(server.url, 'Bearer x');
  await put(Buffer.from('x'), known);
  expect(server.authorization).toBe('Bearer x');
  expect(known.readable('a').headers).toEqual({ authorization: 'Bearer x' });
});

test.each([
  [403, 'Transient StoreRefused: ImageStore vault at http://127.0.0.1:1/hostler answers 403 Forbidden to PUT'],
  [507, 'Transient StoreFull: ImageStore vault at http://127.0.0.1:1/hostler answers 507 Insufficient Storage to PUT'],
  [503, 'Transient StoreUnreachable: ImageStore vault at http://127.0.0.1:1/hostler answers 503 Service Unavailable to PUT'],
  [302, 'Transient StoreRefused: ImageStore vault at http://127.0.0.1:1/hostler answers 302 Found to PUT'],
])('an answer of %d is told as what it is', async (status, told) => {
  server.answer = (request, response) => {
    request.resume().on('end', () => response.writeHead(status, { location: '/elsewhere' }).end());
    return true;
  };
  expect((await failure(put(Buffer.from('x')))).replace(String(server.port), '1')).toBe(told);
  expect(server.requests).toEqual(['PUT /hostler/a']);
});

test('a refusal while the content is on its way ends the feeding, and is what is told', async () => {
  server.answer = (_, response) => {
    response.writeHead(413).end(() => response.socket?.destroySoon());
    return true;
  };
  let fed = 0;
  const endless = async (sink: Sink): Promise<void> => {
    for (; fed < 10_000; fed += 1) await sink(Buffer.alloc(64 * 1024));
  };
  expect(await failure(store.put('a', 10_000 * 64 * 1024, endless, signal))).toMatch(/^Transient StoreFull: /);
  expect(fed).toBeLessThan(10_000);
});

test('whoever feeds and fails is what it fails with; nothing is kept', async () => {
  expect(await failure(store.put('a', 8, failing(), signal))).toBe('HostUnreachable HostUnreachable: the host is gone');
  await sleep(20);
  expect(server.files.size).toBe(0);
});

test('a server that is not there, one that takes nothing, and one that never answers', async () => {
  await server.stop();
  expect(await failure(put(Buffer.from('x')))).toMatch(/^Transient StoreUnreachable: .* cannot be reached: .*ECONNREFUSED/);
  server = await WebStore.start();
  store = storeAt(server.url);
  server.answer = (request) => {
    request.pause();
    return true;
  };
  expect(await failure(put(Buffer.alloc(64 * MIB)))).toMatch(/StoreUnreachable: .* nothing came from 127.0.0.1:\d+ for 0 s/);
  expect(await failure(put(Buffer.from('x')))).toMatch(/StoreUnreachable/);
  expect(await failure(store.sizeOf('a', signal))).toMatch(/StoreUnreachable/);
  expect(await failure(store.remove('a', signal))).toMatch(/StoreUnreachable/);
});

test('an abort ends it at once', async () => {
  server.answer = () => true;
  const abort = new AbortController();
  const putting = failure(store.put('a', 1, pieces(Buffer.from('x')), abort.signal));
  setTimeout(() => abort.abort(new Error('enough')), 20);
  expect(await putting).toBe('Unknown Aborted: The transfer was stopped');
});
