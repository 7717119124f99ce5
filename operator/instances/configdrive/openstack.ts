/**
 * The drive as OpenStack lays it out (label `config-2`), which cloud-init, Ignition, Afterburn and cloudbase-init all read.
 *
 * Source: https://docs.openstack.org/nova/latest/user/metadata.html, cloud-init's `DataSourceConfigDrive`.
 */
import { isIPv4 } from 'node:net';
import { jsonFile, type Addressing, type DriveFile, type GuestConfig, type GuestInterface } from './guest-config.ts';

const FOLDER = 'openstack/latest';

/** `userData` as it is to be on the drive: files of the user's may be in it. */
export function openStackFiles(config: GuestConfig, userData: Uint8Array | undefined): readonly DriveFile[] {
  const { vendorData } = config;
  return [
    jsonFile(`${FOLDER}/meta_data.json`, metaData(config)),
    jsonFile(`${FOLDER}/network_data.json`, networkData(config)),
    ...(vendorData === undefined ? [] : [jsonFile(`${FOLDER}/vendor_data.json`, { 'cloud-init': new TextDecoder().decode(vendorData) })]),
    ...(userData === undefined ? [] : [{ path: `${FOLDER}/user_data`, content: userData }]),
  ];
}

function metaData({
  instanceId,
  name,
  namespace,
  hostname,
  adminPassword,
  sshAuthorizedKeys,
  metadata,
  taggedDisks = [],
}: GuestConfig): unknown {
  return {
    uuid: instanceId,
    name,
    hostname,
    project_id: namespace,
    meta: sorted(metadata),
    ...(taggedDisks.length === 0
      ? {}
      : { devices: taggedDisks.map(({ bus, serial, tag }) => ({ type: 'disk', bus, serial, tags: [tag] })) }),
    ...(adminPassword === undefined ? {} : { admin_pass: adminPassword }),
    ...(sshAuthorizedKeys.length === 0
      ? {}
      : { public_keys: Object.fromEntries(sshAuthorizedKeys.map((key, index) => [`key-${index}`, key])) }),
  };
}

function networkData({ interfaces }: GuestConfig): unknown {
  return {
    links: interfaces.map(({ name, mac, mtu }) => ({
      id: name,
      type: 'phy',
      ethernet_mac_address: mac,
      ...(mtu === undefined ? {} : { mtu }),
    })),
    networks: interfaces.flatMap(networksOf),
    services: [...new Set(interfaces.flatMap(({ dns }) => dns))].map((address) => ({ type: 'dns', address })),
  };
}

/** One entry an address; their ids only have to differ. */
function networksOf({ name, addressing }: GuestInterface): readonly unknown[] {
  const seen = new Map<string, number>();
  return addressing.map((one) => {
    const type = typeOf(one);
    const number = (seen.get(type) ?? 0) + 1;
    seen.set(type, number);
    return { id: `${name}-${type}${number === 1 ? '' : `-${number}`}`, link: name, type, ...staticPart(one) };
  });
}

function typeOf(addressing: Addressing): string {
  switch (addressing.kind) {
    case 'DHCPv4':
      return 'ipv4_dhcp';
    case 'SLAAC':
      return 'ipv6_slaac';
    case 'Static':
      return `ipv${addressing.family}`;
  }
}

function staticPart(addressing: Addressing): object {
  if (addressing.kind !== 'Static') return {};
  const { family, address, prefixLength, routes } = addressing;
  return {
    ip_address: address,
    netmask: netmask(family, prefixLength),
    ...(routes.length === 0
      ? {}
      : {
          routes: routes.map(({ destination, gateway }) => {
            const [network = '', length = '0'] = destination.split('/');
            return { network, netmask: netmask(isIPv4(network) ? 4 : 6, Number(length)), gateway };
          }),
        }),
  };
}

/** `255.255.255.0`, `ffff:ffff:ffff:ffff:0:0:0:0`. */
export function netmask(family: 4 | 6, prefixLength: number): string {
  const [words, width] = family === 4 ? [4, 8] : [8, 16];
  const parts = Array.from({ length: words }, (_, index) => {
    const ones = Math.min(Math.max(prefixLength - index * width, 0), width);
    return 2 ** width - 2 ** (width - ones);
  });
  return family === 4 ? parts.join('.') : parts.map((part) => part.toString(16)).join(':');
}

export const sorted = (record: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
