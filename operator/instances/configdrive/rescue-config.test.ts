import { expect, test } from '@jest/globals';
import { guest } from './guest.testing.ts';
import { decoded, passwordProblem, rescueConfig } from './rescue-config.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const config = guest({ userData: bytes('#cloud-config\n'), vendorData: bytes('x'), files: [{ path: '/a', content: bytes('x') }] });

test('who it is and who may log in, and nothing that the instance was to do', () => {
  const bare = rescueConfig(config, undefined);
  expect(bare).toEqual({ ...config, userData: undefined, vendorData: undefined, files: [], instanceId: `${config.instanceId}-rescue` });
});

test('a password with whatever is in it goes through whole', () => {
  const password = `a"b'c: {d} #e \\n`;
  const { adminPassword, userData } = rescueConfig(config, password);
  expect(adminPassword).toBe(password);
  const [header, body = ''] = new TextDecoder().decode(userData).split('\n');
  expect([header, JSON.parse(body)]).toEqual(['#cloud-config', { password, chpasswd: { expire: false }, ssh_pwauth: true }]);
});

test.each<[string, Uint8Array, boolean]>([
  ['a word', bytes('secret'), true],
  ['with a line break at its end', bytes('secret\n'), true],
  ['spaces and umlauts', bytes(' süß '), true],
  ['nothing', bytes(''), false],
  ['a line break alone', bytes('\n'), false],
  ['two lines', bytes('a\nb'), false],
  ['a zero byte', bytes('a\0'), false],
  ['no text', new Uint8Array([0xff]), false],
])('%s', (_, content, fits) => {
  expect(passwordProblem(content, 'OpenStack') === undefined).toBe(fits);
  expect(passwordProblem(content, 'Ignition')).toContain('takes no password');
});

test('the line break that editors add is no part of it', () => {
  expect([decoded(bytes('a\n')), decoded(bytes('a\r\n')), decoded(bytes('a\n\n'))]).toEqual(['a', 'a', 'a\n']);
});
