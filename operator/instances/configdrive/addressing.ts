/** How each interface of a guest gets its addresses: static ones from the spec, the rest by DHCP and router advertisements. */
import { BlockList, isIP, isIPv4 } from 'node:net';
import type { NetworkSpec, Subnet } from '../../../crds/network.ts';
import type { Addressing, Family, GuestInterface, GuestRoute } from './guest-config.ts';

/** An interface as the spec asks for it. */
export interface AskedInterface {
  readonly name: string;
  readonly mac: string;
  readonly network: NetworkSpec;
  /** Largest packet in bytes; absent: the network's. */
  readonly mtu?: number | undefined;
  /** Absent or empty: none is static. */
  readonly addresses: readonly string[];
}

export function guestInterfaces(asked: readonly AskedInterface[]): readonly GuestInterface[] {
  const routed = new Set<Family>();
  return asked.map(({ name, mac, network, mtu, addresses }) => {
    const addressing = addressingOf(network, addresses, routed);
    for (const family of routedBy(addressing)) routed.add(family);
    return { name, mac, mtu: mtu ?? network.mtu, dns: network.dns ?? [], addressing };
  });
}

/** The first of the addresses that is in no subnet of the network; undefined: each is in one. */
export const strayAddress = ({ network, addresses }: AskedInterface): string | undefined =>
  addresses.find((address) => subnetOf(network, address) === undefined);

function addressingOf(network: NetworkSpec, addresses: readonly string[], routed: ReadonlySet<Family>): readonly Addressing[] {
  const subnets = network.subnets ?? [];
  const known = new Set(subnets.map(({ cidr }) => familyOf(cidr)));
  const told = new Set<Subnet>();
  const fixed = addresses.flatMap((address): readonly Addressing[] => {
    const subnet = subnetOf(network, address);
    if (subnet === undefined) return [];
    const family = familyOf(address);
    // The routes of a subnet are told once, though an interface may have two addresses in it.
    const routes = told.has(subnet) ? [] : routesOf(subnet, family, routed);
    told.add(subnet);
    return [{ kind: 'Static', family, address, prefixLength: prefixLength(subnet), routes }];
  });
  const isFixed = (family: Family): boolean => addresses.some((address) => familyOf(address) === family);
  const asks = (family: Family): boolean => !isFixed(family) && known.has(family);
  return [
    // Nothing is known of the network: IPv4 is what it most likely has.
    ...(asks(4) || (known.size === 0 && addresses.length === 0) ? [{ kind: 'DHCPv4' } as const] : []),
    ...fixed.filter((one) => one.kind === 'Static' && one.family === 4),
    ...(asks(6) ? [{ kind: 'SLAAC' } as const] : []),
    ...fixed.filter((one) => one.kind === 'Static' && one.family === 6),
  ];
}

/** Two default routes of one family are one too many: the first interface that has one gives it. */
function routesOf({ gateway, routes = [] }: Subnet, family: Family, routed: ReadonlySet<Family>): readonly GuestRoute[] {
  const everywhere = family === 4 ? '0.0.0.0/0' : '::/0';
  return [...(gateway === undefined || routed.has(family) ? [] : [{ destination: everywhere, gateway }]), ...routes];
}

/** Families of which an interface so addressed has a default route, or is taken to have one. */
function routedBy(addressing: readonly Addressing[]): readonly Family[] {
  return addressing.flatMap((one): readonly Family[] => {
    switch (one.kind) {
      case 'DHCPv4':
        return [4];
      case 'SLAAC':
        return [6];
      case 'Static':
        return one.routes.some(({ destination }) => destination.endsWith('/0')) ? [one.family] : [];
    }
  });
}

function subnetOf({ subnets = [] }: NetworkSpec, address: string): Subnet | undefined {
  return subnets.find((subnet) => familyOf(subnet.cidr) === familyOf(address) && contains(subnet, address));
}

function contains(subnet: Subnet, address: string): boolean {
  const type = isIPv4(address) ? 'ipv4' : 'ipv6';
  const [network = '', length = ''] = subnet.cidr.split('/');
  if (isIP(address) === 0 || isIP(network) === 0) return false;
  const range = new BlockList();
  range.addSubnet(network, Number(length), type);
  return range.check(address, type);
}

const prefixLength = ({ cidr }: Subnet): number => Number(cidr.split('/')[1]);
const familyOf = (text: string): Family => (text.includes(':') ? 6 : 4);
