/** From a byte stream to a connection that is ready: authentication, `connect_open`, keep-alive. */
import type { Duplex } from 'node:stream';
import { authenticate } from '../auth/authenticate.ts';
import type { Login } from '../auth/credentials.ts';
import { ConnectError } from '../errors.ts';
import { connectOpen, connectSupportsFeature } from '../procedures/connect.ts';
import { Connection } from './connection.ts';
import type { KeepAliveOptions } from './keepalive.ts';

export interface OpenOptions {
  /** What the daemon is to open: `qemu:///system`. */
  readonly name: string;
  readonly readOnly: boolean;
  readonly login: Login;
  /** Undefined: none, as for a connection that carries streams and may not be read for a while. */
  readonly keepAlive: KeepAliveOptions | undefined;
}

const CONNECT_READ_ONLY = 1;
/** libvirt-internal number of "the daemon answers keep-alive messages"; asking for it makes the daemon start its own. */
const FEATURE_KEEPALIVE = 10;

/** Closes the stream when it does not work out. */
export async function openConnection(socket: Duplex, options: OpenOptions, signal: AbortSignal): Promise<Connection> {
  const connection = new Connection(socket);
  try {
    await authenticate(connection, options.login, signal);
    await connection.call(connectOpen, { name: options.name, flags: options.readOnly ? CONNECT_READ_ONLY : 0 }, { signal });
    if (options.keepAlive !== undefined) {
      const { supported } = await connection.call(connectSupportsFeature, { feature: FEATURE_KEEPALIVE }, { signal });
      if (supported === 1) connection.startKeepAlive(options.keepAlive);
    }
    return connection;
  } catch (error) {
    const reason = connection.closed;
    connection.close();
    throw reason === undefined ? error : neverOpened(reason);
  }
}

/** What ended a connection that was never of use: for the caller, a connection that did not come about. */
function neverOpened(reason: Error): ConnectError {
  if (reason instanceof ConnectError) return reason;
  return new ConnectError(`The connection ended before libvirt had opened it: ${reason.message}`, { cause: reason });
}
