import { expect, test } from '@jest/globals';
import { bootHash, fixedHash } from './boot-hash.ts';
import type { InstanceSpec } from '../../crds/instance.ts';

const spec: InstanceSpec = {
  flavorName: 'tiny',
  imageName: 'demo',
  networks: [{ name: 'eth0', networkName: 'lab' }],
  metadata: { b: '2', a: '1' },
};
const size = { vcpus: 1, memoryBytes: 16_777_216 };
const hash = (over: Partial<InstanceSpec> = {}, sized = size): string => bootHash({ ...spec, ...over }, sized);

test('it never changes: a running guest would seem to need a restart', () => {
  expect(hash()).toBe('87b2194a3e03965dffff0d214b35245b');
});

test.each<[string, Partial<InstanceSpec>]>([
  ['another power state', { powerState: 'Stopped' }],
  ['another flavor of the same size', { flavorName: 'other' }],
  ['another image', { imageName: 'other' }],
  ['a policy', { restartPolicy: 'Always', deletionProtection: true }],
  ['metadata in another order', { metadata: { a: '1', b: '2' } }],
  ['no keys', { sshAuthorizedKeys: [] }],
  ['no files', { files: [] }],
  ['no addresses', { networks: [{ name: 'eth0', networkName: 'lab', addresses: [] }] }],
  ['no devices', { devices: {} }],
  ['another pool', { storage: { pool: 'fast' } }],
])('%s needs no restart', (_, over) => {
  expect(hash(over)).toBe(hash());
});

test.each<[string, Partial<InstanceSpec>]>([
  ['another network', { networks: [{ name: 'eth0', networkName: 'wan' }] }],
  [
    'one more interface',
    {
      networks: [
        { name: 'eth0', networkName: 'lab' },
        { name: 'eth1', networkName: 'lab' },
      ],
    },
  ],
  ['user data', { userData: { secretKeyRef: { name: 's', key: 'k' } } }],
  ['vendor data', { vendorData: { secretKeyRef: { name: 's', key: 'k' } } }],
  ['a file', { files: [{ path: '/a', text: 'x' }] }],
  ['an address', { networks: [{ name: 'eth0', networkName: 'lab', addresses: ['192.0.2.5'] }] }],
  ['a key', { sshAuthorizedKeys: ['ssh-ed25519 AAAA'] }],
  ['a host name', { hostname: 'x' }],
  ['metadata', { metadata: { a: '1' } }],
  ['UEFI', { firmware: { type: 'UEFI' } }],
  ['a watchdog', { devices: { watchdog: {} } }],
  ['a TPM', { devices: { tpm: {} } }],
  ['a CPU by name', { cpu: { mode: 'Custom', model: 'EPYC' } }],
  ['huge pages', { memory: { hugePages: {} } }],
  ['limits of disks', { storage: { limits: { iops: 100 } } }],
  ['an older card', { networks: [{ name: 'eth0', networkName: 'lab', model: 'e1000' }] }],
])('%s needs a restart', (_, over) => {
  expect(hash(over)).not.toBe(hash());
});

test('the hash of hardware never changes either, and says the same of what is left out and what that means', () => {
  const hardware = {
    firmware: { type: 'UEFI', secureBoot: false },
    devices: { tpm: { model: 'CRB' }, watchdog: { action: 'Reset' } },
  } as const;
  expect(hash(hardware)).toBe('703b13bd981df8b0dafb2382cffa5b60');
  expect(hash({ firmware: { type: 'UEFI' }, devices: { tpm: {}, watchdog: {} } })).toBe(hash(hardware));
});

test('another size needs a restart', () => {
  expect(hash({}, { ...size, vcpus: 2 })).not.toBe(hash());
  expect(hash({}, { ...size, memoryBytes: 1 })).not.toBe(hash());
});

const fixed = (over: Partial<InstanceSpec> = {}): string => fixedHash({ ...spec, ...over });
const eth0 = { name: 'eth0', networkName: 'lab' };

test.each<[string, Partial<InstanceSpec>]>([
  ['another flavor', { flavorName: 'other' }],
  ['no interface', { networks: [] }],
  ['one more interface', { networks: [eth0, { name: 'eth1', networkName: 'lab' }] }],
  ['another network', { networks: [{ ...eth0, networkName: 'wan' }] }],
  ['another MAC', { networks: [{ ...eth0, macAddress: '52:54:00:00:00:01' }] }],
  ['no addresses', { networks: [{ ...eth0, addresses: [] }] }],
])('%s can be met while a guest runs', (_, over) => {
  expect(fixed(over)).toBe(fixed());
});

test.each<[string, Partial<InstanceSpec>]>([
  ['addresses', { networks: [{ ...eth0, addresses: ['192.0.2.7/24'] }] }],
  ['another model', { networks: [{ ...eth0, model: 'e1000' }] }],
  ['other metadata', { metadata: { a: '2' } }],
  ['a device', { devices: { watchdog: {} } }],
])('%s cannot', (_, over) => {
  expect(fixed(over)).not.toBe(fixed());
});
