import { expect, test } from '@jest/globals';
import type { GuestConfig } from './guest-config.ts';
import { asText, bytes, FIXED, guest } from './guest.testing.ts';
import { networkConfig } from './network-config.ts';
import { noCloudFiles } from './nocloud.ts';

const files = (over: Partial<GuestConfig> = {}) => asText(noCloudFiles(guest(over), over.userData));

test('the two files that must be there are there, and user data is empty where there is none', () => {
  expect(Object.keys(files())).toEqual(['meta-data', 'network-config', 'user-data']);
  expect(files()['user-data']).toBe('');
  expect(JSON.parse(files()['meta-data'] ?? '')).toEqual({
    'instance-id': 'uid-1',
    'local-hostname': 'web',
    name: 'web.example',
    namespace: 'default',
    meta: { a: '1', b: '2' },
    'public-keys': ['ssh-ed25519 AAAA me'],
  });
});

test('user data and vendor data go in as they are', () => {
  const all = files({ userData: bytes('#!/bin/sh\n'), vendorData: bytes('#cloud-config\n') });
  expect([all['user-data'], all['vendor-data']]).toEqual(['#!/bin/sh\n', '#cloud-config\n']);
});

test('network config: matched by MAC, in the order of the spec, also of names that are numbers', () => {
  const text = networkConfig([...guest().interfaces, FIXED, { ...FIXED, name: '2', mac: '02:00:00:00:00:04', addressing: [] }]);
  expect(text).toBe(
    `{"version":2,"ethernets":{${[
      '"eth0":{"match":{"macaddress":"02:00:00:00:00:01"},"dhcp4":true,"nameservers":{"addresses":["192.0.2.53"]}}',
      '"eth1":{"match":{"macaddress":"02:00:00:00:00:02"},"dhcp4":true,"accept-ra":true,"nameservers":{"addresses":["192.0.2.53","2001:db8::53"]}}',
      '"10":{"match":{"macaddress":"02:00:00:00:00:03"},"dhcp4":false,"addresses":["192.0.2.5/24","192.0.2.6/24","2001:db8::5/64"],' +
        '"routes":[{"to":"0.0.0.0/0","via":"192.0.2.1"},{"to":"198.51.100.0/25","via":"192.0.2.2"},{"to":"::/0","via":"2001:db8::1"}],' +
        '"nameservers":{"addresses":["192.0.2.53"]},"mtu":1400}',
      '"2":{"match":{"macaddress":"02:00:00:00:00:04"},"dhcp4":false,"nameservers":{"addresses":["192.0.2.53"]},"mtu":1400}',
    ].join(',')}}}`,
  );
  expect(JSON.parse(text)).toMatchObject({ version: 2 });
});
