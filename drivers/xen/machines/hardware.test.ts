import { expect, test } from '@jest/globals';
import { bootParamsOf, hardwareText, merged, platformOf, requireSupport } from './hardware.ts';

test('flags of the platform are merged: others’ keys stay, ours change one by one', () => {
  const there = { 'their-flag': '1', acpi: '1', apic: 'true', vga: 'cirrus', secureboot: 'true' };
  const changes = merged(there, platformOf({}));
  expect(changes).toContainEqual(['vga', 'std']);
  expect(changes).toContainEqual(['secureboot', undefined]);
  expect(changes.map(([key]) => key)).not.toContain('acpi');
  expect(changes.map(([key]) => key)).not.toContain('their-flag');
});

test('what is in line is not written again', () => {
  const wanted = platformOf({ cpu: { topology: { sockets: 1, cores: 2, threads: 1 } } });
  const there = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined)) as Record<string, string>;
  expect(there['cores-per-socket']).toBe('2');
  expect(merged(there, wanted)).toEqual([]);
});

test('UEFI is a parameter of the boot, and goes with a device model of its own', () => {
  const uefi = { firmware: { type: 'UEFI', secureBoot: true } } as const;
  expect(bootParamsOf(uefi)).toEqual({ order: 'cd', firmware: 'uefi' });
  expect(platformOf(uefi)).toMatchObject({ 'device-model': 'qemu-upstream-uefi', secureboot: 'true' });
  expect(bootParamsOf({})).toEqual({ order: 'cd', firmware: 'bios' });
});

test.each([
  ['TPMUnsupported', { devices: { tpm: { model: 'CRB' } } }],
  ['WatchdogUnsupported', { devices: { watchdog: { action: 'Reset' } } }],
  ['SerialPortsUnsupported', { devices: { serialPorts: 4 } }],
  ['RandomNumbersUnsupported', { devices: { rng: { mode: 'Enabled' } } }],
  ['VideoModelUnsupported', { devices: { video: { model: 'QXL' } } }],
  ['CpuModelUnsupported', { cpu: { mode: 'HostPassthrough' } }],
  ['CpuThreadsUnsupported', { cpu: { topology: { sockets: 1, cores: 1, threads: 2 } } }],
  ['HostCpusUnsupported', { cpu: { pinning: [{ vcpu: 0, hostCpus: '1' }] } }],
  ['HugePagesUnsupported', { memory: { hugePageBytes: 0 } }],
  ['DiskLimitsUnsupported', { storage: { limits: { iops: 10 } } }],
] as const)('%s', (reason, hardware) => {
  expect(() => requireSupport(hardware)).toThrow(expect.objectContaining({ label: 'Unsupported', reason }));
});

test('the usual, a graphics card and UEFI are given', () => {
  expect(() => requireSupport({})).not.toThrow();
  expect(() => requireSupport({ firmware: { type: 'UEFI', secureBoot: true }, devices: { video: { model: 'VGA' } } })).not.toThrow();
});

test('firmware that nobody asks for stays', () => {
  expect(hardwareText({}, { firmware: 'UEFI' })).toEqual({ firmware: 'UEFI' });
  expect(hardwareText({ firmware: { type: 'BIOS', secureBoot: false } }, { firmware: 'UEFI' })).toEqual({ firmware: 'BIOS' });
});
