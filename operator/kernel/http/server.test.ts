import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { Metrics } from './metrics.ts';
import { debugRoutes, healthRoutes, metricsRoutes } from './pages.ts';
import { type Routes, type RunningServer, serve } from './server.ts';

const servers: RunningServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server[Symbol.asyncDispose]();
});

async function start(routes: Routes) {
  const server = await serve('127.0.0.1:0', routes);
  servers.push(server);
  return async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`, { ...init, headers: { connection: 'close' } });
    return { code: response.status, body: await response.text() };
  };
}

test('alive is alive; ready is ready when every check is', async () => {
  let problem: string | undefined = 'not synced yet';
  const get = await start(healthRoutes({ widgets: () => problem, parts: () => undefined }));
  expect(await get('/healthz')).toEqual({ code: 200, body: 'ok\n' });
  expect(await get('/livez')).toEqual({ code: 200, body: 'ok\n' });
  expect(await get('/readyz')).toEqual({ code: 503, body: '[-] widgets: not synced yet\n[+] parts ok\n' });
  problem = undefined;
  expect((await get('/readyz?verbose')).code).toBe(200);
});

test('metrics are in the text format, with the names that dashboards know', async () => {
  const metrics = new Metrics();
  metrics.addQueue('widgets', () => 7);
  metrics.requests.inc({ code: 200, method: 'GET', host: 'h:1' });
  const get = await start(metricsRoutes(metrics));
  const { body } = await get('/metrics');
  expect(body).toContain('workqueue_depth{name="widgets",controller="widgets"} 7');
  expect(body).toContain('rest_client_requests_total{code="200",method="GET",host="h:1"} 1');
});

test('the debug dump is made when asked, and hides secrets', async () => {
  const get = await start(debugRoutes(new Map([['queue/widgets', () => ({ ready: ['a/x'], token: 'abc' })]])));
  expect(JSON.parse((await get('/debug')).body)).toEqual({ 'queue/widgets': { ready: ['a/x'], token: '[hidden]' } });
});

test('other paths, other methods, and pages that fail', async () => {
  const get = await start({
    '/broken': () => {
      throw new Error('no page');
    },
  });
  expect((await get('/constructor')).code).toBe(404);
  expect((await get('/broken', { method: 'POST' })).code).toBe(405);
  expect(await get('/broken')).toEqual({ code: 500, body: 'no page\n' });
});

test.each(['//', 'http://[', '//a:99999/'])('a request for %s, which is no URL, harms nobody', async (target) => {
  const get = await start({ '/alive': () => ({ code: 200, contentType: 'text/plain', body: 'yes' }) });
  const socket = connect(servers[0]?.port ?? 0, '127.0.0.1');
  socket.end(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 404/);
  expect(await get('/alive')).toEqual({ code: 200, body: 'yes' });
});

test('an address that is none, or taken, is refused with a sentence', async () => {
  await expect(serve('nonsense', {})).rejects.toThrow('give host:port');
  const first = await serve('127.0.0.1:0', {});
  servers.push(first);
  await expect(serve(`127.0.0.1:${first.port}`, {})).rejects.toThrow('EADDRINUSE');
});
