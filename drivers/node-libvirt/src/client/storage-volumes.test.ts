import { expect, test } from '@jest/globals';
import { FakeDaemon } from '../../test/fake-daemon.ts';
import { Connection } from '../connection/connection.ts';
import { ProtocolError } from '../errors.ts';
import { storageVolDownload } from '../procedures/storage.ts';
import { MESSAGE_TYPE, STATUS } from '../wire/frame.ts';
import { StorageVolumes } from './storage-volumes.ts';

const VOLUME = { pool: 'p', name: 'v', key: '/p/v' };

/** Volumes of a daemon that answers every download with the same messages, then goes on as long as it is read. */
function volumesOf(messages: readonly string[]): { readonly volumes: StorageVolumes; readonly daemon: FakeDaemon } {
  const { daemon, socket } = FakeDaemon.pair();
  const connection = new Connection(socket);
  daemon.onMessage = ({ header: { type, serial } }) => {
    if (type !== MESSAGE_TYPE.CALL) return;
    daemon.reply(storageVolDownload, serial, {});
    const header = { procedure: storageVolDownload.number, type: MESSAGE_TYPE.STREAM, serial, status: STATUS.CONTINUE };
    for (const text of messages) daemon.send(header, (writer) => writer.bytes(Buffer.from(text)));
  };
  const volumes = new StorageVolumes({
    call: (procedure, args, options) => connection.call(procedure, args, options),
    openStream: (procedure, args, options) => connection.openStream(procedure, args, options),
  });
  return { volumes, daemon };
}

test.each`
  what                            | messages
  ${'a message that is too long'} | ${['12345']}
  ${'one message too many'}       | ${['12', '34', '5']}
  ${'messages without end'}       | ${Array.from({ length: 1000 }, () => 'more')}
`('a download of 4 bytes, and $what: refused, and the daemon is told to stop', async ({ messages }) => {
  const { volumes, daemon } = volumesOf(messages as string[]);
  const received: Uint8Array[] = [];
  const downloading = (async () => {
    for await (const chunk of volumes.download(VOLUME, { length: 4 })) received.push(chunk);
  })();
  await expect(downloading).rejects.toThrow(ProtocolError);
  await expect(downloading).rejects.toThrow(/storage_vol_download.*4/);
  expect(Buffer.concat(received).length).toBeLessThanOrEqual(4);
  expect(daemon.received.at(-1)?.header.status).toBe(STATUS.ERROR);
});

test('a download that ends early is what the volume has', async () => {
  const { volumes, daemon } = volumesOf(['12', '']);
  const answer = daemon.onMessage;
  daemon.onMessage = (message) => {
    answer(message);
    const { type, serial } = message.header;
    if (type !== MESSAGE_TYPE.STREAM) return;
    setImmediate(() => daemon.send({ procedure: storageVolDownload.number, type, serial, status: STATUS.OK }));
  };
  const received: Uint8Array[] = [];
  for await (const chunk of volumes.download(VOLUME, { length: 4 })) received.push(chunk);
  expect(Buffer.concat(received).toString()).toBe('12');
});
