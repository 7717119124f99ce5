import { expect, test } from '@jest/globals';
import type { Diagnostics } from '../../../drivers/insight.ts';
import { countersOf } from './counters.ts';

const EMPTY: Diagnostics = { memory: {}, cpus: [], disks: [], interfaces: [], raw: {} };
const AROUND = { driver: 'libvirt', power: 'Running' } as const;
const status = (over: Partial<Diagnostics>) => countersOf({ ...EMPTY, ...over }, AROUND);

test('what is counted is told, and what is not is absent', () => {
  expect(
    status({
      memory: { maximumBytes: 2 ** 40 },
      cpus: [{ id: 0, timeMs: 5 }, { id: 3 }],
      disks: [{ name: 'root', readBytes: 1 }],
      interfaces: [{ mac: '52:54:00:00:00:01', name: 'eth0', rxBytes: 7 }, { mac: '52:54:00:00:00:02' }],
      raw: { 'state.state': '1' },
    }),
  ).toEqual({
    ...AROUND,
    memory: { maximumBytes: 2 ** 40 },
    cpus: [{ id: 0, timeMs: 5 }, { id: 3 }],
    disks: [{ name: 'root', readBytes: 1 }],
    interfaces: [{ macAddress: '52:54:00:00:00:01', name: 'eth0', rxBytes: 7 }, { macAddress: '52:54:00:00:00:02' }],
    raw: { 'state.state': '1' },
  });
});

test('numbers that no number is are left out', () => {
  const disks = [{ name: 'root', readBytes: 2 ** 64, writeBytes: -1, errors: Number.NaN, readRequests: 0 }];
  expect(status({ disks }).disks).toEqual([{ name: 'root', readRequests: 0 }]);
});

const many = <T>(make: (index: number) => T): readonly T[] => Array.from({ length: 5_000 }, (_, index) => make(index));

test('a host cannot make the object grow without end', () => {
  const long = 'x'.repeat(1_000);
  const told = status({
    cpus: many((id) => ({ id })),
    disks: many(() => ({ name: long })),
    interfaces: many(() => ({ mac: long, name: '' })),
    raw: Object.fromEntries([[long, ''], ...many((index) => [`key.${index}`, long])]),
  });
  expect([told.cpus.length, told.disks.length, told.interfaces.length, Object.keys(told.raw).length]).toEqual([128, 128, 128, 1024]);
  expect([told.disks[0]?.name.length, told.interfaces[0]?.macAddress.length, told.interfaces[0]?.name]).toEqual([255, 255, '-']);
  expect(Object.entries(told.raw).every(([key, value]) => key.length <= 255 && value.length === 255)).toBe(true);
});
