import { expect, test } from '@jest/globals';
import type { NetworkSpec } from '../../../crds/network.ts';
import { guestInterfaces, strayAddress, type AskedInterface } from './addressing.ts';

const V4 = { cidr: '192.0.2.0/24', gateway: '192.0.2.1' };
const OTHER_V4 = { cidr: '198.51.100.0/25', gateway: '198.51.100.1', routes: [{ destination: '203.0.113.0/24', gateway: '198.51.100.9' }] };
const V6 = { cidr: '2001:db8::/64', gateway: '2001:db8::1' };
const asked = (subnets: NetworkSpec['subnets'], ...addresses: readonly string[]): AskedInterface => ({
  name: 'eth0',
  mac: '02:00:00:00:00:01',
  network: { hostNetwork: 'lab', ...(subnets === undefined ? {} : { subnets }) },
  addresses,
});

/** `DHCPv4`, `SLAAC`, `192.0.2.5/24 0.0.0.0/0>192.0.2.1`. */
const shown = (...all: readonly AskedInterface[]): readonly string[] =>
  guestInterfaces(all).map(({ addressing }) =>
    addressing
      .map((one) =>
        one.kind === 'Static'
          ? [`${one.address}/${one.prefixLength}`, ...one.routes.map(({ destination, gateway }) => `${destination}>${gateway}`)].join(' ')
          : one.kind,
      )
      .join(', '),
  );

test.each<[string, AskedInterface, string]>([
  ['nothing known', asked(undefined), 'DHCPv4'],
  ['IPv4', asked([V4]), 'DHCPv4'],
  ['IPv6', asked([V6]), 'SLAAC'],
  ['both', asked([V6, V4]), 'DHCPv4, SLAAC'],
  ['an address', asked([V4], '192.0.2.5'), '192.0.2.5/24 0.0.0.0/0>192.0.2.1'],
  ['an address of one family', asked([V4, V6], '2001:db8::5'), 'DHCPv4, 2001:db8::5/64 ::/0>2001:db8::1'],
  ['two in one subnet', asked([V4], '192.0.2.5', '192.0.2.6'), '192.0.2.5/24 0.0.0.0/0>192.0.2.1, 192.0.2.6/24'],
  ['no gateway', asked([{ cidr: '192.0.2.0/24' }], '192.0.2.5'), '192.0.2.5/24'],
  ['routes', asked([OTHER_V4], '198.51.100.7'), '198.51.100.7/25 0.0.0.0/0>198.51.100.1 203.0.113.0/24>198.51.100.9'],
])('%s', (_, one, expected) => {
  expect(shown(one)).toEqual([expected]);
});

test('one default route a family: that of the first interface that has one', () => {
  expect(shown(asked([V4, V6], '192.0.2.5', '2001:db8::5'), asked([OTHER_V4], '198.51.100.7'))).toEqual([
    '192.0.2.5/24 0.0.0.0/0>192.0.2.1, 2001:db8::5/64 ::/0>2001:db8::1',
    '198.51.100.7/25 203.0.113.0/24>198.51.100.9',
  ]);
  expect(shown(asked([V4]), asked([OTHER_V4], '198.51.100.7'))).toEqual(['DHCPv4', '198.51.100.7/25 203.0.113.0/24>198.51.100.9']);
  expect(shown(asked([{ cidr: '192.0.2.0/24' }], '192.0.2.5'), asked([OTHER_V4], '198.51.100.7'))[1]).toContain('0.0.0.0/0>198.51.100.1');
});

test("MTU and name servers are the network's", () => {
  const [one] = guestInterfaces([{ ...asked([V4]), network: { hostNetwork: 'lab', mtu: 1400, dns: ['192.0.2.53'] } }]);
  expect(one).toMatchObject({ name: 'eth0', mac: '02:00:00:00:00:01', mtu: 1400, dns: ['192.0.2.53'] });
  const [smaller] = guestInterfaces([{ ...asked([V4]), mtu: 1300, network: { hostNetwork: 'lab', mtu: 1400 } }]);
  expect(smaller?.mtu).toBe(1300);
});

test.each<[AskedInterface, string | undefined]>([
  [asked([V4, V6], '192.0.2.255', '2001:db8::ffff'), undefined],
  [asked([V4], '192.0.3.1'), '192.0.3.1'],
  [asked([V4], '2001:db8::5'), '2001:db8::5'],
  [asked(undefined, '192.0.2.5'), '192.0.2.5'],
  [asked([V4], 'no address'), 'no address'],
  [asked([{ cidr: 'lab' }], '192.0.2.5'), '192.0.2.5'],
])('an address that is in no subnet is found', (one, stray) => {
  expect(strayAddress(one)).toBe(stray);
});
