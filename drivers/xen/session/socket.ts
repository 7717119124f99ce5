/** Connections to members of a pool: who they are is checked as the configuration says, for calls and for streams alike. */
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { XenTls } from '../config.ts';

export interface Address {
  readonly hostname: string;
  readonly port: number;
  readonly secure: boolean;
}

export function addressOf(endpoint: string): Address {
  const { hostname, port, protocol } = new URL(endpoint);
  const secure = protocol === 'https:';
  return { hostname: hostname.replace(/^\[(.*)\]$/, '$1'), port: port === '' ? (secure ? 443 : 80) : Number(port), secure };
}

/** The same for another host of the pool: they all listen alike. `hostname` may be an IPv6 address. */
export function endpointAt(hostname: string, like: string): string {
  const url = new URL(like);
  url.hostname = hostname.includes(':') ? `[${hostname}]` : hostname;
  return url.origin;
}

type Opened = (error: Error | null, socket: Socket | null) => void;

/** Calls back once, when both ends know each other. */
export function openSocket({ hostname, port, secure }: Address, tls: XenTls | undefined, opened: Opened): Socket {
  const socket = secure ? openTls(hostname, port, tls) : connectTcp({ host: hostname, port, noDelay: true, keepAlive: true });
  const onError = (error: Error): void => opened(error, null);
  socket.once('error', onError);
  socket.once(secure ? 'secureConnect' : 'connect', () => {
    socket.off('error', onError);
    const stranger = secure ? strangerOn(socket as TLSSocket, tls?.fingerprints) : undefined;
    if (stranger === undefined) return opened(null, socket);
    socket.on('error', () => undefined);
    socket.destroy();
    opened(stranger, null);
  });
  return socket;
}

function openTls(host: string, port: number, tls: XenTls | undefined): TLSSocket {
  const { ca, fingerprints } = tls ?? {};
  const socket = connectTls({
    host,
    port,
    ...(/^[\d.]+$|:/.test(host) ? {} : { servername: host }),
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
  const found = socket.getPeerCertificate().fingerprint256;
  if (pinned.some((one) => one.toUpperCase() === found.toUpperCase())) return undefined;
  return new Error(`its certificate has the SHA-256 fingerprint ${found}, which is not one of those that are trusted`);
}
