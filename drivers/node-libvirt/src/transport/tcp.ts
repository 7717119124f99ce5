/** Plain TCP: neither encrypted nor authenticated, for a network that is both by itself. */
import net from 'node:net';
import { ConnectError } from '../errors.ts';
import { established } from './established.ts';

export const DEFAULT_TCP_PORT = 16_509;

export async function connectTcp(host: string, port: number, signal: AbortSignal): Promise<net.Socket> {
  const socket = net.connect({ host, port, noDelay: true, keepAlive: true });
  return established(
    socket,
    'connect',
    signal,
    (cause) => new ConnectError(`Cannot connect to ${host} port ${port}: ${cause.message}`, { cause }),
  );
}
