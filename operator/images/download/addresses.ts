/**
 * Which addresses an image may be fetched from.
 *
 * The operator stands inside the cluster's network: without this, a url in an Image would reach its API server, its
 * cloud's metadata service and everything that trusts the pod network.
 */
import { BlockList, isIP } from 'node:net';
import { DriverError } from '../../../drivers/labels.ts';
import { embeddedIpv4, NEVER_SOURCES } from './special-networks.ts';

export interface AddressPolicy {
  /** Whether an image may be fetched from this IP address (no name). */
  permits(address: string): boolean;
}

/**
 * Permits what is not within `denied`, and what is within `allowed` in any case; what can never be a source stays out. An
 * IPv6 address that carries an IPv4 address must be permitted as both. Throws a `RangeError` naming the entry that is no CIDR.
 */
export function denyAddresses(denied: readonly string[], allowed: readonly string[] = []): AddressPolicy {
  const [never, inside, opened] = [blockList(NEVER_SOURCES), blockList(denied), blockList(allowed)];
  const isPermitted = (address: string, family: 'ipv4' | 'ipv6'): boolean =>
    !never.check(address, family) && (opened.check(address, family) || !inside.check(address, family));
  return {
    permits: (address) => {
      const family = isIP(address);
      if (family === 0) return false;
      if (family === 4) return isPermitted(address, 'ipv4');
      const carried = embeddedIpv4(address);
      return isPermitted(address, 'ipv6') && (carried === undefined || isPermitted(carried, 'ipv4'));
    },
  };
}

function blockList(cidrs: readonly string[]): BlockList {
  const list = new BlockList();
  for (const cidr of cidrs) addCidr(list, cidr);
  return list;
}

function addCidr(list: BlockList, cidr: string): void {
  const [network = '', prefix, ...rest] = cidr.trim().split('/');
  const family = isIP(network);
  const bits = family === 4 ? 32 : 128;
  const length = prefix === undefined ? bits : Number(prefix);
  if (family === 0 || rest.length > 0 || prefix === '' || !Number.isInteger(length) || length < 0 || length > bits) {
    throw new RangeError(`"${cidr}" is not an address range: write it like 10.0.0.0/8 or fd00::/8`);
  }
  list.addSubnet(network, length, family === 4 ? 'ipv4' : 'ipv6');
}

/** All addresses of a host, of which every single one is permitted: a name that also points inside is refused whole. */
export async function resolvePermitted(
  hostname: string,
  policy: AddressPolicy,
  resolve: (hostname: string) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const literal = hostname.replace(/^\[|\]$/g, '');
  const addresses = isIP(literal) === 0 ? await resolve(hostname) : [literal];
  const denied = addresses.find((address) => !policy.permits(address));
  if (denied !== undefined) {
    const message = `${hostname} is at ${denied}, from where images are not fetched: use another host, or have it added to images.allowedCIDRs`;
    throw new DriverError('InvalidSpec', message, { reason: 'AddressDenied' });
  }
  return addresses;
}
