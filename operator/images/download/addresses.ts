/**
 * Which addresses an image may be fetched from.
 *
 * The operator stands inside the cluster's network: without this, a url in an Image would reach its API server, its
 * cloud's metadata service and everything that trusts the pod network.
 */
import { BlockList, isIP } from 'node:net';
import { DriverError } from '../../../drivers/labels.ts';

/** Never a source, whatever is configured: "this host" (Linux connects 0.0.0.0 to loopback), multicast, broadcast. */
const ALWAYS_DENIED: readonly string[] = ['0.0.0.0/8', '::/128', '224.0.0.0/4', '255.255.255.255/32', 'ff00::/8'];

/** Prefixes that carry an IPv4 address in their last 32 bits; a gateway may translate them. */
const TRANSLATED_PREFIX = '64:ff9b::';

export interface AddressPolicy {
  /** Whether an image may be fetched from this IP address (no name). */
  permits(address: string): boolean;
}

/** Throws a `RangeError` naming the entry that is no CIDR. An empty list permits all but what can never be a source. */
export function denyAddresses(cidrs: readonly string[]): AddressPolicy {
  const denied = new BlockList();
  for (const cidr of [...ALWAYS_DENIED, ...cidrs]) addCidr(denied, cidr);
  return {
    permits: (address) => {
      const family = isIP(address);
      if (family === 0) return false;
      if (family === 4) return !denied.check(address, 'ipv4');
      const translated = translatedIpv4(address);
      return !denied.check(address, 'ipv6') && (translated === undefined || !denied.check(translated, 'ipv4'));
    },
  };
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

/** The IPv4 address inside a NAT64 address (RFC 6052, well-known prefix); undefined for every other address. */
function translatedIpv4(address: string): string | undefined {
  const canonical = new URL(`http://[${address.replace(/%.*$/, '')}]/`).hostname.slice(1, -1);
  if (!canonical.startsWith(TRANSLATED_PREFIX)) return undefined;
  const [low = '0', high = '0'] = canonical.slice(TRANSLATED_PREFIX.length).split(':').toReversed();
  const upper = Number.parseInt(high, 16);
  const lower = Number.parseInt(low, 16) || 0;
  return [upper >> 8, upper & 255, lower >> 8, lower & 255].join('.');
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
    const message = `${hostname} is at ${denied}, from where images are not fetched: use another host, or have images.deniedCIDRs changed`;
    throw new DriverError('InvalidSpec', message, { reason: 'AddressDenied' });
  }
  return addresses;
}
