import { describe, expect, test } from '@jest/globals';
import { InvalidArgumentError } from '../errors.ts';
import { parseUri } from './uri.ts';

const BLANK = {
  host: undefined,
  port: undefined,
  user: undefined,
  socket: undefined,
  keyFile: undefined,
  pkiPath: undefined,
  noVerify: false,
};

test.each([
  ['qemu:///system', { transport: 'unix', name: 'qemu:///system', path: '/system' }],
  ['qemu+unix:///system', { transport: 'unix', name: 'qemu:///system', path: '/system' }],
  [
    'qemu+unix:///session?socket=/run/user/0/libvirt/libvirt-sock',
    { transport: 'unix', name: 'qemu:///session', path: '/session', socket: '/run/user/0/libvirt/libvirt-sock' },
  ],
  ['test+unix:///default?socket=/a%20b', { driver: 'test', transport: 'unix', name: 'test:///default', path: '/default', socket: '/a b' }],
  ['qemu+tcp://host/system', { transport: 'tcp', name: 'qemu:///system', path: '/system', host: 'host' }],
  ['qemu+tcp://10.77.0.11:17000/system', { transport: 'tcp', name: 'qemu:///system', path: '/system', host: '10.77.0.11', port: 17_000 }],
  ['qemu+tls://[fd00::1]:16000/system', { transport: 'tls', name: 'qemu:///system', path: '/system', host: 'fd00::1', port: 16_000 }],
  ['qemu://host.example/system', { transport: 'tls', name: 'qemu:///system', path: '/system', host: 'host.example' }],
  [
    'qemu+tls://host/system?pkipath=/pki&no_verify=1',
    { transport: 'tls', name: 'qemu:///system', path: '/system', host: 'host', pkiPath: '/pki', noVerify: true },
  ],
  [
    'qemu+ssh://root@host:2222/system?socket=/s&keyfile=/k',
    { transport: 'ssh', name: 'qemu:///system', path: '/system', host: 'host', port: 2222, user: 'root', socket: '/s', keyFile: '/k' },
  ],
  ['qemu+tcp://host/system?name=qemu:///embed', { transport: 'tcp', name: 'qemu:///embed', path: '/system', host: 'host' }],
  ['xen+tcp://host', { driver: 'xen', transport: 'tcp', name: 'xen:///', path: '', host: 'host' }],
])('%s', (uri, expected) => {
  expect(parseUri(uri)).toEqual({ driver: 'qemu', ...BLANK, ...expected });
});

describe('refused', () => {
  test.each([
    ['', 'expected driver'],
    ['qemu', 'expected driver'],
    ['QEMU+unix:///system', 'expected driver'],
    ['qemu+ext:///system', 'transport ext'],
    ['qemu+unix://host/system', 'no host'],
    ['qemu+tcp:///system', 'needs a host'],
    ['qemu+tcp://user:secret@host/system', 'password'],
    ['qemu+ssh://-oProxyCommand=x/system', 'host'],
    ['qemu+ssh://%2doProxyCommand=x/system', 'host'],
    ['qemu+ssh://host;reboot/system', 'host'],
    ['qemu+tcp://host:99999/system', 'parsed'],
    ['qemu+ssh://host/system?command=/bin/sh', 'command is not supported'],
    ['qemu+ssh://host/system?netcat=evil', 'netcat is not supported'],
    ['qemu:///system#x', 'fragment'],
  ])('%s', (uri, why) => {
    expect(() => parseUri(uri)).toThrow(InvalidArgumentError);
    expect(() => parseUri(uri)).toThrow(why);
  });
});
