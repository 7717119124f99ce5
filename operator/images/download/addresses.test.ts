import { expect, test } from '@jest/globals';
import { denyAddresses, resolvePermitted } from './addresses.ts';

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

test.each(['10.0.0.0/33', 'example.org/8', '10.0.0.0/', '10.0.0.0/8/8', 'fd00::/129', '', '10.0.0.0/x'])(
  '"%s" is refused as a range',
  (cidr) => {
    expect(() => denyAddresses([cidr])).toThrow(RangeError);
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
