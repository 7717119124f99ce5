/** The simulated pool over HTTP: both formats at one address, bytes of disks, consoles, TLS, and what goes wrong. */
import { afterEach, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { get } from 'node:https';
import type { Duplex } from 'node:stream';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { Authority } from '../environment/pki.ts';
import { createVm } from './messages/vm/record.ts';
import { templateRecord } from './scene/templates.ts';
import { Simulator, type SimulatorOptions } from './simulator.ts';
import { createDisk } from './world/disks.ts';

const MIB = 1024 ** 2;

let simulator: Simulator | undefined;
afterEach(async () => simulator?.stop());

async function start(options: SimulatorOptions = {}): Promise<{ pool: Simulator; session: string }> {
  const pool = await Simulator.start({ durations: { '*': 1 }, ...options });
  simulator = pool;
  const { user, password } = pool.credentials;
  return { pool, session: String(await json(pool, 'session.login_with_password', user, password)) };
}

/** The result, or the error as text. */
async function json(pool: Simulator, method: string, ...params: readonly unknown[]): Promise<unknown> {
  const answer = await fetch(`${pool.url()}/jsonrpc`, { method: 'POST', body: JSON.stringify({ jsonrpc: '2.0', method, params, id: 1 }) });
  expect(answer.headers.get('content-type')).toBe('application/json');
  const { result, error } = (await answer.json()) as { result?: unknown; error?: { message: string; data: readonly string[] } };
  return error === undefined ? result : [error.message, ...error.data];
}

const disk = (pool: Simulator, sr = pool.scene.sharedSr) => createDisk(pool.world, { SR: sr, virtual_size: 4 * MIB });
const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 251));

test('JSON-RPC and XML-RPC at one address: integers are numbers here and text there', async () => {
  const { pool, session } = await start();
  const metrics = pool.world.store.all('host_metrics')[0]?.[0] ?? '';
  expect(await json(pool, 'host_metrics.get_memory_total', session, metrics)).toBe(64 * 1024 ** 3);
  const body = `<methodCall><methodName>host_metrics.get_memory_total</methodName><params><param><value>${session}</value></param><param><value><string>${metrics}</string></value></param></params></methodCall>`;
  const answer = await fetch(pool.url(), { method: 'POST', body });
  expect(answer.headers.get('content-type')).toBe('text/xml');
  expect(await answer.text()).toContain('<name>Value</name><value>68719476736</value>');
  expect((await fetch(pool.url(), { method: 'POST', body: 'nonsense' })).status).toBe(400);
  expect((await fetch(`${pool.url()}/nowhere`)).status).toBe(404);
});

test('bytes go in and come out, by a task that the server ends', async () => {
  const { pool, session } = await start();
  const vdi = disk(pool);
  const task = String(await json(pool, 'task.create', session, 'import', ''));
  const put = `${pool.url()}/import_raw_vdi?session_id=${session}&vdi=${vdi}&format=raw`;
  expect((await fetch(put, { method: 'PUT', body: '' })).status).toBe(200);
  expect(pool.world.store.get('VDI', vdi).physical_utilisation).toBe(0);
  expect((await fetch(`${put}&task_id=${task}`, { method: 'PUT', body: bytes })).status).toBe(200);
  expect(await json(pool, 'task.get_status', session, task)).toBe('success');
  expect(pool.world.store.get('VDI', vdi).physical_utilisation).toBeGreaterThan(0);
  const exported = await fetch(`${pool.url()}/export_raw_vdi?session_id=${session}&vdi=${vdi}`);
  expect(exported.headers.get('content-length')).toBe(String(4 * MIB));
  const read = Buffer.from(await exported.arrayBuffer());
  expect(read.subarray(0, bytes.length).equals(bytes)).toBe(true);
  expect(read.subarray(bytes.length).every((byte) => byte === 0)).toBe(true);
  expect((await fetch(`${pool.url()}/export_raw_vdi?session_id=x&vdi=${vdi}`)).status).toBe(401);
});

test('a transfer that fails fails its task, and by script says 200 all the same', async () => {
  const { pool, session } = await start();
  const vdi = disk(pool);
  const send = async () => {
    const task = String(await json(pool, 'task.create', session, 'import', ''));
    const { status } = await fetch(`${pool.url()}/import_raw_vdi?session_id=${session}&vdi=${vdi}&task_id=${task}`, {
      method: 'PUT',
      body: bytes,
    });
    return [status, await json(pool, 'task.get_error_info', session, task)];
  };
  pool.world.store.update('VDI', vdi, { read_only: true });
  expect(await send()).toEqual([500, ['VDI_READONLY', vdi]]);
  pool.world.errorsInBody = true;
  expect(await send()).toEqual([200, ['VDI_READONLY', vdi]]);
});

