/**
 * How to reach the API server, and as whom. Credentials change while a program runs (token rotation, renewed client
 * certificates, exec plugins), so a connection is asked for anew all the time; the answer costs nothing while it is young.
 */
import type { Agent } from 'node:https';

export interface Connection {
  /** `https://host:port`, perhaps with a path in front of `/api`. */
  readonly server: string;
  /** PEM. */
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
  /** Authorization, impersonation. Never logged. */
  readonly headers: Readonly<Record<string, string>>;
  /** Set when a proxy leads there: KubeConfig's own, which makes a connection per request. */
  readonly proxyAgent?: Agent;
}

export interface ConnectionSource {
  /** What to use now: the same object while nothing changed. Rejects only when there was never one. */
  current(): Promise<Connection>;
  /** The server refused these credentials: reads them afresh, whatever their age, unless that has happened since. */
  renew(refused: Connection): Promise<Connection>;
}

/** A connection that never changes; for tests. */
export function fixedConnection(connection: Connection): ConnectionSource {
  return { current: () => Promise.resolve(connection), renew: () => Promise.resolve(connection) };
}

/** Whether sockets opened for `a` may serve `b`: headers do not matter, they go with each request. */
export function sameEndpoint(a: Connection, b: Connection): boolean {
  return (
    a.server === b.server &&
    sameBytes(a.ca, b.ca) &&
    sameBytes(a.cert, b.cert) &&
    sameBytes(a.key, b.key) &&
    a.servername === b.servername &&
    a.rejectUnauthorized === b.rejectUnauthorized &&
    a.proxyAgent === b.proxyAgent
  );
}

export function sameConnection(a: Connection, b: Connection): boolean {
  return sameEndpoint(a, b) && JSON.stringify(a.headers) === JSON.stringify(b.headers);
}

function sameBytes(a: string | Buffer | undefined, b: string | Buffer | undefined): boolean {
  if (a === b) return true;
  return a !== undefined && b !== undefined && Buffer.from(a).equals(Buffer.from(b));
}
