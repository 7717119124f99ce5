import { afterEach, describe, expect, test } from '@jest/globals';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectionLostError, DeadlineError, InvalidArgumentError, LibvirtError, ProtocolError } from '../errors.ts';
import { connectGetHostname, connectGetUri, connectSupportsFeature } from '../procedures/connect.ts';
import { domainGetState, domainLookupByName } from '../procedures/domain.ts';
import { MESSAGE_TYPE, PROGRAM, STATUS } from '../wire/frame.ts';
import { eventually } from '../../test/eventually.ts';
import { argumentsOf, FakeDaemon } from '../../test/fake-daemon.ts';
import { DOMAIN_EVENTS } from '../client/event-kinds.ts';
import { Connection } from './connection.ts';
import { KEEPALIVE_PROCEDURE } from './keepalive.ts';

const open: Connection[] = [];

function connect(): { readonly daemon: FakeDaemon; readonly connection: Connection; readonly socket: Duplex } {
  const { daemon, socket } = FakeDaemon.pair();
  const connection = new Connection(socket);
  open.push(connection);
  return { daemon, connection, socket };
}

afterEach(() => {
  for (const connection of open.splice(0)) connection.close();
});

const DOMAIN = { name: 'a', uuid: '11111111-2222-3333-4444-555555555555', id: 3 };

