/** Connections to members of a pool: who they are is checked as the configuration says, for calls and for streams alike. */
import { isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { PoolConnection } from '../../pool-contract.ts';

type Tls = PoolConnection['tls'];

export interface Address {
  readonly hostname: string;
  readonly port: number;
}

const HTTPS = 443;

/** Of an origin, `https://192.0.2.1:8443`. */
export function addressOf(endpoint: string): Address {
  const { hostname, port } = new URL(endpoint);
  return { hostname: hostname.replace(/^\[(.*)\]$/, '$1'), port: port === '' ? HTTPS : Number(port) };
}

/** The same for another host of the pool: they all listen alike. `hostname` may be an IPv6 address. */
export function endpointAt(hostname: string, like: string): string {
  const url = new URL(like);
  url.hostname = hostname.includes(':') ? `[${hostname}]` : hostname;
  return url.origin;
}

type Opened = (error: Error | null, socket: Socket | null) => void;

/** Calls back once, when both ends know each other. */
export function openSocket({ hostname, port }: Address, tls: Tls, opened: Opened): Socket {
  const socket = openTls(hostname, port, tls);
  const onError = (error: Error): void => opened(error, null);
  socket.once('error', onError);
  socket.once('secureConnect', () => {
    socket.off('error', onError);
    const stranger = strangerOn(socket, tls.fingerprints);
    if (stranger === undefined) return opened(null, socket);
    socket.on('error', () => undefined);
    socket.destroy();
    opened(stranger, null);
  });
  return socket;
}

function openTls(host: string, port: number, { ca, fingerprints }: Tls): TLSSocket {
  const socket = connectTls({
    host,
    port,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(ca !== undefined && { ca }),
    // Whoever signed it, a pinned certificate is known by itself, and looked at before a byte is sent.
    rejectUnauthorized: fingerprints === undefined || fingerprints.length === 0,
  });
  socket.setNoDelay(true);
  socket.setKeepAlive(true);
  return socket;
}

function strangerOn(socket: TLSSocket, pinned: readonly string[] | undefined): Error | undefined {
  if (pinned === undefined || pinned.length === 0) return undefined;
  const found = socket.getPeerCertificate().fingerprint256.replaceAll(':', '').toLowerCase();
  if (pinned.includes(found)) return undefined;
  return Object.assign(new Error(`its certificate has the SHA-256 fingerprint ${found}, which is not one of those that are trusted`), {
    code: 'CERT_NOT_PINNED',
  });
}
