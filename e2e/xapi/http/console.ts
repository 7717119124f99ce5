/**
 * Consoles: `CONNECT /console?uuid=…&session_id=…`, and then what the console speaks. A screen is a small grey one, served as
 * RFB 3.3 without a password; a text console echoes.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { RecordOf } from '../../../drivers/xen/model/model.ts';
import type { World } from '../world/world.ts';
import { authorize, queryOf } from './authorize.ts';

const WIDTH = 64;
const HEIGHT = 48;
const NAME = 'simulated';

export function answerConsole(world: World, request: IncomingMessage, socket: Duplex): void {
  const isConsole = /^\/console(\?|$)/.test(request.url ?? '');
  const console = isConsole ? consoleOf(world, queryOf(request)) : undefined;
  if (authorize(world, request) === undefined) socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n');
  else if (console === undefined) socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n');
  else {
    socket.write('HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nCache-Control: no-cache, no-store\r\n\r\n');
    if (console.protocol === 'vt100') socket.pipe(socket);
    else serveScreen(socket);
  }
}

function consoleOf({ store }: World, query: URLSearchParams): RecordOf<'console'> | undefined {
  const ref = query.get('ref') ?? '';
  return store.find('console', ref) ?? store.find('console', store.byUuid('console', query.get('uuid') ?? '') ?? '');
}

/** The client's version, its wish to share, and then whatever it asks for: it is told once what the screen is. */
function serveScreen(socket: Duplex): void {
  let step = 0;
  socket.write('RFB 003.003\n');
  socket.on('data', (bytes: Buffer) => {
    step += 1;
    if (step === 1) socket.write(Buffer.from([0, 0, 0, 1]));
    else if (step === 2) socket.write(screenHeader());
    else if (bytes[0] === 3) socket.write(screenContent());
  });
}

function screenHeader(): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt16BE(WIDTH, 0);
  header.writeUInt16BE(HEIGHT, 2);
  // 32 bits a pixel, depth 24, little-endian, true colour, and where red, green and blue are.
  header.set([32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0], 4);
  header.writeUInt32BE(NAME.length, 20);
  return Buffer.concat([header, Buffer.from(NAME)]);
}

function screenContent(): Buffer {
  const header = Buffer.alloc(16);
  header.writeUInt16BE(1, 2);
  header.writeUInt16BE(WIDTH, 8);
  header.writeUInt16BE(HEIGHT, 10);
  return Buffer.concat([header, Buffer.alloc(WIDTH * HEIGHT * 4, 0x80)]);
}
