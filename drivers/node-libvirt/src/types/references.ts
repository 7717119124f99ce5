/**
 * How the protocol names things on a host: small records that go out with every call on the thing.
 *
 * They are values, not handles: nothing is held open in the daemon, and a reference may be kept or made by hand. libvirt finds
 * domains, networks and pools by their UUID alone, so the rest may be left out of what is sent.
 */
import type { Codec } from '../xdr/codec.ts';
import type { XdrReader } from '../xdr/reader.ts';
import { optional, struct } from '../xdr/codec.ts';
import { int, uuid } from '../xdr/primitives.ts';
import { string } from './strings.ts';

/** A domain (virtual machine), as the daemon reports it. */
export interface Domain {
  readonly name: string;
  /** Lower case, with dashes. */
  readonly uuid: string;
  /** Number of the run; -1 when it does not run. Changes with every start. */
  readonly id: number;
}

/** What it takes to name a domain in a call. */
export type DomainRef = { readonly uuid: string; readonly name?: string; readonly id?: number };

export interface Network {
  readonly name: string;
  readonly uuid: string;
}
export type NetworkRef = { readonly uuid: string; readonly name?: string };

export interface StoragePool {
  readonly name: string;
  readonly uuid: string;
}
export type StoragePoolRef = { readonly uuid: string; readonly name?: string };

/** Found by its key in most calls: all three belong to a reference. */
export interface StorageVolume {
  readonly pool: string;
  readonly name: string;
  /** Unique on the host; of a volume in a folder, its path. */
  readonly key: string;
}

export interface Secret {
  readonly uuid: string;
  /** One of `SecretUsageType`. */
  readonly usageType: number;
  readonly usageId: string;
}
export type SecretRef = { readonly uuid: string; readonly usageType?: number; readonly usageId?: string };

export interface NodeDevice {
  readonly name: string;
}

export interface NwFilter {
  readonly name: string;
  readonly uuid: string;
}

export interface DomainSnapshot {
  readonly name: string;
  readonly domain: Domain;
}
export type DomainSnapshotRef = { readonly name: string; readonly domain: DomainRef };

export interface DomainCheckpoint {
  readonly name: string;
  readonly domain: Domain;
}
export type DomainCheckpointRef = { readonly name: string; readonly domain: DomainRef };

/** Each thing has two codecs: `xRef` for what is sent, lenient, and `x` for what is received, complete. */
export const domainRef: Codec<DomainRef> = {
  type: 'remote_nonnull_domain',
  fields: { name: string, uuid, id: int },
  write(writer, value): void {
    string.write(writer, value.name ?? '');
    writer.uuid(value.uuid);
    writer.int(value.id ?? -1);
  },
  read: readDomain,
};
export const domain: Codec<Domain> = { ...domainRef, read: readDomain };
export const optionalDomainRef = optional('remote_domain', domainRef);
export const optionalDomain = optional('remote_domain', domain);

/** Lists of thousands pass through here: no loop over fields. */
function readDomain(reader: XdrReader): Domain {
  return { name: string.read(reader), uuid: reader.uuid(), id: reader.int() };
}

/** Things with a name and a UUID that are found by the UUID. */
function namedRef(type: string): Codec<{ readonly uuid: string; readonly name?: string }> {
  return {
    type,
    fields: { name: string, uuid },
    write(writer, value): void {
      string.write(writer, value.name ?? '');
      writer.uuid(value.uuid);
    },
    read: (reader) => ({ name: string.read(reader), uuid: reader.uuid() }),
  };
}

export const networkRef: Codec<NetworkRef> = namedRef('remote_nonnull_network');
export const network: Codec<Network> = struct('remote_nonnull_network', { name: string, uuid });
export const optionalNetworkRef = optional('remote_network', networkRef);
export const optionalNetwork = optional('remote_network', network);

export const storagePoolRef: Codec<StoragePoolRef> = namedRef('remote_nonnull_storage_pool');
export const storagePool: Codec<StoragePool> = struct('remote_nonnull_storage_pool', { name: string, uuid });
export const optionalStoragePoolRef = optional('remote_storage_pool', storagePoolRef);

export const storageVolume: Codec<StorageVolume> = struct('remote_nonnull_storage_vol', { pool: string, name: string, key: string });

export const nodeDevice: Codec<NodeDevice> = struct('remote_nonnull_node_device', { name: string });
export const optionalNodeDevice = optional('remote_node_device', nodeDevice);

export const nwFilter: Codec<NwFilter> = struct('remote_nonnull_nwfilter', { name: string, uuid });

const secretFields = { uuid, usageType: int, usageID: string };
export const secretRef: Codec<SecretRef> = {
  type: 'remote_nonnull_secret',
  fields: secretFields,
  write(writer, value): void {
    writer.uuid(value.uuid);
    writer.int(value.usageType ?? 0);
    string.write(writer, value.usageId ?? '');
  },
  read: readSecret,
};
export const secret: Codec<Secret> = { ...secretRef, read: readSecret };
export const optionalSecretRef = optional('remote_secret', secretRef);

function readSecret(reader: XdrReader): Secret {
  return { uuid: reader.uuid(), usageType: reader.int(), usageId: string.read(reader) };
}

export const snapshotRef = partOfDomainRef('remote_nonnull_domain_snapshot');
export const snapshot = partOfDomain('remote_nonnull_domain_snapshot');
export const checkpointRef = partOfDomainRef('remote_nonnull_domain_checkpoint');
export const checkpoint = partOfDomain('remote_nonnull_domain_checkpoint');

function partOfDomainRef(type: string): Codec<{ readonly name: string; readonly domain: DomainRef }> {
  return {
    type,
    fields: { name: string, dom: domainRef },
    write(writer, value): void {
      string.write(writer, value.name);
      domainRef.write(writer, value.domain);
    },
    read: readPartOfDomain,
  };
}

function partOfDomain(type: string): Codec<{ readonly name: string; readonly domain: Domain }> {
  return { ...partOfDomainRef(type), read: readPartOfDomain };
}

function readPartOfDomain(reader: XdrReader): { readonly name: string; readonly domain: Domain } {
  return { name: string.read(reader), domain: readDomain(reader) };
}
