/**
 * What a guest is told about itself: an OpenStack config drive (label `config-2`), which cloud-init, Ignition, Afterburn
 * and cloudbase-init all read. There is no metadata service, so every machine has one.
 *
 * Pure: the same input gives the same files, so the drive's name, which carries a hash of them, says whether it is current.
 * Source: https://docs.openstack.org/nova/latest/user/metadata.html, cloud-init's `DataSourceConfigDrive`.
 */
import { createHash } from 'node:crypto';
import { writeIso9660, type IsoFile } from './configdrive/iso9660.ts';

export interface GuestConfig {
  /** What cloud-init takes for "the same instance": a change makes it configure the guest anew. */
  readonly instanceId: string;
  readonly name: string;
  readonly namespace: string;
  /** Absent: the name, up to its first dot. */
  readonly hostname?: string | undefined;
  readonly userData?: Uint8Array | undefined;
  readonly sshAuthorizedKeys: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly interfaces: readonly GuestInterface[];
}

export interface GuestInterface {
  readonly name: string;
  readonly mac: string;
  /** In CIDR form; empty: not known, the guest asks by DHCP. */
  readonly subnets: readonly string[];
  readonly dns: readonly string[];
}

export const CONFIG_DRIVE_LABEL = 'config-2';

/** The drive's content. */
export const configDrive = (files: readonly IsoFile[]): Uint8Array => writeIso9660({ volumeLabel: CONFIG_DRIVE_LABEL, files });

/** Of the files, not of the image around them: a drive that an earlier version wrote is current as long as it says the same. */
export function configHash(files: readonly IsoFile[]): string {
  const hash = createHash('sha256');
  for (const { path, content } of files) hash.update(`${path} ${content.length}\n`).update(content);
  return hash.digest('hex');
}

/** The files on the drive. */
export function configDriveFiles(config: GuestConfig): readonly IsoFile[] {
  const files = [
    json('openstack/latest/meta_data.json', metaData(config)),
    json('openstack/latest/network_data.json', networkData(config)),
  ];
  return config.userData === undefined ? files : [...files, { path: 'openstack/latest/user_data', content: config.userData }];
}

const json = (path: string, value: unknown): IsoFile => ({ path, content: new TextEncoder().encode(JSON.stringify(value)) });

function metaData({ instanceId, name, namespace, hostname, sshAuthorizedKeys, metadata }: GuestConfig): unknown {
  return {
    uuid: instanceId,
    name,
    hostname: hostname ?? name.split('.')[0],
    project_id: namespace,
    meta: sorted(metadata),
    ...(sshAuthorizedKeys.length === 0
      ? {}
      : { public_keys: Object.fromEntries(sshAuthorizedKeys.map((key, index) => [`key-${index}`, key])) }),
  };
}

function networkData({ interfaces }: GuestConfig): unknown {
  return {
    links: interfaces.map(({ name, mac }) => ({ id: name, type: 'phy', ethernet_mac_address: mac })),
    networks: interfaces.flatMap(({ name, subnets }) => familiesOf(subnets).map((type) => ({ id: `${name}-${type}`, link: name, type }))),
    services: [...new Set(interfaces.flatMap(({ dns }) => dns))].map((address) => ({ type: 'dns', address })),
  };
}

/** Addresses are given by the network itself, not by us. */
function familiesOf(subnets: readonly string[]): readonly string[] {
  if (subnets.length === 0) return ['ipv4_dhcp'];
  const v6 = subnets.some((cidr) => cidr.includes(':'));
  const v4 = subnets.some((cidr) => !cidr.includes(':'));
  return [...(v4 ? ['ipv4_dhcp'] : []), ...(v6 ? ['ipv6_slaac'] : [])];
}

const sorted = (record: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
