/** Hardware beyond the usual: what is written for libvirt, what is read back, and what a new definition leaves alone. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import type { MachineSpec } from '../../contract.ts';
import type { Hardware } from '../../hardware.ts';
import type { HostProfile } from '../host/profile.ts';
import { attribute, buildXml, child, children, parseXml } from '../xml.ts';
import { domainElement } from './build.ts';
import { carryOver } from './carry.ts';
import { viewHardware, wantedHardware } from './hardware.ts';
import { requireSupport } from './support.ts';
import { withVariablesNote } from './variables.ts';

const uid = '3d6f0b9a-6a4e-4f5e-9d5c-1c2b3a4d5e6f';
const spec: MachineSpec = {
  machineId: uid,
  name: 'web-1',
  owner: { clusterId: 'c-1', namespace: 'team-a', name: 'web-1', uid, role: 'main' },
  vcpus: 2,
  memoryBytes: 256 * 2 ** 20,
  disks: [{ role: 'root', pool: 'default', name: 'root' }],
  interfaces: [],
};
const host: HostProfile = {
  architecture: 'x86_64',
  domainType: 'qemu',
  machineType: 'pc-i440fx-7.2',
  cpu: { '@mode': 'maximum' },
  randomDevice: true,
  uefi: { machineType: 'pc-q35-7.2', secureBoot: true },
  tpmModels: ['tpm-tis', 'tpm-crb'],
  videoModels: ['none', 'vga', 'virtio'],
  cpuModes: ['maximum', 'custom'],
  cpuModels: ['EPYC'],
};
const UEFI = { type: 'UEFI', secureBoot: false } as const;
const SECURE = { type: 'UEFI', secureBoot: true } as const;
const built = (hardware: Hardware = {}) =>
  parseXml('domain', buildXml('domain', domainElement({ ...spec, ...hardware }, [{ role: 'root', path: '/root', format: 'qcow2' }], host)));
const usual = () => parseXml('domain', readFileSync(new URL('testdata/ours-inactive.xml', import.meta.url), 'utf8'));
/** As libvirt gives it back, with everything that it adds. */
const full = () => parseXml('domain', readFileSync(new URL('testdata/hardware-inactive.xml', import.meta.url), 'utf8'));

test('what nobody asks for leaves no trace', () => {
  expect(viewHardware(built())).toEqual({});
  expect(built({ devices: {} })).toEqual(built());
  expect(viewHardware(usual())).toEqual({});
});

test.each<[string, Hardware, Readonly<Record<string, string>>]>([
  [
    'a limit of random numbers',
    { devices: { rng: { mode: 'Enabled', bytesPerSecond: 2048 } } },
    { 'devices[rng]': '2048 bytes per second' },
  ],
  ['no random numbers', { devices: { rng: { mode: 'Disabled' } } }, { 'devices[rng]': 'Disabled' }],
  ['a watchdog', { devices: { watchdog: { action: 'PowerOff' } } }, { 'devices[watchdog]': 'PowerOff' }],
  ['a TPM', { devices: { tpm: { model: 'TIS' } } }, { 'devices[tpm]': 'TIS' }],
  ['serial ports', { devices: { serialPorts: 4 } }, { 'devices[serialPorts]': '4' }],
  ['a graphics card', { devices: { video: { model: 'Virtio' } } }, { 'devices[video]': 'Virtio' }],
  ['a CPU by name', { cpu: { mode: 'Custom', model: 'EPYC' } }, { 'cpu[mode]': 'Custom EPYC' }],
  ['the CPU of the host itself', { cpu: { mode: 'HostPassthrough' } }, { 'cpu[mode]': 'HostPassthrough' }],
  ['a feature', { cpu: { features: [{ name: 'vmx', policy: 'Disable' }] } }, { 'cpu[features]': 'Disable vmx' }],
  ['a topology', { cpu: { topology: { sockets: 1, cores: 2, threads: 1 } } }, { 'cpu[topology]': '1/2/1' }],
  [
    'pinning',
    { cpu: { pinning: [{ vcpu: 1, hostCpus: '4-7,9' }], emulatorHostCpus: '0' } },
    { 'cpu[pinning]': '1 on 4-7,9', 'cpu[emulatorThreads]': '0' },
  ],
  ['huge pages', { memory: { hugePageBytes: 2 ** 30, locked: true } }, { 'memory[hugePages]': 'of 1048576 KiB', 'memory[locked]': 'true' }],
  ['the usual huge pages', { memory: { hugePageBytes: 0 } }, { 'memory[hugePages]': 'of the usual size' }],
  [
    'NUMA cells',
    {
      memory: {
        numaCells: [
          { cpus: '0', memoryBytes: 2 ** 27, hostNodes: '1' },
          { cpus: '1', memoryBytes: 2 ** 27 },
        ],
      },
    },
    { 'memory[numaCells]': 'CPUs 0 with 131072 KiB of 1; CPUs 1 with 131072 KiB' },
  ],
  ['cached disks', { storage: { cache: 'WriteBack', serials: 'ByName' } }, { 'storage[cache]': 'WriteBack', 'storage[serials]': 'ByName' }],
  ['limited disks', { storage: { limits: { iops: 5, readBytesPerSecond: 9 } } }, { 'storage[limits]': 'readBytesPerSecond 9, iops 5' }],
  ['UEFI', { firmware: UEFI }, { firmware: 'UEFI' }],
  ['secure boot', { firmware: SECURE }, { firmware: 'UEFI with secure boot' }],
])('%s is read back as it was asked for', (_, hardware, expected) => {
  expect(viewHardware(built(hardware))).toEqual(expected);
  expect(wantedHardware({ ...spec, ...hardware }, {})).toEqual(expected);
});

