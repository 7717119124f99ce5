import { expect, test } from '@jest/globals';
import type { HypervisorPool, PoolMember } from '../../crds/hypervisor-pool.ts';
import { sessionKey } from '../../drivers/pool-contract.ts';
import { poolConnectionOf, poolSecrets } from './pool-connection.ts';

const secrets = new Map([
  ['login', { username: 'root', password: 'secret' }],
  ['ca', { 'ca.crt': 'PEM' }],
  ['empty', { username: 'root' }],
]);
const member = (address: string, state: PoolMember['state'] = 'Present'): PoolMember => ({ hostUUID: address, name: 'x', state, address });
const pool = (xen: Partial<HypervisorPool['spec']['xen']> = {}, members: readonly PoolMember[] = []): HypervisorPool => ({
  apiVersion: 'hostler.dev/v1alpha1',
  kind: 'HypervisorPool',
  metadata: { name: 'lab', uid: 'u', resourceVersion: '1', generation: 1, creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: { xen: { endpoints: ['a.example.com'], credentialsSecret: { name: 'login' }, ...xen } },
  status: { members },
});

test('name and password, an authority, and fingerprints in one form', () => {
  expect(poolConnectionOf(pool(), secrets)).toEqual({
    id: 'u',
    endpoints: ['a.example.com'],
    knownMembers: [],
    username: 'root',
    password: 'secret',
    tls: {},
  });
  const trusting = pool({ tls: { caSecret: { name: 'ca' } } });
  expect([poolConnectionOf(trusting, secrets).tls, poolSecrets(trusting)]).toEqual([{ ca: 'PEM' }, ['login', 'ca']]);
  expect(poolConnectionOf(pool({ tls: { fingerprints: ['AB:01'] } }), secrets).tls).toEqual({ fingerprints: ['ab01'] });
});

test.each([
  ['a.example.com', ['192.0.2.9', '[2001:db8::9]']],
  ['a.example.com:8443', ['192.0.2.9:8443', '[2001:db8::9]:8443']],
  ['[2001:db8::1]', ['192.0.2.9', '[2001:db8::9]']],
  ['[2001:db8::1]:8443', ['192.0.2.9:8443', '[2001:db8::9]:8443']],
])('members that are known listen as %s does; those that left are not asked', (endpoint, expected) => {
  const members = [member('192.0.2.9'), member('192.0.2.10', 'Left'), member('2001:db8::9')];
  const connection = poolConnectionOf(pool({ endpoints: [endpoint] }, members), secrets);
  expect(connection.knownMembers).toEqual(expected);
  expect(sessionKey(connection)).toBe(sessionKey({ ...connection, knownMembers: [] }));
});

test('a Secret without a key can never work', () => {
  expect(() => poolConnectionOf(pool({ credentialsSecret: { name: 'empty' } }), secrets)).toThrow(
    expect.objectContaining({ label: 'InvalidSpec', reason: 'SecretKeyMissing' }),
  );
});
