import { expect, test } from '@jest/globals';
import { denyAddresses, resolvePermitted } from './addresses.ts';
import { SPECIAL_NETWORKS } from './special-networks.ts';

const policy = denyAddresses(['127.0.0.0/8', '::1/128', '169.254.0.0/16', 'fe80::/10', '10.96.0.1']);

test.each([
  ['127.0.0.1', false],
  ['127.255.1.9', false],
  ['169.254.169.254', false],
  ['10.96.0.1', false],
  ['10.96.0.2', true],
  ['0.0.0.0', false],
  ['224.0.0.1', false],
  ['255.255.255.255', false],
  ['192.0.2.7', true],
  ['::1', false],
  ['::', false],
  ['fe80::1', false],
  ['fe80::1%eth0', false],
  ['::ffff:127.0.0.1', false],
  ['::ffff:a9fe:a9fe', false],
  ['64:ff9b::7f00:1', false],
  ['64:ff9b::169.254.169.254', false],
  ['64:ff9b::1', false],
  ['64:ff9b::192.0.2.7', true],
  ['2001:db8::1', true],
  ['example.org', false],
  ['', false],
])('the address "%s" is permitted: %s', (address, permitted) => {
  expect(policy.permits(address)).toBe(permitted);
});

const special = denyAddresses(SPECIAL_NETWORKS);

test.each([
  ['loopback', ['127.0.0.1', '127.1.2.3', '::1']],
  ['unspecified', ['0.0.0.0', '::']],
  ['multicast and broadcast', ['224.0.0.251', '239.1.1.1', '255.255.255.255', 'ff02::1', 'ff0e::1']],
  ['reserved', ['240.0.0.1', '192.0.0.8', 'fec0::1']],
  ['links', ['169.254.0.23', '169.254.169.254', '169.254.170.2', '169.254.255.255', 'fe80::1', 'fe80::a9fe:a9fe', 'fe80::a9fe:a9fe%eth0']],
  ['metadata by IPv6', ['fd00:ec2::254', 'fd00:ec2::23', 'FD00:0EC2:0:0:0:0:0:254', 'fd20:ce::254', 'fd00:42::42', 'fd00:c1::a9fe:a9fe']],
  ['metadata of other clouds', ['100.100.100.200', '192.0.0.192', '168.63.129.16']],
  ['IPv4-mapped', ['::ffff:169.254.169.254', '::ffff:a9fe:a9fe', '::ffff:7f00:1', '0:0:0:0:0:ffff:6464:64c8']],
  ['IPv4-compatible', ['::169.254.169.254', '::7f00:1', '::a83f:8110']],
  ['IPv4-translated', ['::ffff:0:169.254.169.254', '::ffff:0:7f00:1']],
  ['NAT64', ['64:ff9b::169.254.169.254', '64:ff9b::6464:64c8', '64:ff9b::7f00:1', '64:ff9b:1::a9fe:a9fe', '64:ff9b:1:a9fe:0:a9fe::']],
  ['6to4', ['2002:a9fe:a9fe::', '2002:a9fe:a9fe:1::2', '2002:7f00:1::1', '2002:a83f:8110::']],
  ['ISATAP', ['2001:db8::5efe:169.254.169.254', '2001:db8::200:5efe:7f00:1']],
  ['Teredo', ['2001:0:4136:e378:8000:63bf:3fff:fdd2', '2001::1']],
])('without a word from anybody, images are not fetched from %s addresses', (_, addresses) => {
  expect(addresses.filter((address) => special.permits(address))).toEqual([]);
});

test.each([
  '192.0.2.7',
  '10.0.0.5',
  '100.100.100.201',
  '168.63.129.17',
  '2001:db8::1',
  'fd00::1',
  '2002:c000:207::1',
  '64:ff9b::192.0.2.7',
])('they are from %s', (address) => {
  expect(special.permits(address)).toBe(true);
});

const opened = denyAddresses([...SPECIAL_NETWORKS, '10.0.0.0/8', 'fd00::/8'], ['10.1.0.0/16', 'fd00:1::/32', '127.0.0.1', '0.0.0.0/0']);

test.each([
  ['10.1.2.3', true],
  ['127.0.0.1', true],
  ['::ffff:127.0.0.1', true],
  ['64:ff9b::7f00:1', true],
  ['fd00:1::5', true],
  ['fd00:2::5', false],
  ['::1', false],
  ['0.0.0.0', false],
  ['224.0.0.1', false],
])('what is allowed by name is allowed again, but never what is no source: %s %s', (address, permitted) => {
  expect(opened.permits(address)).toBe(permitted);
});

test.each(['10.0.0.0/33', 'example.org/8', '10.0.0.0/', '10.0.0.0/8/8', 'fd00::/129', '', '10.0.0.0/x'])(
  '"%s" is refused as a range',
  (cidr) => {
    expect(() => denyAddresses([cidr])).toThrow(RangeError);
    expect(() => denyAddresses([], [cidr])).toThrow(RangeError);
  },
);

test.each([
  ['a name outside', 'images.test', ['192.0.2.7', '2001:db8::1'], ['192.0.2.7', '2001:db8::1']],
  ['a literal', '192.0.2.9', [], ['192.0.2.9']],
  ['an IPv6 literal of a url', '[2001:db8::1]', [], ['2001:db8::1']],
  ['a literal inside', '127.0.0.1', [], 'AddressDenied'],
  ['a name inside', 'images.test', ['127.0.0.1'], 'AddressDenied'],
  ['a name that is also inside', 'images.test', ['192.0.2.7', '169.254.169.254'], 'AddressDenied'],
])('resolving %s', async (_, host, found, expected) => {
  const outcome = await resolvePermitted(host, policy, async () => found).catch((error: unknown) => error);
  expect(outcome).toEqual(Array.isArray(expected) ? expected : expect.objectContaining({ label: 'InvalidSpec', reason: expected }));
});