describe('calls', () => {
  test('arguments go out, the result comes back', async () => {
    const { daemon, connection } = connect();
    daemon.answer([domainLookupByName, { dom: DOMAIN }]);
    await expect(connection.call(domainLookupByName, { name: 'ä' })).resolves.toEqual({ dom: DOMAIN });
    expect(argumentsOf(domainLookupByName, daemon.received[0])).toEqual({ name: 'ä' });
  });

  test('replies in another order find their calls', async () => {
    const { daemon, connection } = connect();
    const first = connection.call(connectGetHostname, {});
    const second = connection.call(connectGetUri, {});
    daemon.reply(connectGetUri, 2, { uri: 'u' });
    daemon.reply(connectGetHostname, 1, { hostname: 'h' });
    await expect(Promise.all([first, second])).resolves.toEqual([{ hostname: 'h' }, { uri: 'u' }]);
  });

  test('calls of one turn go out as one write', async () => {
    const { daemon, connection } = connect();
    let writes = 0;
    daemon.socket.on('data', () => writes++);
    daemon.answer([connectGetHostname, { hostname: 'h' }]);
    await Promise.all(Array.from({ length: 64 }, () => connection.call(connectGetHostname, {})));
    expect(daemon.received).toHaveLength(64);
    expect(writes).toBe(1);
  });

  test('the daemon refuses: its error, with the procedure', async () => {
    const { daemon, connection } = connect();
    daemon.onMessage = ({ header }) =>
      daemon.fail(domainLookupByName, header.serial, { code: 42, domain: 10, message: 'no domain', str1: 'x', int1: 7 });
    const error = await connection.call(domainLookupByName, { name: 'a' }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(LibvirtError);
    expect(error).toMatchObject({
      code: 42,
      codeName: 'NO_DOMAIN',
      domainName: 'QEMU',
      message: 'no domain',
      str1: 'x',
      int1: 7,
      procedure: 'domain_lookup_by_name',
    });
  });

  test('an argument that cannot be sent hurts nobody else', async () => {
    const { daemon, connection } = connect();
    daemon.answer([connectGetHostname, { hostname: 'h' }]);
    const bad = connection.call(domainLookupByName, { name: 'a\0b' });
    const good = connection.call(connectGetHostname, {});
    await expect(bad).rejects.toThrow(InvalidArgumentError);
    await expect(good).resolves.toEqual({ hostname: 'h' });
  });
});

describe('giving up', () => {
  test('a deadline stops the waiting; the late reply is dropped, the connection goes on', async () => {
    const { daemon, connection } = connect();
    await expect(connection.call(connectGetHostname, {}, { timeoutMs: 5 })).rejects.toThrow(DeadlineError);
    expect(connection.slotsTaken(0, 5)).toBe(1);
    daemon.reply(connectGetHostname, 1, { hostname: 'late' });
    const next = connection.call(connectGetUri, {});
    daemon.reply(connectGetUri, 2, { uri: 'u' });
    await expect(next).resolves.toEqual({ uri: 'u' });
    expect(connection.slotsTaken(0, 5)).toBe(0);
  });

  test('an abort rejects with its reason', async () => {
    const { connection } = connect();
    const controller = new AbortController();
    const call = connection.call(connectGetHostname, {}, { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
  });

  test('aborted before: nothing is sent', async () => {
    const { daemon, connection } = connect();
    await expect(connection.call(connectGetHostname, {}, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
    await sleep(5);
    expect(daemon.received).toHaveLength(0);
  });

  test('for ever is longer than any timer', async () => {
    const { daemon, connection } = connect();
    const call = connection.call(connectGetHostname, {}, { timeoutMs: Number.POSITIVE_INFINITY });
    await sleep(5);
    daemon.reply(connectGetHostname, 1, { hostname: 'h' });
    await expect(call).resolves.toEqual({ hostname: 'h' });
  });
});

describe('the end of a connection', () => {
  test('everybody who waits is told, and everybody who comes later', async () => {
    const { daemon, connection } = connect();
    const calls = [connection.call(connectGetHostname, {}), connection.call(connectGetUri, {})];
    const told = new Promise<Error>((resolve) => connection.onClosed(resolve));
    daemon.socket.destroy();
    for (const call of calls) await expect(call).rejects.toThrow(ConnectionLostError);
    await expect(told).resolves.toBeInstanceOf(ConnectionLostError);
    await expect(connection.call(connectGetUri, {})).rejects.toThrow(ConnectionLostError);
  });

  test('the daemon half-closes: that is an end too', async () => {
    const { daemon, connection } = connect();
    const call = connection.call(connectGetHostname, {});
    daemon.socket.end();
    await expect(call).rejects.toThrow(ConnectionLostError);
  });
});

describe('messages that no daemon sends close the connection', () => {
  test.each<[string, (daemon: FakeDaemon) => void]>([
    ['an unknown program', (daemon) => daemon.send({ program: 1 })],
    ['a call', (daemon) => daemon.send({ type: MESSAGE_TYPE.CALL })],
    ['a type that does not exist', (daemon) => daemon.send({ type: 99 })],
    ['a reply to no call', (daemon) => daemon.send({ serial: 17 })],
    ['a reply of another procedure', (daemon) => daemon.send({ serial: 1, procedure: 5 })],
    ['a reply with a strange status', (daemon) => daemon.send({ serial: 1, procedure: connectGetHostname.number, status: 2 })],
    ['a reply that is cut off', (daemon) => daemon.send({ serial: 1, procedure: connectGetHostname.number })],
    [
      'a reply with something behind',
      (daemon) => daemon.send({ serial: 1, procedure: connectGetHostname.number }, (w) => ['\u0001', 'x'].forEach((s) => w.string(s, 9))),
    ],
    ['an error that is cut off', (daemon) => daemon.send({ serial: 1, procedure: connectGetHostname.number, status: STATUS.ERROR })],
    ['a strange keep-alive', (daemon) => daemon.send({ program: PROGRAM.KEEPALIVE, procedure: 9, type: MESSAGE_TYPE.EVENT })],
    ['an impossible length', (daemon) => daemon.socket.write(Buffer.alloc(28))],
    ['a length beyond libvirt’s own maximum', (daemon) => daemon.socket.write(Buffer.from('0200000520008086', 'hex'))],
    ['data of a stream that never was', (daemon) => daemon.send({ type: MESSAGE_TYPE.STREAM, serial: 17, status: STATUS.CONTINUE })],
    ['a hole in a stream that never was', (daemon) => daemon.send({ type: MESSAGE_TYPE.STREAM_HOLE, serial: 17 })],
    [
      'an event that is cut off',
      (daemon) => daemon.send({ type: MESSAGE_TYPE.EVENT, procedure: DOMAIN_EVENTS.lifecycle.messageNumber }, (writer) => writer.int(1)),
    ],
    ['another version', (daemon) => daemon.socket.write(Buffer.from(`0000001c20008086${'00000009'.repeat(5)}`, 'hex'))],
  ])('%s', async (_name, send) => {
    const { daemon, connection } = connect();
    connection.handleEvent(DOMAIN_EVENTS.lifecycle.messageNumber, (reader) => void DOMAIN_EVENTS.lifecycle.read(reader));
    const call = connection.call(connectGetHostname, {});
    const closed = new Promise<Error>((resolve) => connection.onClosed(resolve));
    send(daemon);
    await expect(closed).resolves.toBeInstanceOf(ProtocolError);
    await expect(call).rejects.toThrow(ConnectionLostError);
    await expect(call).rejects.toMatchObject({ cause: expect.any(ProtocolError) as unknown });
  });
});

describe('keep-alive', () => {
  test('a ping is answered', async () => {
    const { daemon, connection } = connect();
    daemon.send({ program: PROGRAM.KEEPALIVE, procedure: KEEPALIVE_PROCEDURE.PING, type: MESSAGE_TYPE.EVENT });
    const answers = (): unknown => daemon.received.map(({ header }) => [header.program, header.procedure]);
    await eventually(() => expect(answers()).toEqual([[PROGRAM.KEEPALIVE, KEEPALIVE_PROCEDURE.PONG]]));
    expect(connection.closed).toBeUndefined();
  });

  test('silence is a lost connection', async () => {
    const { daemon, connection } = connect();
    const call = connection.call(domainGetState, { dom: DOMAIN, flags: 0 });
    connection.startKeepAlive({ intervalMs: 5, count: 2 });
    await expect(call).rejects.toThrow(/Nothing heard/);
    const pings = daemon.received.filter(({ header }) => header.program === PROGRAM.KEEPALIVE);
    expect(pings.length).toBeGreaterThanOrEqual(2);
  });

  test('answers keep it, whatever else hangs', async () => {
    const { daemon, connection } = connect();
    daemon.onMessage = ({ header }) => {
      if (header.program === PROGRAM.KEEPALIVE)
        daemon.send({ program: PROGRAM.KEEPALIVE, procedure: KEEPALIVE_PROCEDURE.PONG, type: MESSAGE_TYPE.EVENT });
    };
    connection.startKeepAlive({ intervalMs: 5, count: 2 });
    await expect(connection.call(connectSupportsFeature, { feature: 1 }, { timeoutMs: 100 })).rejects.toThrow(DeadlineError);
    expect(connection.closed).toBeUndefined();
  });
});

describe('closing', () => {
  test('with nothing under way the line is cut at once', () => {
    const { connection, socket } = connect();
    connection.close();
    expect(socket.destroyed).toBe(true);
  });

  test('callers hear of it at once; the line is cut when the daemon has answered', async () => {
    const { daemon, connection, socket } = connect();
    const calls = [connection.call(connectGetHostname, {}), connection.call(connectGetUri, {})];
    await eventually(() => expect(daemon.received).toHaveLength(2));
    connection.close();
    for (const call of calls) await expect(call).rejects.toThrow(ConnectionLostError);
    daemon.reply(connectGetHostname, 1, { hostname: 'h' });
    await sleep(20);
    expect(socket.destroyed).toBe(false);
    daemon.fail(connectGetUri, 2, { code: 1 });
    await eventually(() => expect(socket.destroyed).toBe(true));
  });

  test('a daemon that never answers, or sends what is none, is not waited for', async () => {
    for (const garbage of [undefined, Buffer.alloc(64, 0xff)]) {
      const { daemon, connection, socket } = connect();
      const call = connection.call(connectGetHostname, {});
      await eventually(() => expect(daemon.received).toHaveLength(1));
      connection.close();
      await expect(call).rejects.toThrow(ConnectionLostError);
      if (garbage !== undefined) daemon.socket.write(garbage);
      await eventually(() => expect(socket.destroyed).toBe(true));
    }
  });
});
