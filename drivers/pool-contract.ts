/**
 * What is told of a pool: hosts that are managed as one, through whichever of them is the master. Beside the contract of a
 * single host (contract.ts), whose rules for calls and labels hold here too.
 *
 * A pool is asked by whoever keeps its Hypervisors; it changes nothing. The hosts of one pool and the pool itself share one
 * session: it is found by `sessionKey` of their connections, which are equal in all but `knownMembers`.
 */
import { createHash } from 'node:crypto';
import type { Call, Driver } from './contract.ts';

/** How a pool is reached, and who asks. */
export interface PoolConnection {
  /** Changes when the object that describes the pool is made anew. */
  readonly id: string;
  /** Addresses or names of members, with a port where it is not 443: `192.0.2.1`, `xen1.example.com:8443`, `[2001:db8::1]`. */
  readonly endpoints: readonly string[];
  /** What members were known at last: tried after the endpoints, so that a dead master locks nobody out. Not part of the key. */
  readonly knownMembers: readonly string[];
  readonly username: string;
  readonly password: string;
  /** The certificate is verified before anything is sent. Both absent: by the usual certificate authorities. */
  readonly tls: {
    /** SHA-256 of the certificate of each member that may answer: 64 lower-case hex digits. Where it is set, nothing else is asked of the certificate. */
    readonly fingerprints?: readonly string[];
    /** PEM: who may vouch for the members. */
    readonly ca?: string;
  };
}

/** One host of a pool. */
export interface PoolHostConnection {
  readonly pool: PoolConnection;
  /** As the pool calls it: it stays the same host when names and addresses change. */
  readonly hostUuid: string;
}

/** The same for connections that are to share a session, and for no others; it tells nothing of them. */
export function sessionKey(connection: PoolConnection): string {
  return createHash('sha256')
    .update(JSON.stringify({ ...connection, knownMembers: [] }))
    .digest('hex');
}

/** What opens hosts of pools, and pools: whatever is opened with the same session key shares one session. */
export interface PoolDrivers {
  host(connection: PoolHostConnection): Driver;
  pool(connection: PoolConnection): PoolDriver;
}

export interface PoolDriver {
  /**
   * What there is, as of now. Connects where there is no connection: each endpoint, and each known member, is tried, and
   * whichever is no master leads to the one that is. Cheap while connected. Rejects with
   *
   * - `HostUnreachable`, when no member answers, or none knows a master that does;
   * - `InvalidSpec`, reason `AuthenticationFailed`, when the name or the password is refused;
   * - `InvalidSpec`, reason `CertificateRefused`, when a member shows a certificate that is not to be trusted: it is then sent nothing.
   */
  discover(call: Call): Promise<PoolFacts>;
  /** Hints that what `discover` tells has changed, or whether it can be asked; may be lost or doubled. Returns the way to stop. */
  onChange(listener: () => void): () => void;
  /** Releases the session: the last one that does ends it. */
  close(): Promise<void>;
}

/** Sizes in bytes. Lists are in no order. Texts are the pool's own: of any length, and possibly empty. */
export interface PoolFacts {
  readonly uuid: string;
  readonly name: string;
  /** UUID of the host. */
  readonly master: string;
  readonly hosts: readonly PoolHost[];
  readonly storage: readonly PoolStorage[];
  readonly networks: readonly PoolNetwork[];
  readonly highAvailability: HighAvailability;
  /** Features that the pool's licence withholds, by the names that the pool has for them: `restrict_vif_locking` and the like. */
  readonly restrictions: readonly string[];
}

export interface PoolHost {
  readonly uuid: string;
  readonly name: string;
  /** Where it is managed: what others are redirected to. */
  readonly address: string;
  /** Whether machines may be started on it. */
  readonly enabled: boolean;
  /** Whether the pool hears of it. */
  readonly live: boolean;
  readonly cpus: number;
  readonly memoryBytes: number;
  /** By name (`XCP-ng`, `Xen`), the product first: version as the host prints it. */
  readonly versions: Readonly<Record<string, string>>;
}

/** A storage repository. */
export interface PoolStorage {
  readonly uuid: string;
  readonly name: string;
  /** `nfs`, `lvmoiscsi`, `ext` ... */
  readonly type: string;
  /** What is in it: `user`, `iso`; empty: disks. */
  readonly content: string;
  readonly shared: boolean;
  readonly sizeBytes: number;
  readonly freeBytes: number;
  /** UUIDs of the hosts that it is plugged into. */
  readonly hosts: readonly string[];
}

export interface PoolNetwork {
  readonly uuid: string;
  readonly name: string;
  readonly bridge: string;
  /** Absent: untagged. */
  readonly vlan?: number;
  /** UUIDs of the hosts with a card in it; none: it is within one host. */
  readonly hosts: readonly string[];
}

export interface HighAvailability {
  readonly enabled: boolean;
  /** How many hosts may fail; 0 where it is off. */
  readonly failuresToTolerate: number;
  /** For how many failures there is a plan. */
  readonly planExistsFor: number;
  /** Whether more is protected than can be restarted. */
  readonly overcommitted: boolean;
}
