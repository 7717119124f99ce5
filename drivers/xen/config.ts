/** How to reach a pool and which of its hosts is meant, and what can be said about that without trying. */
import { DriverError } from '../labels.ts';

export interface XenConfig {
  /**
   * Addresses of members of the pool, `https://10.0.0.1` or with a port. Any of them: who coordinates the pool is found out, and
   * several keep a dead coordinator from locking the operator out.
   */
  readonly endpoints: readonly string[];
  readonly user: string;
  readonly password: string;
  /** Absent: the certificates must be of an authority of the system. */
  readonly tls?: XenTls;
  /** UUID of the host in its pool. */
  readonly hostId: string;
}

export interface XenTls {
  /** PEM texts of authorities. */
  readonly ca?: string;
  /** SHA-256 of the certificates that are trusted whoever signed them, as `openssl x509 -fingerprint -sha256` prints it. */
  readonly fingerprints?: readonly string[];
}

/** All that a session depends on: hosts of one pool share one. */
export type PoolConfig = Omit<XenConfig, 'hostId'>;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const FINGERPRINT = /^[0-9a-f]{2}(:[0-9a-f]{2}){31}$/i;

/** Throws `InvalidSpec`. */
export function checkConfig({ endpoints, user, password, tls, hostId }: XenConfig): void {
  if (endpoints.length === 0) throw invalid('no member of the pool is named');
  for (const endpoint of endpoints) checkEndpoint(endpoint);
  if (user === '' || password === '') throw invalid('user and password are needed');
  const bad = (tls?.fingerprints ?? []).find((one) => !FINGERPRINT.test(one));
  if (bad !== undefined) throw invalid(`${bad} is no SHA-256 fingerprint: 32 hexadecimal pairs with colons between them`);
  if (!UUID.test(hostId)) throw invalid(`${hostId} is no UUID of a host`);
}

/** Passwords go over it: in clear only where nobody listens. */
function checkEndpoint(endpoint: string): void {
  const url = URL.parse(endpoint);
  if (url === null) throw invalid(`${endpoint} is no URL: write https:// and the address of a member of the pool`);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname)))
    throw invalid(`${url.origin} must begin with https://`);
  if (url.username !== '' || url.password !== '') throw invalid(`credentials do not belong into the address of ${url.host}`);
  if (url.pathname !== '/' || url.search !== '') throw invalid(`${url.origin} must end with the address`);
}

const isLoopback = (hostname: string): boolean => hostname === 'localhost' || hostname.startsWith('127.') || hostname === '[::1]';

const invalid = (why: string): DriverError =>
  new DriverError('InvalidSpec', `cannot use this Xen host: ${why}`, { reason: 'InvalidEndpoint' });
