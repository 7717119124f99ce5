/**
 * Free TCP ports on loopback. They lie below the range from which the kernel takes ports for outgoing connections, so a
 * server that is stopped for a while finds its port still free when it comes back.
 */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

const LOWEST = 20_000;
const BEYOND = 32_000;

export async function freePort(address = '127.0.0.1'): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = randomInt(LOWEST, BEYOND);
    if (await isFree(port, address)) return port;
  }
  throw new Error(`found no free TCP port between ${LOWEST} and ${BEYOND} on ${address}`);
}

function isFree(port: number, address: string): Promise<boolean> {
  return new Promise((done) => {
    const server = createServer();
    server.once('error', () => done(false));
    server.listen(port, address, () => server.close(() => done(true)));
  });
}
