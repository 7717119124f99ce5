import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../test/eventually.ts';
import { bulkSocket } from './bulk.ts';

const MIB = 1024 * 1024;

let folder: string;
let server: net.Server;
let accepted: Promise<net.Socket>;
let socket: net.Socket;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'hostler-bulk-'));
  const file = path.join(folder, 'socket');
  server = net.createServer().listen(file);
  accepted = once(server, 'connection').then(([other]) => other as net.Socket);
  await once(server, 'listening');
  socket = bulkSocket({ path: file });
  await once(socket, 'connect');
});
afterEach(async () => {
  socket.destroy();
  (await accepted).destroy();
  server.close();
  await rm(folder, { recursive: true });
});

/** Every byte tells where it is. */
const counted = (bytes: number): Buffer => Buffer.from(Uint32Array.from({ length: bytes / 4 }, (_, index) => index).buffer);

test('what is read is what was sent, to its end', async () => {
  const sent = counted(9 * MIB);
  const read: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => read.push(chunk));
  (await accepted).end(sent);
  await once(socket, 'end');
  expect(Buffer.concat(read).equals(sent)).toBe(true);
});

test('one reading lies behind the other, but where a buffer is full', async () => {
  const read: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => read.push(chunk));
  (await accepted).end(counted(8 * MIB));
  await once(socket, 'end');
  const apart = read.filter((chunk, index) => {
    const before = read[index - 1];
    return before !== undefined && (before.buffer !== chunk.buffer || before.byteOffset + before.length !== chunk.byteOffset);
  });
  expect(read.length).toBeGreaterThan(8);
  expect(apart.length).toBeLessThanOrEqual(5);
});

test('while it is paused it holds up who sends, and goes on then', async () => {
  let read = 0;
  socket.on('data', (chunk: Buffer) => (read += chunk.length));
  socket.pause();
  const other = await accepted;
  let sent = 0;
  const sending = (async () => {
    for (; sent < 64; sent += 1) if (!other.write(Buffer.alloc(MIB))) await once(other, 'drain');
  })();
  await sleep(20);
  expect(sent).toBeLessThan(10);
  socket.resume();
  await sending;
  await eventually(() => expect(read).toBe(64 * MIB));
});

test('it writes as every socket does', async () => {
  const other = await accepted;
  const heard = once(other, 'data');
  socket.write('hello');
  expect(String((await heard)[0])).toBe('hello');
});
