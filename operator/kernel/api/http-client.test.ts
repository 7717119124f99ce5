/** The client against a server of the test's own, for what a real one does too seldom. */
import { afterEach, expect, test } from '@jest/globals';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '../clock.ts';
import { Metrics } from '../http/metrics.ts';
import { type Widget, WIDGETS } from '../testing/widgets.ts';
import type { WatchEvent } from './client.ts';
import { type Connection, type ConnectionSource, fixedConnection } from './connection.ts';
import { HttpApiClient } from './http-client.ts';
import { Transport } from './transport.ts';

type Handler = (request: IncomingMessage, response: ServerResponse, count: number) => void;

const ref = { namespace: 'a', name: 'x' };
const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

async function makeWorld(handler: Handler, source?: (server: string) => ConnectionSource) {
  let count = 0;
  const server: Server = createServer((request, response) => {
    count += 1;
    request.resume();
    request.on('end', () => handler(request, response, count));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const metrics = new Metrics();
  const transport = new Transport(source?.(url) ?? fixedConnection({ server: url, headers: {} }), systemClock, 'kernel-test');
  const client = new HttpApiClient({ transport, clock: systemClock, metrics, random: () => 0 });
  cleanUps.push(async () => {
    await client.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const abort = new AbortController();
  return { client, metrics, abort, call: { signal: abort.signal, timeoutMs: 2_000 }, requests: () => count };
}

const json = (response: ServerResponse, code: number, body: unknown, headers: Record<string, string> = {}): void => {
  response.writeHead(code, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
};
const status = (code: number, reason: string, details?: object) => ({
  kind: 'Status',
  status: 'Failure',
  code,
  reason,
  message: reason,
  details,
});

test('429 with Retry-After is tried again, also for a write; without it the failure is the answer', async () => {
  const { client, call, requests } = await makeWorld((_, response, count) => {
    if (count === 1) json(response, 429, status(429, 'TooManyRequests'), { 'retry-after': '0' });
    else if (count === 2) json(response, 200, { kind: 'Widget' });
    else json(response, 429, status(429, 'TooManyRequests'));
  });
  await client.mergePatch(WIDGETS, ref, {}, call);
  expect(requests()).toBe(2);
  await expect(client.mergePatch(WIDGETS, ref, {}, call)).rejects.toMatchObject({ code: 429 });
  expect(requests()).toBe(3);
});

test('a wait that would outlast the deadline is not begun', async () => {
  const { client, call, requests } = await makeWorld((_, response) =>
    json(response, 429, status(429, 'TooManyRequests'), { 'retry-after': '60' }),
  );
  await expect(client.get(WIDGETS, ref, call)).rejects.toMatchObject({ code: 429, retryAfterMs: 60_000 });
  expect(requests()).toBe(1);
});

test('a read whose connection breaks is tried again, a write is not: it may have happened', async () => {
  const { client, call, requests } = await makeWorld((_, response, count) => {
    if (count === 2) json(response, 200, { kind: 'Widget', metadata: { name: 'x' } });
    else response.destroy();
  });
  expect((await client.get(WIDGETS, ref, call)).metadata.name).toBe('x');
  await expect(client.mergePatch(WIDGETS, ref, {}, call)).rejects.toMatchObject({ code: 0, reason: 'ConnectionFailed' });
  expect(requests()).toBe(3);
});

test('a body that stops half-way is a failed connection, not half an object', async () => {
  const { client, call } = await makeWorld((_, response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('{"kind":', () => response.destroy());
  });
  await expect(client.mergePatch(WIDGETS, ref, {}, call)).rejects.toMatchObject({ reason: 'ConnectionFailed' });
});

test('the deadline holds for an answer that does not come, and for one that stops in the middle', async () => {
  const { client, abort } = await makeWorld((request, response) => {
    if (request.method === 'GET') return;
    response.writeHead(200, { 'content-length': '1000' });
    response.write('{');
  });
  const call = { signal: abort.signal, timeoutMs: 50 };
  await expect(client.get(WIDGETS, ref, call)).rejects.toMatchObject({ code: 0, reason: 'DeadlineExceeded' });
  await expect(client.mergePatch(WIDGETS, ref, {}, call)).rejects.toMatchObject({ code: 0, reason: 'DeadlineExceeded' });
});

test('an abort rejects with its reason, at once', async () => {
  const { client, abort, call } = await makeWorld(() => undefined);
  const pending = client.get(WIDGETS, ref, call).catch((error: unknown) => error);
  const reason = new Error('enough');
  abort.abort(reason);
  expect(await pending).toBe(reason);
  expect(await client.get(WIDGETS, ref, call).catch((error: unknown) => error)).toBe(reason);
});

test('what is missing: the object, or the kind, which says nothing about objects', async () => {
  const { client, call } = await makeWorld((_, response, count) => {
    if (count === 1) json(response, 404, status(404, 'NotFound', { name: 'x', kind: 'widgets' }));
    else if (count === 2) json(response, 404, status(404, 'NotFound', {}));
    else response.writeHead(404).end('404 page not found\n');
  });
  expect(await client.find(WIDGETS, ref, call)).toBeUndefined();
  await expect(client.find(WIDGETS, ref, call)).rejects.toMatchObject({ code: 404, reason: 'KindNotServed' });
  await expect(client.find(WIDGETS, ref, call)).rejects.toMatchObject({ code: 404, reason: 'KindNotServed' });
});

test('refused credentials are renewed once, by all requests together', async () => {
  let token = 'old';
  let renewals = 0;
  const { client, call } = await makeWorld(
    (request, response) => {
      if (request.headers.authorization === 'Bearer new') json(response, 200, { kind: 'Widget' });
      else json(response, 401, status(401, 'Unauthorized'));
    },
    (server) => {
      let connection: Connection = { server, headers: { authorization: `Bearer ${token}` } };
      return {
        current: () => Promise.resolve(connection),
        renew: (refused) => {
          if (refused === connection) {
            renewals += 1;
            token = 'new';
            connection = { server, headers: { authorization: `Bearer ${token}` } };
          }
          return Promise.resolve(connection);
        },
      };
    },
  );
  await Promise.all([client.get(WIDGETS, ref, call), client.get(WIDGETS, ref, call)]);
  await client.mergePatch(WIDGETS, ref, {}, call);
  expect(renewals).toBe(1);
});

test('connections are used again, and requests are counted by answer', async () => {
  const { client, call, metrics } = await makeWorld((request, response) => json(response, 200, { port: request.socket.remotePort }));
  const ports = new Set<unknown>();
  for (let time = 0; time < 5; time += 1) ports.add(((await client.get(WIDGETS, ref, call)) as unknown as { readonly port: number }).port);
  expect(ports.size).toBe(1);
  expect(await metrics.registry.metrics()).toMatch(/rest_client_requests_total\{code="200",method="GET",host="127.0.0.1:\d+"\} 5/);
});

const line = (type: string, name: string, version: number): string =>
  `${JSON.stringify({ type, object: { kind: 'Widget', metadata: { name, resourceVersion: String(version) }, text: 'ümläut' } })}\n`;

test('watch events arrive whole and in order, however the bytes are cut', async () => {
  const text = Buffer.from(line('ADDED', 'a', 1) + line('MODIFIED', 'a', 2) + line('BOOKMARK', '', 7) + line('DELETED', 'a', 9));
  const { client, call } = await makeWorld((_, response) => {
    response.writeHead(200);
    void (async () => {
      for (let at = 0; at < text.length; at += 7) {
        response.write(text.subarray(at, at + 7));
        if (at % 70 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      response.end();
    })();
  });
  const heard: string[] = [];
  let signs = 0;
  const onEvent = (event: WatchEvent<Widget>): void => {
    heard.push(event.kind === 'Bookmark' ? `Bookmark ${event.resourceVersion}` : `${event.kind} ${event.object.metadata.resourceVersion}`);
  };
  await client.watch(WIDGETS, { resourceVersion: '0', timeoutSeconds: 10 }, call, onEvent, () => (signs += 1));
  expect(heard).toEqual(['Added 1', 'Modified 2', 'Bookmark 7', 'Deleted 9']);
  expect(signs).toBeGreaterThan(2);
});

const modified = (metadata: object): string => `${JSON.stringify({ type: 'MODIFIED', object: { kind: 'Widget', metadata } })}\n`;

test('of versions that the caller knows only the version is told, but never of one that is not surely that of the object', async () => {
  const annotated = { name: 'c', annotations: { resourceVersion: '4', text: '"resourceVersion":"4"' }, resourceVersion: '5' };
  const quoted = { name: 'd', annotations: { text: '"resourceVersion":"4"' }, resourceVersion: '6' };
  const { client, call } = await makeWorld((_, response) => {
    response.writeHead(200);
    response.write(line('ADDED', 'a', 1) + line('MODIFIED', 'a', 2) + line('MODIFIED', 'b', 3) + line('MODIFIED', 'b', 4));
    response.end(modified(annotated) + modified(quoted) + line('DELETED', 'b', 7));
  });
  const heard: string[] = [];
  const known = new Set(['1', '2', '4', '6', '7']);
  const onEvent = (event: WatchEvent<Widget>): void => {
    heard.push(event.kind === 'Bookmark' ? event.resourceVersion : `${event.kind} ${event.object.metadata.resourceVersion}`);
  };
  const query = { resourceVersion: '0', timeoutSeconds: 10 };
  await client.watch(WIDGETS, query, { signal: call.signal, isKnown: (version) => known.has(version) }, onEvent);
  expect(heard).toEqual(['Added 1', '2', 'Modified 3', '4', 'Modified 5', '6', 'Deleted 7']);
});

test.each`
  how                         | answer                                                                      | expected
  ${'an ERROR event'}         | ${`${JSON.stringify({ type: 'ERROR', object: status(410, 'Expired') })}\n`} | ${{ code: 410, reason: 'Expired' }}
  ${'a line that is no JSON'} | ${'{"type":\n'}                                                             | ${{ reason: 'ConnectionFailed' }}
  ${'a broken connection'}    | ${undefined}                                                                | ${{ reason: 'ConnectionFailed' }}
`('a watch ends with $how', async ({ answer, expected }) => {
  const { client, call } = await makeWorld((_, response) => {
    response.writeHead(200);
    response.write(line('ADDED', 'a', 1) + ((answer as string | undefined) ?? ''), () =>
      answer === undefined ? response.destroy() : undefined,
    );
  });
  const heard: string[] = [];
  const watch = client.watch(WIDGETS, { resourceVersion: '0', timeoutSeconds: 10 }, call, ({ kind }) => heard.push(kind));
  await expect(watch).rejects.toMatchObject(expected as object);
  expect(heard).toEqual(['Added']);
});

test('a watch that is aborted rejects with the reason and tells nothing more', async () => {
  const { client, call, abort } = await makeWorld((_, response) => {
    response.writeHead(200);
    response.write(line('ADDED', 'a', 1) + line('ADDED', 'b', 2));
  });
  const heard: string[] = [];
  const reason = new Error('enough');
  const watch = client.watch(WIDGETS, { resourceVersion: '0', timeoutSeconds: 10 }, call, ({ kind }) => {
    heard.push(kind);
    abort.abort(reason);
  });
  expect(await watch.catch((error: unknown) => error)).toBe(reason);
  expect(heard).toEqual(['Added']);
});