test('libvirt gives back what it was given', () => {
  expect(viewHardware(full())).toEqual({
    firmware: 'UEFI with secure boot',
    'devices[rng]': '1024 bytes per second',
    'devices[serialPorts]': '3',
    'devices[tpm]': 'CRB',
    'devices[video]': 'Virtio',
    'devices[watchdog]': 'Reset',
  });
});

test('CPUs, memory and disks are said in the elements that libvirt has for them', () => {
  const domain = built({
    cpu: { mode: 'Custom', model: 'EPYC', pinning: [{ vcpu: 0, hostCpus: '2-3' }], emulatorHostCpus: '1' },
    memory: { hugePageBytes: 2 ** 21, locked: true, numaCells: [{ cpus: '0-1', memoryBytes: 2 ** 28, hostNodes: '0' }] },
    storage: { cache: 'DirectSync', io: 'Native', limits: { bytesPerSecond: 1000 } },
  });
  expect(child(domain, 'cpu')).toMatchObject({
    '@mode': 'custom',
    '@match': 'exact',
    model: [{ '@fallback': 'forbid', '#text': 'EPYC' }],
    numa: [{ cell: [{ '@id': '0', '@cpus': '0-1', '@memory': '262144', '@unit': 'KiB' }] }],
  });
  expect(child(domain, 'cputune')).toEqual({ vcpupin: [{ '@vcpu': '0', '@cpuset': '2-3' }], emulatorpin: [{ '@cpuset': '1' }] });
  expect(child(domain, 'numatune')).toEqual({ memnode: [{ '@cellid': '0', '@mode': 'strict', '@nodeset': '0' }] });
  expect(child(domain, 'memoryBacking')).toEqual({ hugepages: [{ page: [{ '@size': '2048', '@unit': 'KiB' }] }], locked: [''] });
  const disk = child(domain, 'devices', 'disk');
  expect(child(disk, 'driver')).toMatchObject({ '@cache': 'directsync', '@io': 'native', '@discard': 'unmap' });
  expect(disk?.['iotune']).toEqual([{ total_bytes_sec: ['1000'] }]);
});

test('a host that could not be bypassed is no difference to nobody asking for another cache', () => {
  const found = { 'storage[cache]': 'WriteThrough' };
  expect([wantedHardware(spec, found), wantedHardware({ ...spec, storage: { cache: 'None' } }, found)]).toEqual([found, found]);
  expect(wantedHardware({ ...spec, storage: { cache: 'WriteBack' } }, found)).toEqual({ 'storage[cache]': 'WriteBack' });
});

test('each serial port has its number and a file of its own; the console keeps the name it always had', () => {
  const ports = children(child(built({ devices: { serialPorts: 3 } }), 'devices'), 'serial');
  expect(ports.map((port) => [attribute(child(port, 'target'), 'port'), attribute(child(port, 'log'), 'file')])).toEqual([
    ['0', '/var/log/libvirt/qemu/web-1.console'],
    ['1', '/var/log/libvirt/qemu/web-1.console-2'],
    ['2', '/var/log/libvirt/qemu/web-1.console-3'],
  ]);
});

test('secure boot comes with keys that are enrolled, and with memory that the guest cannot reach', () => {
  const domain = built({ firmware: SECURE });
  expect(attribute(child(domain, 'os', 'type'), 'machine')).toBe('pc-q35-7.2');
  const features = children(child(domain, 'os', 'firmware'), 'feature');
  expect(features.map((one) => [attribute(one, 'name'), attribute(one, 'enabled')])).toEqual([
    ['secure-boot', 'yes'],
    ['enrolled-keys', 'yes'],
  ]);
  expect(child(domain, 'features', 'smm')).toEqual({ '@state': 'on' });
});

