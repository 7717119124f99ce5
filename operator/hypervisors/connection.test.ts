import { existsSync, readFileSync, statSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import type { HypervisorSpec } from '../../crds/hypervisor.ts';
import { type Connection, connectionKey, connectionOf, type LibvirtEndpoint, neededSecrets, openDriver } from './connection.ts';
import type { SecretData } from './secret-data.ts';
import { removeSshFiles } from './ssh-files.ts';
import { noPools } from './testing/no-pools.ts';

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
  [
    'pools of files beside volume groups, by the names that the host knows them by',
    {
      driver: 'libvirt',
      libvirt: { uri: 'qemu:///system' },
      pools: { main: { pool: 'default' }, fast: { pool: 'vg0', imagePool: 'main' }, odd: { pool: 'vg1', imagePool: 'gone' } },
    },
    [],
    { driver: 'libvirt', config: { uri: 'qemu:///system', imagePools: { vg0: 'default' } } },
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

test('ssh gets its keys as files that nobody else can read, written once', () => {
  const connection: Connection = {
    driver: 'libvirt',
    config: { uri: 'qemu+ssh://h/system', ssh: { privateKey: 'PRIVATE', knownHosts: 'KNOWN' } },
  };
  const endpoints: LibvirtEndpoint[] = [];
  const libvirt = (endpoint: LibvirtEndpoint): never => {
    endpoints.push(endpoint);
    throw new Error('opened');
  };
  for (let times = 0; times < 2; times += 1) {
    expect(() => openDriver(connection, { libvirt, fake: libvirt as never, xen: noPools })).toThrow('opened');
  }
  const [first, second] = endpoints;
  expect(first).toEqual(second);
  const { identityFile = '', knownHostsFile = '' } = first?.ssh ?? {};
  expect([readFileSync(identityFile, 'utf8'), readFileSync(knownHostsFile, 'utf8')]).toEqual(['PRIVATE\n', 'KNOWN\n']);
  expect(statSync(identityFile).mode & 0o777).toBe(0o600);
  removeSshFiles();
  expect(existsSync(identityFile)).toBe(false);
});
