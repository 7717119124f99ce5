/** From what a Hypervisor says of how to reach it, and the Secrets it names, to the configuration of a driver. */
import { createHash } from 'node:crypto';
import type { HypervisorSpec } from '../../crds/hypervisor.ts';
import type { HypervisorPool } from '../../crds/hypervisor-pool.ts';
import type { Driver, DriverFactory } from '../../drivers/contract.ts';
import { type PoolDrivers, type PoolHostConnection, sessionKey } from '../../drivers/pool-contract.ts';
import { poolConnectionOf, poolMissing, poolSecrets } from './pool-connection.ts';
import { imagePoolsOf } from './pools.ts';
import { requiredKey, type SecretData } from './secret-data.ts';
import { type SshFiles, writeSshFiles } from './ssh-files.ts';

/** How to reach a libvirt host; certificates and keys as PEM texts. */
export interface LibvirtConnection {
  readonly uri: string;
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string; readonly serverName?: string };
  readonly ssh?: { readonly privateKey: string; readonly knownHosts: string };
  /** By the name of a pool of logical volumes, that of the pool of files beside it. */
  readonly imagePools?: Readonly<Record<string, string>>;
}

/** What the libvirt driver is opened with: the same, but ssh takes files. */
export interface LibvirtEndpoint extends Omit<LibvirtConnection, 'ssh'> {
  readonly ssh?: SshFiles;
}

/** What the fake driver is opened with. */
export interface FakeConnection {
  readonly socket: string;
  /** Name of the host within the fake hypervisor: that of the Hypervisor object. */
  readonly host: string;
}

export type Connection =
  | { readonly driver: 'libvirt'; readonly config: LibvirtConnection }
  | { readonly driver: 'Xen'; readonly config: PoolHostConnection }
  | { readonly driver: 'fake'; readonly config: FakeConnection };

/** The drivers there are, by `spec.driver`. Given by the wiring: nothing here depends on a driver. */
export interface DriverFactories {
  readonly libvirt: DriverFactory<LibvirtEndpoint>;
  readonly fake: DriverFactory<FakeConnection>;
  readonly xen: PoolDrivers;
}

/** Names of the Secrets, in the operator's namespace, that are needed to connect. `pool` is the one that the spec names, if there is one. */
export function neededSecrets({ libvirt }: HypervisorSpec, pool?: HypervisorPool): readonly string[] {
  if (pool !== undefined) return poolSecrets(pool);
  const names = [libvirt?.tls?.caSecret?.name, libvirt?.tls?.clientSecret?.name, libvirt?.ssh?.secret.name];
  return [...new Set(names.filter((name) => name !== undefined))];
}

/**
 * Throws `InvalidSpec`, reason `SecretKeyMissing`, when a Secret lacks a key, and `NotFound` without the pool that the spec
 * names. `secrets` holds all that are needed.
 */
export function connectionOf(
  name: string,
  spec: HypervisorSpec,
  secrets: ReadonlyMap<string, SecretData>,
  pool?: HypervisorPool,
): Connection {
  switch (spec.driver) {
    case 'Xen':
      if (pool === undefined) throw poolMissing(spec.xen?.poolName ?? '');
      return { driver: 'Xen', config: { pool: poolConnectionOf(pool, secrets), hostUuid: spec.xen?.hostUUID ?? '' } };
    case 'fake':
      return { driver: 'fake', config: { socket: spec.fake?.socket ?? '', host: name } };
    case 'libvirt':
      return { driver: 'libvirt', config: libvirtConnection(spec, secrets) };
  }
}

/** The same for the same endpoint and credentials, and for no other; it tells nothing of them. */
export function connectionKey(connection: Connection): string {
  const told = connection.driver === 'Xen' ? [connection.config.hostUuid, sessionKey(connection.config.pool)] : connection;
  return createHash('sha256').update(JSON.stringify(told)).digest('hex');
}

export function openDriver(connection: Connection, factories: DriverFactories): Driver {
  switch (connection.driver) {
    case 'fake':
      return factories.fake(connection.config);
    case 'Xen':
      return factories.xen.host(connection.config);
    case 'libvirt': {
      const { ssh, ...endpoint } = connection.config;
      return factories.libvirt({ ...endpoint, ...(ssh && { ssh: writeSshFiles(ssh) }) });
    }
  }
}

function libvirtConnection({ libvirt, pools }: HypervisorSpec, secrets: ReadonlyMap<string, SecretData>): LibvirtConnection {
  const imagePools = imagePoolsOf(pools);
  const uri = libvirt?.uri ?? '';
  const value = (secret: { readonly name: string } | undefined, key: string): string | undefined =>
    secret === undefined ? undefined : requiredKey(secrets, secret.name, key);
  const ca = value(libvirt?.tls?.caSecret, 'ca.crt');
  const cert = value(libvirt?.tls?.clientSecret, 'tls.crt');
  const key = value(libvirt?.tls?.clientSecret, 'tls.key');
  const serverName = libvirt?.tls?.serverName;
  const tls = {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(serverName !== undefined && { serverName }),
  };
  const privateKey = value(libvirt?.ssh?.secret, 'ssh-privatekey');
  const knownHosts = value(libvirt?.ssh?.secret, 'known_hosts');
  return {
    uri,
    ...(Object.keys(tls).length > 0 && { tls }),
    ...(privateKey !== undefined && knownHosts !== undefined && { ssh: { privateKey, knownHosts } }),
    ...(Object.keys(imagePools).length > 0 && { imagePools }),
  };
}
