/**
 * Networks that are not the world outside: this machine, its links, metadata services of clouds, and the forms in which
 * an IPv6 address carries an IPv4 one.
 *
 * Whoever asks a metadata service from inside is often given credentials of the machine, so each that is known is listed,
 * also those at addresses that look like any other. Sources: RFC 6890 and the IANA registries of special-purpose
 * addresses; the clouds' own documents for their metadata services.
 */

/** Never a source, whatever is configured: "this host" (Linux connects 0.0.0.0 to loopback), multicast, broadcast. */
export const NEVER_SOURCES: readonly string[] = ['0.0.0.0/8', '::/128', '224.0.0.0/4', '255.255.255.255/32', 'ff00::/8'];

/** Denied unless they are allowed by name, or nothing is denied at all. */
export const SPECIAL_NETWORKS: readonly string[] = [
  // Loopback.
  '127.0.0.0/8',
  '::1/128',
  // Links, where most clouds have their metadata service: 169.254.169.254, 169.254.170.2 (ECS), fe80::a9fe:a9fe.
  '169.254.0.0/16',
  'fe80::/10',
  'fec0::/10',
  // Metadata services elsewhere: EC2, Google, Scaleway and Oracle by IPv6; Alibaba; Azure; Oracle (in the block of RFC 6890).
  'fd00:ec2::/32',
  'fd20:ce::/32',
  'fd00:42::/32',
  'fd00:c1::/32',
  '100.100.100.200/32',
  '168.63.129.16/32',
  '192.0.0.0/24',
  // Reserved; some clusters number their pods from it.
  '240.0.0.0/4',
  // Ways to IPv4 whose target cannot be read from the address: Teredo, and NAT64 with a prefix of the network's own.
  '2001::/32',
  '64:ff9b:1::/48',
];

const parseGroups = (text: string): readonly number[] => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16)));

/** The eight groups of an IPv6 address; undefined where it is none. */
function groupsOf(address: string): readonly number[] | undefined {
  const text = `http://[${address.replace(/%.*$/, '')}]/`;
  if (!URL.canParse(text)) return undefined;
  const [left = '', right] = new URL(text).hostname.slice(1, -1).split('::');
  const [before, after] = [parseGroups(left), parseGroups(right ?? '')];
  return [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after];
}

/** The groups before an IPv4 address; one that is undefined may be any. */
const EMBEDDINGS: readonly { readonly groups: readonly (number | undefined)[]; readonly name: string }[] = [
  { name: 'compatible (RFC 4291)', groups: [0, 0, 0, 0, 0, 0] },
  { name: 'mapped (RFC 4291)', groups: [0, 0, 0, 0, 0, 0xffff] },
  { name: 'translated (RFC 2765)', groups: [0, 0, 0, 0, 0xffff, 0] },
  { name: 'NAT64 (RFC 6052)', groups: [0x64, 0xff9b, 0, 0, 0, 0] },
  { name: '6to4 (RFC 3056)', groups: [0x2002] },
  { name: 'ISATAP (RFC 5214)', groups: [undefined, undefined, undefined, undefined, 0, 0x5efe] },
  { name: 'ISATAP, globally unique', groups: [undefined, undefined, undefined, undefined, 0x200, 0x5efe] },
];

/** The IPv4 address that an IPv6 address leads to, on its own or by a gateway; undefined where it carries none. */
export function embeddedIpv4(address: string): string | undefined {
  const groups = groupsOf(address);
  // The unspecified address and loopback look like compatible ones, and are none.
  if (groups === undefined || groups.slice(0, 7).every((group) => group === 0)) return undefined;
  const form = EMBEDDINGS.find((each) => each.groups.every((group, index) => group === undefined || group === groups[index]));
  if (form === undefined) return undefined;
  const [upper = 0, lower = 0] = groups.slice(form.groups.length);
  return [upper >> 8, upper & 255, lower >> 8, lower & 255].join('.');
}
