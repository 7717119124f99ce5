import { expect, test } from '@jest/globals';
import type { GuestReport } from '../../../drivers/guest.ts';
import { guestAddresses, guestStatus } from './told.ts';

const NOW = Date.UTC(2026, 0, 1);
const names = new Map([['02:00:00:00:00:01', 'eth0']]);
const ens3 = { name: 'ens3', mac: '02:00:00:00:00:01', addresses: ['192.0.2.5', '2001:db8::5', 'fe80::1', '169.254.1.1'] };
const lo = { name: 'lo', mac: '00:00:00:00:00:00', addresses: ['127.0.0.1', '::1'] };
const down = { name: 'lo', mac: '00:00:00:00:00:00', addresses: [] };
const tunnel = { name: 'lo0', addresses: ['::1'] };
const docker = { name: 'docker0', mac: '02:42:00:00:00:01', addresses: ['172.17.0.1'] };

const told: GuestReport = {
  agentVersion: '7.2',
  hostname: 'web-1',
  os: { id: 'debian', kernel: '6.1' },
  interfaces: [lo, down, tunnel, ens3, docker],
  fileSystems: [{ mountpoint: '/', type: 'ext4', device: '/dev/vda1', sizeBytes: 8 * 2 ** 30 }],
  frozen: false,
};

test('what a guest tells, in the words of the API', () => {
  expect(guestStatus(told, names, undefined, NOW)).toEqual({
    observedAt: '2026-01-01T00:00:00.000Z',
    agentVersion: '7.2',
    hostname: 'web-1',
    os: { id: 'debian', kernel: '6.1' },
    interfaces: [
      { name: 'ens3', interfaceName: 'eth0', macAddress: '02:00:00:00:00:01', addresses: ens3.addresses },
      { name: 'docker0', macAddress: '02:42:00:00:00:01', addresses: ['172.17.0.1'] },
    ],
    fileSystems: [{ mountpoint: '/', type: 'ext4', device: '/dev/vda1', size: '8Gi' }],
  });
});

test('the same, whatever the order of its fields, is no news', () => {
  const before = guestStatus(told, names, undefined, NOW);
  const stored = Object.fromEntries(Object.entries(before).toReversed()) as typeof before;
  expect(guestStatus(told, names, stored, NOW + 60_000)).toBe(stored);
  expect(guestStatus({ ...told, hostname: 'web-2' }, names, stored, NOW + 60_000)).toMatchObject({
    observedAt: '2026-01-01T00:01:00.000Z',
  });
});

test('one that is frozen tells little: what it told before stands', () => {
  const before = guestStatus(told, names, undefined, NOW);
  expect(guestStatus({ agentVersion: '7.2', frozen: true }, names, before, NOW + 1)).toBe(before);
});

test('whatever it says fits into the API', () => {
  const long = 'x'.repeat(5_000);
  const status = guestStatus(
    {
      agentVersion: long,
      hostname: '',
      os: { name: long },
      interfaces: Array.from({ length: 99 }, () => ({ name: long, mac: long, addresses: Array.from({ length: 99 }, () => 'no address') })),
      fileSystems: Array.from({ length: 99 }, () => ({ mountpoint: long, type: long, device: long })),
    },
    names,
    undefined,
    NOW,
  );
  expect([status.agentVersion?.length, status.hostname, status.os?.name?.length]).toEqual([253, undefined, 253]);
  expect([status.interfaces?.length, status.interfaces?.[0]?.addresses, status.interfaces?.[0]?.macAddress?.length]).toEqual([32, [], 64]);
  expect([status.fileSystems?.length, status.fileSystems?.[0]?.mountpoint.length]).toEqual([64, 1024]);
});

test('addresses of the interfaces in the spec that reach further than their link', () => {
  expect(guestAddresses(told, names)).toEqual([
    { address: '192.0.2.5', interfaceName: 'eth0' },
    { address: '2001:db8::5', interfaceName: 'eth0' },
  ]);
});