test.each<[string, Hardware, Partial<HostProfile>, string]>([
  ['UEFI without secure boot', { firmware: UEFI }, { uefi: { machineType: 'q', secureBoot: false } }, 'none'],
  ['no secure boot', { firmware: SECURE }, { uefi: { machineType: 'q', secureBoot: false } }, 'SecureBootUnsupported'],
  ['no TPM', { devices: { tpm: { model: 'CRB' } } }, { tpmModels: [] }, 'TPMUnsupported'],
  ['no TPM of that model', { devices: { tpm: { model: 'CRB' } } }, { tpmModels: ['tpm-tis'] }, 'TPMUnsupported'],
  ['no such card', { devices: { video: { model: 'QXL' } } }, {}, 'VideoUnsupported'],
  ['no random numbers', { devices: { rng: { mode: 'Enabled' } } }, { randomDevice: false }, 'RandomNumbersUnsupported'],
  ['no random numbers, but nobody insists', { devices: { rng: { mode: 'Disabled' } } }, { randomDevice: false }, 'none'],
  ['no such way to be a CPU', { cpu: { mode: 'HostPassthrough' } }, {}, 'CpuModeUnsupported'],
  ['no such CPU', { cpu: { mode: 'Custom', model: 'Skylake-Server' } }, {}, 'CpuModelUnsupported'],
  ['such a CPU', { cpu: { mode: 'Custom', model: 'EPYC' } }, {}, 'none'],
  ['no PC', { devices: { watchdog: { action: 'Reset' } } }, { architecture: 'aarch64' }, 'WatchdogUnsupported'],
])('a host with %s says so before anything is defined', (_, hardware, over, reason) => {
  let refusal = 'none';
  try {
    requireSupport({ ...spec, ...hardware }, { ...host, ...over });
  } catch (error) {
    refusal = (error as { readonly reason: string }).reason;
  }
  expect(refusal).toBe(reason);
});

test('a host without UEFI says what to install', () => {
  const { uefi: _, ...bare } = host;
  expect(() => requireSupport({ ...spec, firmware: UEFI }, bare)).toThrow(/no UEFI.*install.*ovmf/);
});

test('a new definition keeps the machine type, the files of the firmware and every address', () => {
  const before = full();
  const again = carryOver(built({ firmware: SECURE, devices: { tpm: { model: 'CRB' }, watchdog: { action: 'Pause' } } }), before, SECURE);
  expect(attribute(child(again, 'os', 'type'), 'machine')).toBe(attribute(child(before, 'os', 'type'), 'machine'));
  expect(child(again, 'os', 'nvram')).toEqual(child(before, 'os', 'nvram'));
  expect(child(again, 'devices', 'watchdog', 'address')).toEqual(child(before, 'devices', 'watchdog', 'address'));
  expect(attribute(child(again, 'devices', 'watchdog'), 'action')).toBe('pause');
});

test('firmware and TPM that nobody asks for stay; other devices go', () => {
  const before = full();
  const again = carryOver(built(), before);
  expect(viewHardware(again)).toEqual({ firmware: 'UEFI with secure boot', 'devices[tpm]': 'CRB' });
  expect(child(again, 'features', 'smm')).toEqual({ '@state': 'on' });
  expect(wantedHardware(spec, viewHardware(again))).toEqual(viewHardware(again));
});

test('a machine that is to have other firmware gets the hardware around it', () => {
  const moved = carryOver(built({ firmware: UEFI }), usual(), UEFI);
  expect(moved).toEqual(built({ firmware: UEFI }));
  const back = carryOver(built({ firmware: { type: 'BIOS', secureBoot: false } }), full(), { type: 'BIOS', secureBoot: false });
  expect(viewHardware(back)).toEqual({});
});

test('the variables begin anew once secure boot was switched, and until a start has seen it', () => {
  const noted = (hardware: Hardware, before = full()) =>
    JSON.stringify(withVariablesNote(built(hardware), before, hardware.firmware)['metadata']).includes('reset-variables');
  expect([noted({ firmware: SECURE }), noted({ firmware: UEFI }), noted({}), noted({ firmware: UEFI }, usual())]).toEqual([
    false,
    true,
    false,
    false,
  ]);
  const switched = withVariablesNote(built({ firmware: UEFI }), full(), UEFI);
  expect(noted({ firmware: UEFI }, parseXml('domain', buildXml('domain', switched)))).toBe(true);
});
