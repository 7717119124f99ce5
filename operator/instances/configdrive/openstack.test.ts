import { expect, test } from '@jest/globals';
import type { GuestConfig } from './guest-config.ts';
import { asText, bytes, FIXED, guest } from './guest.testing.ts';
import { netmask, openStackFiles } from './openstack.ts';

const files = (over: Partial<GuestConfig> = {}) => asText(openStackFiles(guest(over), over.userData));
const parsed = (name: string, over: Partial<GuestConfig> = {}): unknown => JSON.parse(files(over)[`openstack/latest/${name}`] ?? '');

test('meta data', () => {
  const plain = { uuid: 'uid-1', name: 'web.example', hostname: 'web', project_id: 'default', meta: { a: '1', b: '2' } };
  expect(parsed('meta_data.json')).toEqual({ ...plain, public_keys: { 'key-0': 'ssh-ed25519 AAAA me' } });
  expect(parsed('meta_data.json', { sshAuthorizedKeys: [] })).toEqual(plain);
  expect(parsed('meta_data.json', { taggedDisks: [] })).not.toHaveProperty('devices');
  const devices = [{ type: 'disk', bus: 'scsi', serial: 'abc', tags: ['database'] }];
  expect(parsed('meta_data.json', { taggedDisks: [{ bus: 'scsi', serial: 'abc', tag: 'database' }] })).toMatchObject({ devices });
});

test('network data, as it was before there were static addresses', () => {
  expect(files()['openstack/latest/network_data.json']).toBe(
    JSON.stringify({
      links: [
        { id: 'eth0', type: 'phy', ethernet_mac_address: '02:00:00:00:00:01' },
        { id: 'eth1', type: 'phy', ethernet_mac_address: '02:00:00:00:00:02' },
      ],
      networks: [
        { id: 'eth0-ipv4_dhcp', link: 'eth0', type: 'ipv4_dhcp' },
        { id: 'eth1-ipv4_dhcp', link: 'eth1', type: 'ipv4_dhcp' },
        { id: 'eth1-ipv6_slaac', link: 'eth1', type: 'ipv6_slaac' },
      ],
      services: [
        { type: 'dns', address: '192.0.2.53' },
        { type: 'dns', address: '2001:db8::53' },
      ],
    }),
  );
});

test('network data of static addresses', () => {
  expect(parsed('network_data.json', { interfaces: [FIXED] })).toEqual({
    links: [{ id: '10', type: 'phy', ethernet_mac_address: '02:00:00:00:00:03', mtu: 1400 }],
    networks: [
      {
        id: '10-ipv4',
        link: '10',
        type: 'ipv4',
        ip_address: '192.0.2.5',
        netmask: '255.255.255.0',
        routes: [
          { network: '0.0.0.0', netmask: '0.0.0.0', gateway: '192.0.2.1' },
          { network: '198.51.100.0', netmask: '255.255.255.128', gateway: '192.0.2.2' },
        ],
      },
      { id: '10-ipv4-2', link: '10', type: 'ipv4', ip_address: '192.0.2.6', netmask: '255.255.255.0' },
      {
        id: '10-ipv6',
        link: '10',
        type: 'ipv6',
        ip_address: '2001:db8::5',
        netmask: 'ffff:ffff:ffff:ffff:0:0:0:0',
        routes: [{ network: '::', netmask: '0:0:0:0:0:0:0:0', gateway: '2001:db8::1' }],
      },
    ],
    services: [{ type: 'dns', address: '192.0.2.53' }],
  });
});

test.each<[4 | 6, number, string]>([
  [4, 0, '0.0.0.0'],
  [4, 19, '255.255.224.0'],
  [4, 32, '255.255.255.255'],
  [6, 20, 'ffff:f000:0:0:0:0:0:0'],
  [6, 128, 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
])('the mask of IPv%i /%i is %s', (family, length, mask) => {
  expect(netmask(family, length)).toBe(mask);
});

test('user data goes in byte by byte, and without any there is no file', () => {
  expect(files()).not.toHaveProperty(['openstack/latest/user_data']);
  const userData = new Uint8Array([0, 255, 10, 13]);
  expect(openStackFiles(guest(), userData).at(-1)).toEqual({ path: 'openstack/latest/user_data', content: userData });
});

test('vendor data is for cloud-init by name', () => {
  expect(files()).not.toHaveProperty(['openstack/latest/vendor_data.json']);
  expect(parsed('vendor_data.json', { vendorData: bytes('#cloud-config\nntp: {}\n') })).toEqual({
    'cloud-init': '#cloud-config\nntp: {}\n',
  });
});
