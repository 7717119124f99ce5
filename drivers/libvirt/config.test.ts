import { expect, test } from '@jest/globals';
import { DriverError } from '../labels.ts';
import { checkConfig, isUnprotected, type LibvirtConfig } from './config.ts';
import { openLibvirt } from './driver.ts';

test.each([
  'qemu:///system',
  'qemu+unix:///system?socket=/run/libvirt/libvirt-sock',
  'qemu+tcp://10.77.0.11/system',
  'qemu+tls://host.example.org:16514/system',
  'qemu+ssh://root@host.example.org/system?keyfile=/keys/id',
])('%s can be a host', (uri) => {
  expect(openLibvirt({ uri }).kind).toBe('libvirt');
});

const pem = { ca: 'ca', cert: 'cert', key: 'key' };
test.each<[LibvirtConfig, string]>([
  [{ uri: 'not a uri' }, 'not a uri'],
  [{ uri: 'xen:///system' }, 'must be qemu'],
  [{ uri: 'test:///default' }, 'must be qemu'],
  [{ uri: 'qemu:///session' }, 'must end in /system'],
  [{ uri: 'qemu+tcp://host/system?command=rm' }, 'command'],
  [{ uri: `qemu:///system?socket=/${'x'.repeat(107)}` }, 'more than 107 bytes'],
  [{ uri: 'qemu+tcp://host/system', tls: pem }, 'does not use them'],
  [{ uri: 'qemu+tls://host/system', tls: { cert: 'cert' } }, 'belong together'],
  [{ uri: 'qemu:///system', ssh: { identityFile: '/k', knownHostsFile: '/h' } }, 'does not use it'],
])('%j is InvalidSpec: %s', (config, message) => {
  let thrown: unknown;
  try {
    openLibvirt(config);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(DriverError);
  expect(thrown).toMatchObject({ label: 'InvalidSpec', message: expect.stringContaining(message) as unknown });
});

test('only plain TCP to another machine is unprotected', () => {
  const unprotected = [
    'qemu+tcp://h/system',
    'qemu+tls://h/system',
    'qemu+ssh://h/system',
    'qemu:///system',
    'qemu+tcp://127.0.0.1/system',
  ];
  expect(unprotected.filter((uri) => isUnprotected(checkConfig({ uri })))).toEqual(['qemu+tcp://h/system']);
});
