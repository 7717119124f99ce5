/**
 * Hostile input: whatever bytes come, the client refuses them with `ProtocolError`s, settles everybody who waits and stays
 * alive. Nothing may hang, and nothing else may be thrown.
 */
import { describe, expect, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as fc from 'fast-check';
import { LibvirtClient } from '../src/client/client.ts';
import { Connection } from '../src/connection/connection.ts';
import { ConnectError, ConnectionLostError, DeadlineError, LibvirtError, ProtocolError } from '../src/errors.ts';
import * as connect from '../src/procedures/connect.ts';
import * as power from '../src/procedures/domain-power.ts';
import * as domain from '../src/procedures/domain.ts';
import * as messages from '../src/procedures/event-messages.ts';
import * as network from '../src/procedures/network.ts';
import type { Procedure } from '../src/procedures/procedure.ts';
import * as snapshot from '../src/procedures/snapshot.ts';
import * as storage from '../src/procedures/storage.ts';
import { remoteError } from '../src/types/error.ts';
import { DOMAIN_EVENTS } from '../src/client/event-kinds.ts';
import { MESSAGE_TYPE, PROGRAM, STATUS } from '../src/wire/frame.ts';
import type { Codec } from '../src/xdr/codec.ts';
import { XdrReader } from '../src/xdr/reader.ts';
import { FakeDaemon, frame, replyFrame } from './fake-daemon.ts';

type AnyProcedure = Procedure<unknown, unknown>;

const PROCEDURES = [connect, power, domain, network, snapshot, storage].flatMap((module) => Object.values(module) as AnyProcedure[]);
const CODECS: readonly (readonly [name: string, codec: Codec<unknown>])[] = [
  ...PROCEDURES.map(({ name, result }) => [name, result] as const),
  ...Object.values(messages).map(({ name, payload }) => [name, payload as Codec<unknown>] as const),
  ['error', remoteError],
];
const WAIT_MS = 50;

/** Garbage that gets further than noise: small counts, lengths, discriminants and letters. */
const words = fc
  .array(fc.oneof(fc.nat(8), fc.constantFrom(0x6162_6364, 0xffff_ffff, 0x7fff_ffff, 0x4000), fc.nat(0xffff_ffff)), { maxLength: 64 })
  .map((values) => {
    const bytes = Buffer.alloc(values.length * 4);
    for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, index * 4);
    return bytes;
  });
const garbage = fc.oneof(
  words,
  fc.uint8Array({ maxLength: 256 }).map((bytes) => Buffer.from(bytes)),
);

test.each(CODECS)('decoder of %s', (_name, codec) => {
  fc.assert(
    fc.property(garbage, (bytes) => {
      try {
        codec.read(new XdrReader(bytes));
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
    }),
  );
});

/** A connection with one call of each lane's kind, a stream and an event handler, all of which must come to an end. */
async function survives(bytes: Buffer): Promise<void> {
  const { daemon, socket } = FakeDaemon.pair();
  const connection = new Connection(socket);
  const options = { timeoutMs: WAIT_MS };
  connection.handleEvent(DOMAIN_EVENTS.lifecycle.messageNumber, (reader) => void DOMAIN_EVENTS.lifecycle.read(reader));
  const outcomes = Promise.allSettled([
    connection.call(domain.connectListAllDomains, { need_results: 1, flags: 0 }, options),
    connection.call(domain.connectGetAllDomainStats, { doms: [], stats: 0, flags: 0 }, options),
    connection
      .openStream(storage.storageVolDownload, { vol: { pool: 'p', name: 'v', key: 'k' }, offset: 0, length: 0, flags: 0 }, options)
      .then(async (stream) => {
        for await (const chunk of stream) expect(chunk.length).toBeGreaterThan(0);
      }),
  ]);
  daemon.socket.write(bytes);
  daemon.socket.end();
  for (const outcome of await outcomes) {
    if (outcome.status === 'rejected')
      expect([ConnectionLostError, DeadlineError, LibvirtError, ProtocolError]).toContain((outcome.reason as Error).constructor);
  }
  expect([ConnectionLostError, ProtocolError]).toContain(connection.closed?.constructor);
}

const DOMAIN = { name: 'a', uuid: '11111111-2222-3333-4444-555555555555', id: 3 };

/** A conversation as a real daemon would have it, with the calls of `survives`. */
const CONVERSATION = Buffer.concat([
  replyFrame(domain.connectListAllDomains, 1, { domains: [DOMAIN, DOMAIN, DOMAIN], ret: 3 }),
  frame(
    { program: PROGRAM.REMOTE, procedure: messages.lifecycle.number, type: MESSAGE_TYPE.EVENT, serial: 0, status: STATUS.OK },
    (writer) => messages.lifecycle.payload.write(writer, { callbackID: 0, msg: { dom: DOMAIN, event: 2, detail: 0 } }),
  ),
  frame({ program: PROGRAM.KEEPALIVE, procedure: 1, type: MESSAGE_TYPE.EVENT, serial: 0, status: STATUS.OK }, () => {}),
  replyFrame(storage.storageVolDownload, 3, {}),
  ...['data', 'more', ''].map((text) =>
    frame(
      {
        program: PROGRAM.REMOTE,
        procedure: storage.storageVolDownload.number,
        type: MESSAGE_TYPE.STREAM,
        serial: 3,
        status: STATUS.CONTINUE,
      },
      (writer) => writer.bytes(Buffer.from(text)),
    ),
  ),
]);

describe('through a connection', () => {
  test('noise', async () => {
    await fc.assert(fc.asyncProperty(garbage, survives), { numRuns: 200 });
  });

  test('noise in well-formed frames', async () => {
    const header = fc.record({
      program: fc.constantFrom(PROGRAM.REMOTE, PROGRAM.QEMU, PROGRAM.KEEPALIVE, 1),
      procedure: fc.constantFrom(
        domain.connectListAllDomains.number,
        domain.connectGetAllDomainStats.number,
        storage.storageVolDownload.number,
        messages.lifecycle.number,
        1,
        -1,
      ),
      type: fc.nat(7),
      serial: fc.nat(4),
      status: fc.nat(3),
    });
    const framed = fc.array(fc.tuple(header, garbage), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(framed, async (messagesOf) => {
        await survives(Buffer.concat(messagesOf.map(([header, payload]) => frame(header, (writer) => writer.bytes(payload)))));
      }),
      { numRuns: 300 },
    );
  });

  test('a real conversation, cut anywhere and with bytes changed', async () => {
    const change = fc.tuple(fc.nat(CONVERSATION.length - 1), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 4 }), fc.nat(CONVERSATION.length), async (changes, length) => {
        const bytes = Buffer.from(CONVERSATION.subarray(0, length));
        for (const [at, value] of changes) if (at < length) bytes[at] = value;
        await survives(bytes);
      }),
      { numRuns: 300 },
    );
  });

  test('connecting to something that answers with noise', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'nl-'));
    let noise = Buffer.alloc(0);
    const server = net.createServer((socket) => {
      socket.on('error', () => {});
      socket.resume().end(noise);
    });
    await new Promise<void>((resolve) => server.listen(path.join(folder, 's'), resolve));
    await fc.assert(
      fc.asyncProperty(garbage, async (bytes) => {
        noise = bytes;
        await expect(LibvirtClient.connect(`test+unix:///default?socket=${folder}/s`)).rejects.toThrow(ConnectError);
      }),
      { numRuns: 50 },
    );
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true });
  });

  test('the conversation itself is understood', async () => {
    await expect(survives(CONVERSATION)).resolves.toBeUndefined();
  });
});
