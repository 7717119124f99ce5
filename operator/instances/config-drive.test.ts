import { expect, test } from '@jest/globals';
import { configDrive, configDriveFiles, configHash, type GuestConfig } from './config-drive.ts';

const config: GuestConfig = {
  instanceId: 'uid-1',
  name: 'web.example',
  namespace: 'default',
  sshAuthorizedKeys: ['ssh-ed25519 AAAA me'],
  metadata: { b: '2', a: '1' },
  interfaces: [
    { name: 'eth0', mac: '02:00:00:00:00:01', subnets: [], dns: ['192.0.2.53'] },
    { name: 'eth1', mac: '02:00:00:00:00:02', subnets: ['192.0.2.0/24', '2001:db8::/64'], dns: ['192.0.2.53', '2001:db8::53'] },
  ],
};
const files = (over: Partial<GuestConfig> = {}) =>
  Object.fromEntries(configDriveFiles({ ...config, ...over }).map(({ path, content }) => [path, new TextDecoder().decode(content)]));

test('meta data', () => {
  expect(JSON.parse(files()['openstack/latest/meta_data.json'] ?? '')).toEqual({
    uuid: 'uid-1',
    name: 'web.example',
    hostname: 'web',
    project_id: 'default',
    meta: { a: '1', b: '2' },
    public_keys: { 'key-0': 'ssh-ed25519 AAAA me' },
  });
  expect(JSON.parse(files({ hostname: 'web.example.com', sshAuthorizedKeys: [] })['openstack/latest/meta_data.json'] ?? '')).toEqual({
    uuid: 'uid-1',
    name: 'web.example',
    hostname: 'web.example.com',
    project_id: 'default',
    meta: { a: '1', b: '2' },
  });
});

test('network data', () => {
  expect(JSON.parse(files()['openstack/latest/network_data.json'] ?? '')).toEqual({
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
  });
});

test('user data goes in byte by byte, and without any there is no file', () => {
  expect(files()).not.toHaveProperty(['openstack/latest/user_data']);
  const userData = new Uint8Array([0, 255, 10, 13]);
  expect(configDriveFiles({ ...config, userData }).at(-1)).toEqual({ path: 'openstack/latest/user_data', content: userData });
});

test('the same input gives the same files, hash and bytes, whatever the order of keys', () => {
  const [files, again, other] = [config, { ...config, metadata: { a: '1', b: '2' } }, { ...config, name: 'other' }].map((each) =>
    configDriveFiles(each),
  );
  if (files === undefined || again === undefined || other === undefined) throw new Error('no files');
  expect([configHash(again), configDrive(again)]).toEqual([configHash(files), configDrive(files)]);
  expect(configHash(other)).not.toBe(configHash(files));
});
