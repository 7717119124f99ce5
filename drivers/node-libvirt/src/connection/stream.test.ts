import { afterEach, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectionLostError, DeadlineError, LibvirtError, ProtocolError } from '../errors.ts';
import { connectGetUri } from '../procedures/connect.ts';
import { storageVolDownload, storageVolUpload } from '../procedures/storage.ts';
import { remoteError } from '../types/error.ts';
import { MESSAGE_TYPE, STATUS, STREAM_CHUNK_BYTES } from '../wire/frame.ts';
import { eventually } from '../../test/eventually.ts';
import { FakeDaemon, type Received } from '../../test/fake-daemon.ts';
import type { CallOptions } from './call-options.ts';
import { Connection } from './connection.ts';
import type { RemoteStream } from './stream.ts';

const VOLUME = { vol: { pool: 'p', name: 'v', key: '/p/v' }, offset: 0, length: 0, flags: 0 };
const FAILURE = {
  code: 38,
  domain: 38,
  message: 'no space left',
  level: 2,
  dom: undefined,
  str1: undefined,
  str2: undefined,
  str3: undefined,
  int1: 28,
  int2: -1,
  net: undefined,
};

class World {
  readonly daemon: FakeDaemon;
  readonly connection: Connection;

  constructor() {
    const { daemon, socket } = FakeDaemon.pair();
    this.daemon = daemon;
    this.connection = new Connection(socket);
  }

  async open(procedure: typeof storageVolUpload, options?: CallOptions): Promise<RemoteStream> {
    const stream = this.connection.openStream(procedure, VOLUME, options);
    this.daemon.reply(procedure, 1, {});
    return stream;
  }

  send(procedure: typeof storageVolUpload, status: number, data = ''): void {
    this.daemon.send({ procedure: procedure.number, type: MESSAGE_TYPE.STREAM, serial: 1, status }, (writer) =>
      writer.bytes(Buffer.from(data)),
    );
  }

  sendError(procedure: typeof storageVolUpload): void {
    this.daemon.send({ procedure: procedure.number, type: MESSAGE_TYPE.STREAM, serial: 1, status: STATUS.ERROR }, (writer) =>
      remoteError.write(writer, FAILURE),
    );
  }

  streamed(): readonly Received[] {
    return this.daemon.received.filter(({ header }) => header.type === MESSAGE_TYPE.STREAM);
  }
}

let world = new World();
afterEach(() => {
  world.connection.close();
  world = new World();
});

