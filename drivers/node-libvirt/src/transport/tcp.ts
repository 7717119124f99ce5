/** Plain TCP: neither encrypted nor authenticated, for a network that is both by itself. */
import net from 'node:net';
import { ConnectError } from '../errors.ts';
import { bulkSocket } from './bulk.ts';
import { established } from './established.ts';

export const DEFAULT_TCP_PORT = 16_509;

export async function connectTcp(host: string, port: number, signal: AbortSignal, bulk = false): Promise<net.Socket> {
  const options = { host, port, noDelay: true, keepAlive: true };
  const socket = bulk ? bulkSocket(options) : net.connect(options);
  return established(
    socket,
    'connect',
    signal,
    (cause) => new ConnectError(`Cannot connect to ${host} port ${port}: ${cause.message}`, { cause }),
  );
}
