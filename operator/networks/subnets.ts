/** Address ranges as numbers: whether they overlap, and which addresses of them a router or guest can have. */
import { isIP } from 'node:net';

export interface AddressRange {
  readonly family: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
}

const BITS = { 4: 32, 6: 128 } as const;

/** Undefined when it is no range such as 192.0.2.0/24 or 2001:db8::/64; bits beyond the prefix are ignored. */
export function parseRange(cidr: string): AddressRange | undefined {
  const [network = '', prefix = '', ...rest] = cidr.split('/');
  const family = isIP(network);
  if ((family !== 4 && family !== 6) || rest.length > 0 || !/^\d{1,3}$/.test(prefix) || Number(prefix) > BITS[family]) return undefined;
  const size = 1n << BigInt(BITS[family] - Number(prefix));
  const address = parseAddress(network);
  if (address === undefined) return undefined;
  const first = address - (address % size);
  return { family, first, last: first + size - 1n };
}

/** Undefined when it is no IP address. */
export function parseAddress(text: string): bigint | undefined {
  switch (isIP(text)) {
    case 4:
      return text.split('.').reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);
    case 6:
      return parseIpv6(text);
    default:
      return undefined;
  }
}

export function overlap(a: AddressRange, b: AddressRange): boolean {
  return a.family === b.family && a.first <= b.last && b.first <= a.last;
}

export function contains({ family, first, last }: AddressRange, text: string): boolean {
  const address = parseAddress(text);
  return isIP(text) === family && address !== undefined && address >= first && address <= last;
}

/** Whether it is the address of an IPv4 network itself, or its broadcast address: nobody can have it. A /31 or /32 has neither. */
export function isReserved({ family, first, last }: AddressRange, text: string): boolean {
  if (family === 6 || last - first < 2n) return false;
  const address = parseAddress(text);
  return address === first || address === last;
}

/** Through URL, which writes every IPv6 address in one way, hexadecimal groups only. */
function parseIpv6(text: string): bigint | undefined {
  if (text.includes('%')) return undefined;
  const canonical = new URL(`http://[${text}]/`).hostname.slice(1, -1);
  const [head = '', tail] = canonical.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0');
  return [...left, ...zeros, ...right].reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
}