async function collect(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

test('data that overtakes the reply is part of the stream', async () => {
  const opening = world.connection.openStream(storageVolDownload, VOLUME);
  world.send(storageVolDownload, STATUS.CONTINUE, 'all of');
  world.send(storageVolDownload, STATUS.CONTINUE, ' it');
  world.send(storageVolDownload, STATUS.CONTINUE);
  world.daemon.reply(storageVolDownload, 1, {});
  expect(await collect(await opening)).toBe('all of it');
});

test('so much data that overtakes the reply that reading would stop: the reply is read', async () => {
  const opening = world.connection.openStream(storageVolDownload, VOLUME);
  const chunk = 'x'.repeat(256 * 1024);
  for (let count = 0; count < 8; count++) world.send(storageVolDownload, STATUS.CONTINUE, chunk);
  world.daemon.reply(storageVolDownload, 1, {});
  const stream = await opening;
  world.send(storageVolDownload, STATUS.CONTINUE);
  expect(await collect(stream)).toHaveLength(8 * chunk.length);
});

test('more data before the reply than any daemon sends ends the connection: nobody could stop it', async () => {
  const opening = world.connection.openStream(storageVolDownload, VOLUME);
  const chunk = 'x'.repeat(1024 * 1024);
  for (let count = 0; count < 17; count++) world.send(storageVolDownload, STATUS.CONTINUE, chunk);
  await expect(opening).rejects.toThrow(ConnectionLostError);
  await expect(opening).rejects.toThrow(/storage_vol_download.*before its reply/);
  expect(world.connection.closed).toBeInstanceOf(ProtocolError);
});

test('an error that overtakes the reply of a call that was given up: nothing stays behind', async () => {
  const opening = world.connection.openStream(storageVolDownload, VOLUME, { timeoutMs: 20 });
  world.sendError(storageVolDownload);
  await expect(opening).rejects.toThrow(DeadlineError);
  world.daemon.reply(storageVolDownload, 1, {});
  await eventually(() => expect(world.connection.slotsTaken(0, 5)).toBe(0));
});

describe('towards the daemon', () => {
  test('data, an end, and its confirmation', async () => {
    const stream = await world.open(storageVolUpload);
    await stream.write(Buffer.from('hello'));
    const end = stream.end();
    const streamed = (): unknown => world.streamed().map(({ header, payload }) => [header.status, payload.toString()]);
    await eventually(() =>
      expect(streamed()).toEqual([
        [STATUS.CONTINUE, 'hello'],
        [STATUS.OK, ''],
      ]),
    );
    world.send(storageVolUpload, STATUS.OK);
    await expect(end).resolves.toBeUndefined();
    expect(stream.closed).toBe(true);
    expect(world.connection.slotsTaken(0, 5)).toBe(0);
  });

  test('large data goes in messages that every daemon accepts', async () => {
    const stream = await world.open(storageVolUpload);
    await stream.write(Buffer.alloc(STREAM_CHUNK_BYTES * 2 + 5));
    const lengths = (): unknown => world.streamed().map(({ payload }) => payload.length);
    await eventually(() => expect(lengths()).toEqual([STREAM_CHUNK_BYTES, STREAM_CHUNK_BYTES, 5]));
  });

  test('a daemon that does not read holds up the writer, not the memory', async () => {
    const stream = await world.open(storageVolUpload);
    world.daemon.socket.pause();
    let written = 0;
    const writing = (async () => {
      for (; written < 100; written++) await stream.write(Buffer.alloc(STREAM_CHUNK_BYTES));
    })();
    await sleep(20);
    expect(written).toBeLessThan(10);
    world.daemon.socket.resume();
    await writing;
    expect(written).toBe(100);
  });

  test.each([
    ['while data is written', (stream: RemoteStream) => writeForever(stream)],
    ['while the end is awaited', (stream: RemoteStream) => stream.end()],
  ])('the daemon fails %s: its error', async (_when, use) => {
    const stream = await world.open(storageVolUpload);
    const using = use(stream);
    world.sendError(storageVolUpload);
    await expect(using).rejects.toThrow(LibvirtError);
    await expect(using).rejects.toMatchObject({ message: 'no space left', procedure: 'storage_vol_upload' });
    expect(world.connection.slotsTaken(0, 5)).toBe(0);
  });
});

describe('from the daemon', () => {
  test('data until the empty message; the end is confirmed', async () => {
    const stream = await world.open(storageVolDownload);
    for (const text of ['a', 'b', 'c', '']) world.send(storageVolDownload, STATUS.CONTINUE, text);
    await expect(collect(stream)).resolves.toBe('abc');
    const end = stream.end();
    world.send(storageVolDownload, STATUS.OK);
    await end;
    expect(world.streamed().map(({ header }) => header.status)).toEqual([STATUS.OK]);
  });

  test('data that comes in one packet with the reply is not lost', async () => {
    const opening = world.connection.openStream(storageVolDownload, VOLUME);
    world.daemon.socket.cork();
    world.daemon.reply(storageVolDownload, 1, {});
    world.send(storageVolDownload, STATUS.CONTINUE, 'early');
    world.send(storageVolDownload, STATUS.CONTINUE);
    world.daemon.socket.uncork();
    await expect(collect(await opening)).resolves.toBe('early');
  });

  test('a consumer that does not consume holds up the daemon, not the memory', async () => {
    const stream = await world.open(storageVolDownload);
    const chunk = 'x'.repeat(256 * 1024);
    let flowed = 0;
    const flood = (async () => {
      for (let count = 0; count < 64; count++) {
        world.send(storageVolDownload, STATUS.CONTINUE, chunk);
        if (world.daemon.socket.writableNeedDrain) await new Promise((resolve) => world.daemon.socket.once('drain', resolve));
        flowed++;
      }
      world.send(storageVolDownload, STATUS.CONTINUE);
    })();
    await sleep(20);
    expect(flowed).toBeLessThan(10);
    expect((await collect(stream)).length).toBe(64 * chunk.length);
    await flood;
  });

  test('messages of a byte hold up the daemon too: each costs more than its data', async () => {
    const stream = await world.open(storageVolDownload);
    const flood = Array.from({ length: 20_000 }, () => 'x');
    let flowed = 0;
    const flooding = (async () => {
      for (const text of flood) {
        world.send(storageVolDownload, STATUS.CONTINUE, text);
        if (world.daemon.socket.writableNeedDrain) await new Promise((resolve) => world.daemon.socket.once('drain', resolve));
        flowed++;
      }
      world.send(storageVolDownload, STATUS.CONTINUE);
    })();
    await sleep(100);
    expect(flowed).toBeLessThan(10_000);
    expect(await collect(stream)).toHaveLength(flood.length);
    await flooding;
  });

  test('an error after some data: the data, then the error', async () => {
    const stream = await world.open(storageVolDownload);
    world.send(storageVolDownload, STATUS.CONTINUE, 'a');
    world.sendError(storageVolDownload);
    const iterator = stream[Symbol.asyncIterator]();
    await expect(iterator.next()).resolves.toMatchObject({ value: Buffer.from('a') });
    await expect(iterator.next()).rejects.toThrow('no space left');
  });

  test('an end that nobody asked for is not mistaken for the end of the data', async () => {
    const stream = await world.open(storageVolDownload);
    world.send(storageVolDownload, STATUS.OK);
    await expect(collect(stream)).rejects.toThrow(ProtocolError);
  });
});

describe('giving up', () => {
  test('an abort tells the daemon; what still comes is dropped, and the connection goes on', async () => {
    const stream = await world.open(storageVolDownload);
    stream.abort(new Error('enough'));
    await expect(collect(stream)).rejects.toThrow('enough');
    world.send(storageVolDownload, STATUS.CONTINUE, 'late');
    world.sendError(storageVolDownload);
    world.send(storageVolDownload, STATUS.CONTINUE, 'later');
    const call = world.connection.call(connectGetUri, {});
    world.daemon.reply(connectGetUri, 2, { uri: 'u' });
    await expect(call).resolves.toEqual({ uri: 'u' });
    expect(world.streamed().map(({ header }) => header.status)).toEqual([STATUS.ERROR]);
  });

  test('the deadline holds for the whole of it', async () => {
    const stream = await world.open(storageVolDownload, { timeoutMs: 10 });
    await expect(collect(stream)).rejects.toThrow(DeadlineError);
  });

  test('given up before it was open: what opens late is aborted, and takes its slot until then', async () => {
    const opening = world.connection.openStream(storageVolDownload, VOLUME, { timeoutMs: 5 });
    await expect(opening).rejects.toThrow(DeadlineError);
    world.daemon.reply(storageVolDownload, 1, {});
    world.send(storageVolDownload, STATUS.CONTINUE, 'late');
    await eventually(() => expect(world.streamed().map(({ header }) => header.status)).toEqual([STATUS.ERROR]));
    expect(world.connection.slotsTaken(0, 5)).toBe(1);
    world.sendError(storageVolDownload);
    await eventually(() => expect(world.connection.slotsTaken(0, 5)).toBe(0));
  });

  test('the signal too', async () => {
    const controller = new AbortController();
    const stream = await world.open(storageVolUpload, { signal: controller.signal });
    const writing = writeForever(stream);
    controller.abort(new Error('enough'));
    await expect(writing).rejects.toThrow('enough');
  });

  test('the connection ends: so does the stream', async () => {
    const stream = await world.open(storageVolDownload);
    world.daemon.socket.destroy();
    await expect(collect(stream)).rejects.toThrow(ConnectionLostError);
  });

  test('a hole, which we did not ask for, ends the connection and crashes nothing', async () => {
    const stream = await world.open(storageVolDownload);
    world.daemon.send({ procedure: storageVolDownload.number, type: MESSAGE_TYPE.STREAM_HOLE, serial: 1, status: STATUS.CONTINUE });
    await expect(collect(stream)).rejects.toMatchObject({ cause: expect.any(ProtocolError) as unknown });
  });
});

async function writeForever(stream: RemoteStream): Promise<never> {
  for (;;) {
    await stream.write(Buffer.from('x'));
    await sleep(1);
  }
}
