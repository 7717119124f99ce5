/** What can be said about a pool's connection without trying. */
import { DriverError } from '../labels.ts';
import type { PoolConnection, PoolHostConnection } from '../pool-contract.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const FINGERPRINT = /^[0-9a-f]{64}$/;

/** Throws `InvalidSpec`. */
export function checkPool({ endpoints, knownMembers, username, password, tls }: PoolConnection): void {
  if (endpoints.length === 0) throw invalid('no member of the pool is named');
  for (const endpoint of [...endpoints, ...knownMembers]) originOf(endpoint);
  if (username === '' || password === '') throw invalid('a name and a password are needed');
  const bad = (tls.fingerprints ?? []).find((one) => !FINGERPRINT.test(one));
  if (bad !== undefined) throw invalid(`${bad} is no SHA-256 fingerprint of 64 lower-case hex digits`);
}

/** Throws `InvalidSpec`. */
export function checkHost({ pool, hostUuid }: PoolHostConnection): void {
  checkPool(pool);
  if (!UUID.test(hostUuid)) throw invalid(`${hostUuid} is no UUID of a host`);
}

/** `https://192.0.2.1`, of an endpoint as it is configured. Throws `InvalidSpec`. */
export function originOf(endpoint: string): string {
  const url = URL.parse(`https://${endpoint}`);
  const isPlain =
    url !== null && url.hostname !== '' && url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '';
  if (!isPlain || endpoint.endsWith('/'))
    throw invalid(`${JSON.stringify(endpoint)} is no address of a member: write 192.0.2.1, or xen1.example.com:8443`);
  return url.origin;
}

const invalid = (why: string): DriverError =>
  new DriverError('InvalidSpec', `cannot use this Xen pool: ${why}`, { reason: 'InvalidEndpoint' });
