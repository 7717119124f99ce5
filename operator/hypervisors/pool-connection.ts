/** From what a HypervisorPool says of how to reach it, and the Secrets it names, to the configuration of a session. */
import type { HypervisorPool } from '../../crds/hypervisor-pool.ts';
import { DriverError } from '../../drivers/labels.ts';
import type { PoolConnection } from '../../drivers/pool-contract.ts';
import { requiredKey, type SecretData } from './secret-data.ts';

/** Names of the Secrets, in the operator's namespace, that are needed to connect. */
export function poolSecrets({ spec: { xen } }: HypervisorPool): readonly string[] {
  const names = [xen.credentialsSecret.name, xen.tls?.caSecret?.name];
  return [...new Set(names.filter((name) => name !== undefined))];
}

/**
 * Hosts of a pool and the pool itself get the same of this, but for the members that are known. Throws `InvalidSpec`, reason
 * `SecretKeyMissing`, when a Secret lacks a key. `secrets` holds all that are needed.
 */
export function poolConnectionOf({ metadata, spec, status }: HypervisorPool, secrets: ReadonlyMap<string, SecretData>): PoolConnection {
  const { endpoints, credentialsSecret, tls } = spec.xen;
  const fingerprints = tls?.fingerprints?.map((each) => each.replaceAll(':', '').toLowerCase());
  const ca = tls?.caSecret && requiredKey(secrets, tls.caSecret.name, 'ca.crt');
  const known = status?.members?.flatMap(({ address, state }) => (state === 'Present' && address !== undefined ? [address] : [])) ?? [];
  return {
    id: metadata.uid,
    endpoints,
    knownMembers: known.map((address) => endpointAt(address, endpoints[0] ?? '')),
    username: requiredKey(secrets, credentialsSecret.name, 'username'),
    password: requiredKey(secrets, credentialsSecret.name, 'password'),
    tls: { ...(fingerprints && { fingerprints }), ...(ca !== undefined && { ca }) },
  };
}

/** The pool tells addresses; all members are taken to listen at one port. */
function endpointAt(address: string, like: string): string {
  const port = /(?<=^(\[.*\]|[^:]*)):[0-9]+$/.exec(like)?.[0] ?? '';
  return `${address.includes(':') ? `[${address}]` : address}${port}`;
}

export function poolMissing(poolName: string): DriverError {
  return new DriverError('NotFound', `There is no HypervisorPool ${poolName}: it says how the host is reached`, {
    reason: 'HypervisorPoolNotFound',
  });
}
