import { expect, test } from '@jest/globals';
import type { PoolConnection } from '../pool-contract.ts';
import { checkHost, originOf } from './config.ts';

const POOL: PoolConnection = { id: 'p', endpoints: ['192.0.2.1'], knownMembers: [], username: 'root', password: 'x', tls: {} };
const HOST = 'c0ffee00-1111-2222-3333-444455556666';

test.each([
  ['192.0.2.1', 'https://192.0.2.1'],
  ['xen1.example.com:8443', 'https://xen1.example.com:8443'],
  ['[2001:db8::1]', 'https://[2001:db8::1]'],
  ['[2001:db8::1]:8443', 'https://[2001:db8::1]:8443'],
])('%s is asked at %s', (endpoint, origin) => expect(originOf(endpoint)).toBe(origin));

test.each(['', 'https://192.0.2.1', 'root:secret@192.0.2.1', '192.0.2.1/', '192.0.2.1/path', '192.0.2.1?x', '192.0.2.1:x'])(
  '%j is no address',
  (endpoint) => expect(() => originOf(endpoint)).toThrow('is no address of a member'),
);

test.each([
  ['no endpoint', { endpoints: [] }, HOST],
  ['a bad known member', { knownMembers: ['https://x'] }, HOST],
  ['no password', { password: '' }, HOST],
  ['a fingerprint with colons', { tls: { fingerprints: ['AB:CD'] } }, HOST],
  ['a host that is no UUID', {}, 'xen1'],
])('%s can never work', (_what, over, hostUuid) => {
  expect(() => checkHost({ pool: { ...POOL, ...over }, hostUuid })).toThrow('cannot use this Xen pool');
});

test('what can work passes', () => {
  expect(() => checkHost({ pool: { ...POOL, tls: { fingerprints: ['a'.repeat(64)] } }, hostUuid: HOST })).not.toThrow();
});
