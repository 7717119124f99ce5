/**
 * The content of VDIs over HTTP: raw or VHD, into one and out of it.
 *
 * A server may answer that all is well and fail after that, so the task that goes with the transfer decides, and the first bytes
 * of what comes out are looked at. It must be told the length beforehand. Connections are our own: calls wait for no stream.
 */
import { request as httpsRequest } from 'node:https';
import type { IncomingMessage, ClientRequest } from 'node:http';
import { addressOf, endpointAt, openSocket } from '../session/socket.ts';
import { ConnectionError, XapiFailure } from '../errors.ts';
import type { Ref } from '../model/model.ts';
import type { Kept } from '../session/objects.ts';
import type { Pool } from '../session/pool.ts';
import { follow } from '../session/tasks.ts';
import type { Site } from '../site.ts';
import { within, type Left } from '../time.ts';

export type WireFormat = 'raw' | 'vhd';

export interface Import {
  readonly vdi: Ref;
  /** Its repository. */
  readonly SR: Ref;
  readonly format: WireFormat;
  /** Of the whole content, in bytes: what is longer or shorter fails. */
  readonly length: number;
  readonly content: AsyncIterable<Uint8Array>;
}

/** A content that is not as long as was said. */
export class LengthError extends Error {
  override readonly name = 'LengthError';
}

/** What the content itself rejects with is what this rejects with. */
export async function importRaw(site: Site, { vdi, SR, format, length, content }: Import, left: Left): Promise<void> {
  const { pool } = site;
  const task = await pool.rpc.call('task.create', { label: 'hostler: write a disk', description: '' }, left);
  const put = open(site, SR, 'PUT', '/import_raw_vdi', { vdi, format, task_id: task }, { 'content-length': String(length) });
  try {
    await within(Promise.all([write(put.request, content, length), put.answered]), left);
    const answer = await within(put.answered, left);
    await within(drain(answer), left);
    expectSuccess(answer, 'write a disk');
  } catch (error) {
    put.request.destroy();
    // The server tells more of a transfer that it ended than the connection does.
    if (error instanceof ConnectionError) await failureOf(pool, task, error, left);
    else void follow(pool, task, left).catch(() => undefined);
    throw error;
  }
  await follow(pool, task, left);
}

async function failureOf(pool: Pool, task: Ref, fallback: Error, left: Left): Promise<void> {
  if (!pool.connected) throw fallback;
  try {
    await follow(pool, task, left);
  } catch (error) {
    throw error instanceof XapiFailure && error.code !== 'TASK_CANCELLED' ? error : fallback;
  }
}

async function write(request: ClientRequest, content: AsyncIterable<Uint8Array>, length: number): Promise<void> {
  let sent = 0;
  for await (const piece of content) {
    sent += piece.length;
    if (sent > length) throw new LengthError(`the content is longer than the ${length} bytes that were announced`);
    if (!request.write(piece)) await drained(request);
    if (request.destroyed) return;
  }
  if (sent < length) throw new LengthError(`the content ended after ${sent} of ${length} bytes`);
  request.end();
}

/** Or ended: then whoever waits for the answer hears of it. */
function drained(request: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      request.off('drain', done).off('close', done);
      resolve();
    };
    request.on('drain', done).on('close', done);
  });
}

/** Hands out the pieces as they come; the connection ends with the iteration. */
export async function* exportRaw(site: Site, { ref: vdi, SR }: Kept<'VDI'>, format: WireFormat, left: Left): AsyncGenerator<Uint8Array> {
  const { pool } = site;
  const task = await pool.rpc.call('task.create', { label: 'hostler: read a disk', description: '' }, left);
  const get = open(site, SR, 'GET', '/export_raw_vdi', { vdi, format, task_id: task }, {});
  get.request.end();
  try {
    const answer = await within(get.answered, left);
    expectSuccess(answer, 'read a disk');
    const pieces = answer[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
    for (let piece = await within(pieces.next(), left); piece.done !== true; piece = await within(pieces.next(), left)) yield piece.value;
    await follow(pool, task, left);
  } finally {
    get.request.destroy();
  }
}

/** The coordinator sends whoever asks it for the disks of another host to that one: better ask there. */
function endpointFor(site: Site, SR: Ref): string {
  const { endpoint } = site.pool.client;
  const masters = new Set([...site.objects.all('pool')].map(({ master }) => master));
  const plugged = [...site.objects.all('PBD')].filter((pbd) => pbd.SR === SR && pbd.currently_attached);
  return plugged.some(({ host }) => masters.has(host)) ? endpoint : endpointAt(site.host().address, endpoint);
}

interface Opened {
  readonly request: ClientRequest;
  readonly answered: Promise<IncomingMessage>;
}

function open(
  site: Site,
  SR: Ref,
  method: 'PUT' | 'GET',
  path: string,
  query: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>>,
): Opened {
  const { pool } = site;
  const { sessionId } = pool.client;
  const endpoint = endpointFor(site, SR);
  const url = new URL(path, endpoint);
  url.search = new URLSearchParams({ ...query, session_id: sessionId }).toString();
  const request = httpsRequest(url, {
    method,
    headers: { ...headers, connection: 'close' },
    createConnection: (_, done) => {
      openSocket(addressOf(endpoint), pool.tls, (error, socket) => done(error, socket as NonNullable<typeof socket>));
      return undefined;
    },
  });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    request.on('response', resolve);
    request.on('error', (error) => reject(new ConnectionError(error.message, { cause: error })));
    request.on('close', () => reject(new ConnectionError('the connection ended before an answer came')));
  });
  // Looked at only by who waits.
  answered.catch(() => undefined);
  return { request, answered };
}

function expectSuccess({ statusCode = 0, statusMessage = '' }: IncomingMessage, what: string): void {
  if (statusCode >= 200 && statusCode < 300) return;
  throw new ConnectionError(`the server refuses to ${what}: ${statusCode} ${statusMessage}`);
}

/** A body that tells of an error is told by the task, too. */
async function drain(answer: IncomingMessage): Promise<void> {
  for await (const _piece of answer);
}
