import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { logFileOf } from './console-log.ts';
import { diagnosticsOf } from './diagnostics.ts';

const read = (name: string): string => readFileSync(join(import.meta.dirname, '../domain/testdata', name), 'utf8');

const LIVE = `<domain type='kvm'><devices>
  <disk type='file' device='disk'><target dev='vda' bus='virtio'/><alias name='ua-disk-root'/></disk>
  <disk type='file' device='disk'><target dev='vdb' bus='virtio'/><alias name='ua-disk-ephemeral-data'/></disk>
  <disk type='file' device='disk'><target dev='vdi' bus='virtio'/><alias name='ua-volume-books'/></disk>
  <disk type='file' device='cdrom'><target dev='hda' bus='ide'/><alias name='ide0-0-0'/></disk>
  <interface type='bridge'><mac address='02:00:00:AA:BB:CC'/><target dev='vnet3'/><alias name='ua-nic-eth0'/></interface>
  <interface type='bridge'><mac address='02:00:00:aa:bb:cd'/><target dev='vnet4'/><alias name='net1'/></interface>
</devices></domain>`;

// As libvirt 9.0 gives them, of some groups.
const PARAMS = {
  'state.state': 1,
  'balloon.current': 16384,
  'balloon.maximum': 32768,
  'balloon.rss': 61232,
  'vcpu.current': 2,
  'vcpu.maximum': 4,
  'vcpu.0.state': 1,
  'vcpu.0.time': 1_820_000_000,
  'vcpu.2.state': 1,
  'vcpu.2.time': 2n ** 53n + 1n,
  'net.count': 3,
  'net.0.name': 'vnet3',
  'net.0.rx.bytes': 90,
  'net.0.rx.pkts': 1,
  'net.0.rx.errs': 0,
  'net.0.rx.drop': 0,
  'net.0.tx.bytes': 180,
  'net.0.tx.pkts': 2,
  'net.0.tx.errs': 0,
  'net.0.tx.drop': 3,
  'net.1.name': 'vnet4',
  'net.2.name': 'vnet9',
  'block.count': 4,
  'block.0.name': 'vda',
  'block.0.rd.reqs': 5,
  'block.0.rd.bytes': 2560,
  'block.0.wr.reqs': 0,
  'block.0.wr.bytes': 0,
  'block.1.name': 'vdb',
  'block.2.name': 'vdi',
  'block.3.name': 'hda',
} as const;

test('what libvirt counts, by the devices of the definition', () => {
  expect(diagnosticsOf(PARAMS, LIVE)).toEqual({
    memory: { maximumBytes: 32 * 2 ** 20, usedBytes: 16 * 2 ** 20, residentBytes: 61232 * 1024 },
    cpus: [
      { id: 0, timeMs: 1820 },
      { id: 2, timeMs: 9_007_199_255 },
    ],
    disks: [
      { name: 'root', readBytes: 2560, readRequests: 5, writeBytes: 0, writeRequests: 0 },
      { name: 'ephemeral-data' },
      { name: 'books' },
      { name: 'hda' },
    ],
    interfaces: [
      {
        mac: '02:00:00:aa:bb:cc',
        name: 'eth0',
        rxBytes: 90,
        rxPackets: 1,
        rxErrors: 0,
        rxDrops: 0,
        txBytes: 180,
        txPackets: 2,
        txErrors: 0,
        txDrops: 3,
      },
      { mac: '02:00:00:aa:bb:cd' },
    ],
    raw: Object.fromEntries(Object.entries(PARAMS).map(([name, value]) => [name, String(value)])),
  });
});

test('a machine that can tell nothing now tells nothing', () => {
  expect(diagnosticsOf({}, '<domain/>')).toEqual({ memory: {}, cpus: [], disks: [], interfaces: [], raw: {} });
});

describe('the file of what a guest prints', () => {
  test('is what the definition of the first serial port says', () => {
    expect(logFileOf(read('ours-inactive.xml'))).toBe('/var/log/libvirt/qemu/team-a-web-1-3d6f0b9a.console');
  });

  test.each([
    ['no serial port', '<domain><devices/></domain>'],
    ['none that is kept', "<domain><devices><serial type='pty'/></devices></domain>"],
    ['one that is kept elsewhere', "<domain><devices><serial type='pty'><log file='/etc/shadow'/></serial></devices></domain>"],
    ['one that leads elsewhere', "<domain><devices><serial><log file='/var/log/libvirt/qemu/../x'/></serial></devices></domain>"],
  ])('%s: is none', (_, xml) => {
    expect(logFileOf(xml)).toBeUndefined();
  });
});
