import { expect, test } from '@jest/globals';
import type { HypervisorSpec } from '../../crds/hypervisor.ts';
import { connectionKey, connectionOf, neededSecrets, type SecretData } from './connection.ts';

const tls: HypervisorSpec = {
  driver: 'libvirt',
  libvirt: { uri: 'qemu+tls://host/system', tls: { caSecret: { name: 'ca' }, clientSecret: { name: 'client' }, serverName: 'kvm7' } },
};
const secrets = (over: Record<string, SecretData> = {}) =>
  new Map(
    Object.entries({
      ca: { 'ca.crt': 'CA' },
      client: { 'tls.crt': 'CERT', 'tls.key': 'KEY' },
      ssh: { 'ssh-privatekey': 'PRIVATE', known_hosts: 'KNOWN' },
      ...over,
    }),
  );

test.each<[string, HypervisorSpec, readonly string[], object]>([
  [
    'a fake host is named as its Hypervisor',
    { driver: 'fake', fake: { socket: '/run/fake' } },
    [],
    { driver: 'fake', config: { socket: '/run/fake', host: 'h' } },
  ],
  [
    'a socket needs no secret',
    { driver: 'libvirt', libvirt: { uri: 'qemu:///system' } },
    [],
    { driver: 'libvirt', config: { uri: 'qemu:///system' } },
  ],
  [
    'tls',
    tls,
    ['ca', 'client'],
    { driver: 'libvirt', config: { uri: 'qemu+tls://host/system', tls: { ca: 'CA', cert: 'CERT', key: 'KEY', serverName: 'kvm7' } } },
  ],
  [
    'ssh',
    { driver: 'libvirt', libvirt: { uri: 'qemu+ssh://root@host/system', ssh: { secret: { name: 'ssh' } } } },
    ['ssh'],
    { driver: 'libvirt', config: { uri: 'qemu+ssh://root@host/system', ssh: { privateKey: 'PRIVATE', knownHosts: 'KNOWN' } } },
  ],
])('%s', (_, spec, needed, connection) => {
  expect(neededSecrets(spec)).toEqual(needed);
  expect(connectionOf('h', spec, secrets())).toEqual(connection);
});

test('one Secret for both is read once', () => {
  expect(
    neededSecrets({ driver: 'libvirt', libvirt: { uri: 'x', tls: { caSecret: { name: 'a' }, clientSecret: { name: 'a' } } } }),
  ).toEqual(['a']);
});

test('a missing key is named, no content is shown', () => {
  expect(() => connectionOf('h', tls, secrets({ client: { 'tls.crt': 'CERT' } }))).toThrow(
    expect.objectContaining({ label: 'InvalidSpec', reason: 'SecretKeyMissing', message: expect.stringContaining('Secret client') }),
  );
});

const key = (data: Record<string, SecretData> = {}) => connectionKey(connectionOf('h', tls, secrets(data)));

test('another credential is another connection; the same one is not; and the key shows nothing', () => {
  expect(key()).toBe(key());
  expect(key({ ca: { 'ca.crt': 'OTHER' } })).not.toBe(key());
  expect(key()).not.toContain('KEY');
});