test('a disk of another host is served there; calls are not', async () => {
  const { pool, session } = await start({ hosts: 2 });
  const vdi = disk(pool, pool.scene.localSrs[1]);
  const answer = await fetch(`${pool.url()}/export_raw_vdi?session_id=${session}&vdi=${vdi}`, { redirect: 'manual' });
  expect(answer.status).toBe(302);
  expect(answer.headers.get('location')).toBe(`${pool.url(1)}/export_raw_vdi?session_id=${session}&vdi=${vdi}`);
  expect((await fetch(answer.headers.get('location') ?? '')).status).toBe(200);
  const slave = await fetch(`${pool.url(1)}/jsonrpc`, {
    method: 'POST',
    body: JSON.stringify({ jsonrpc: '2.0', method: 'VM.get_all', params: [session], id: 1 }),
  });
  expect(await slave.json()).toMatchObject({ error: { message: 'HOST_IS_SLAVE', data: ['127.0.0.1'] } });
});

test('another master, and hosts that go and come back', async () => {
  const { pool, session } = await start({ hosts: 2 });
  pool.changeMaster(1);
  expect(await json(pool, 'VM.get_all', session)).toEqual(['HOST_IS_SLAVE', '127.0.0.2']);
  await pool.takeDown(1);
  await expect(fetch(pool.url(1), { method: 'POST' })).rejects.toThrow();
  await pool.bringUp(1);
  expect((await fetch(`${pool.url(1)}/nowhere`)).status).toBe(404);
});

test('who waits for events while the toolstack restarts is cut off, and sessions are over', async () => {
  const { pool, session } = await start();
  const waiting = json(pool, 'event.from', session, ['VM'], `${'9'.repeat(20)},${'9'.repeat(20)}`, 30);
  setTimeout(() => pool.restartToolstack(), 50);
  await expect(waiting).rejects.toThrow();
  expect(await json(pool, 'VM.get_all', session)).toEqual(['SESSION_INVALID', session]);
});

test('by script a call breaks off, and another takes its time', async () => {
  const { pool, session } = await start();
  pool.world.faults.add({ method: 'VM.get_all', do: 'Drop' });
  await expect(json(pool, 'VM.get_all', session)).rejects.toThrow();
  pool.world.faults.add({ method: 'VM.get_all', do: { delayMilliseconds: 60 } });
  const before = performance.now();
  await json(pool, 'VM.get_all', session);
  expect(performance.now() - before).toBeGreaterThan(50);
});

test('a console is reached through CONNECT, with a session', async () => {
  const { pool, session } = await start();
  const ref = createVm(pool.world, { ...templateRecord({ name: 'vm' }), is_a_template: false });
  expect(await json(pool, 'VM.start', session, ref, false, false)).toBe('');
  const [console = ''] = pool.world.store.get('VM', ref).consoles;
  const { pathname, search } = new URL(pool.world.store.get('console', console).location);
  const connect = async (path: string) =>
    new Promise<{ status: number; socket: Duplex }>((resolve, reject) => {
      const tunnel = request({ host: '127.0.0.1', port: pool.port, method: 'CONNECT', path });
      tunnel.on('connect', ({ statusCode = 0 }, socket, head) => {
        // What came with the answer already belongs to the console.
        socket.unshift(head);
        resolve({ status: statusCode, socket });
      });
      tunnel.on('error', reject);
      tunnel.end();
    });
  const refused = await connect(`${pathname}${search}`);
  expect(refused.status).toBe(401);
  refused.socket.destroy();
  const { status, socket } = await connect(`${pathname}${search}&session_id=${session}`);
  expect(status).toBe(200);
  const [greeting] = (await new Promise((resolve) => {
    socket.once('data', (data: Buffer) => resolve([data.toString()]));
  })) as [string];
  expect(greeting).toBe('RFB 003.003\n');
  socket.destroy();
});

test('over TLS, with the certificate that it was given', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'xapi-'));
  try {
    const authority = await Authority.open(dir, 'test');
    const { certFile, keyFile } = await authority.issue({
      name: 'host',
      subject: '/CN=host',
      usage: 'serverAuth',
      names: ['IP:127.0.0.1'],
    });
    const pool = await Simulator.start({ tls: { cert: readFileSync(certFile), key: readFileSync(keyFile) } });
    simulator = pool;
    const reach = async (ca?: Buffer) =>
      new Promise<number>((resolve, reject) => {
        get(`${pool.url()}/nowhere`, { agent: false, ...(ca === undefined ? {} : { ca }) }, (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        }).on('error', reject);
      });
    expect(await reach(readFileSync(authority.certFile))).toBe(404);
    await expect(reach()).rejects.toThrow();
  } finally {
    await rm(dir, { recursive: true });
  }
});
