/**
 * Definitions with all hardware that can be asked for, against a real libvirt: valid by its schemas, taken by it, and read
 * back as they were asked for. Needs no hardware: nothing is started, so what this machine has not is defined all the same.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { LibvirtHost } from '../../../e2e/environment/libvirt-host.ts';
import { uuidOf } from '../../../e2e/environment/names.ts';
import { testDir } from '../../../e2e/environment/paths.ts';
import { Virsh } from '../../../e2e/environment/virsh.ts';
import type { Machine, MachineInterface, MachineSpec } from '../../contract.ts';
import type { Hardware } from '../../hardware.ts';
import { parseDomainCapabilities, type HostProfile } from '../host/profile.ts';
import { buildXml } from '../xml.ts';
import { domainElement } from './build.ts';
import { definitionPart, writeDefinition } from './definition.ts';
import { drift } from './drift.ts';
import { viewDomain } from './view.ts';

const MIB = 2 ** 20;
const uid = uuidOf('hardware');
const spec: MachineSpec = {
  machineId: uid,
  name: 'hardware',
  owner: { clusterId: 'c-1', namespace: 'team-a', name: 'web-1', uid, role: 'main' },
  vcpus: 4,
  memoryBytes: 512 * MIB,
  disks: [
    { role: 'root', pool: 'default', name: 'root' },
    { role: 'config', pool: 'default', name: 'config' },
  ],
  interfaces: [{ name: 'eth0', mac: '02:00:00:00:00:01', source: { bridge: 'br0' } }],
};

let libvirt: LibvirtHost;
let virsh: Virsh;
let profile: HostProfile;
let dir: string;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'hostler-hardware-'));
  libvirt = await LibvirtHost.start({ dir: join(testDir, 'hardware'), hostName: 'hardware', hostId: uuidOf(testDir), network: 'Own' });
  virsh = new Virsh(libvirt.uri);
  const capabilities = (...machine: readonly string[]) => virsh.run('domcapabilities', '--virttype', 'qemu', ...machine);
  profile = parseDomainCapabilities(await capabilities(), await capabilities('--machine', 'q35'));
});
afterAll(async () => {
  rmSync(dir, { recursive: true });
  await libvirt.destroy();
});

/** What libvirt makes of it, having held it against its schemas. */
async function defined(wanted: MachineSpec): Promise<string> {
  const placed = wanted.disks.map(
    ({ role, name }) => ({ role, path: `/pool/${name}`, format: role === 'config' ? 'raw' : 'qcow2' }) as const,
  );
  const file = join(dir, 'domain.xml');
  writeFileSync(file, buildXml('domain', domainElement(wanted, placed, profile)));
  await virsh.run('define', '--validate', file);
  try {
    return await virsh.run('dumpxml', '--inactive', wanted.name);
  } finally {
    await virsh.run('undefine', wanted.name, '--nvram');
  }
}

const card = (over: Partial<MachineInterface>): Partial<MachineSpec> => ({
  interfaces: spec.interfaces.map((one) => ({ ...one, ...over })),
});

const ASKED: readonly (readonly [string, Partial<MachineSpec>])[] = [
  ['nothing', {}],
  [
    'every device',
    {
      devices: {
        rng: { mode: 'Enabled', bytesPerSecond: 1024 },
        watchdog: { action: 'PowerOff' },
        tpm: { model: 'TIS' },
        serialPorts: 4,
        video: { model: 'QXL' },
      },
    },
  ],
  ['no random numbers', { devices: { rng: { mode: 'Disabled' } } }],
  ['UEFI', { firmware: { type: 'UEFI', secureBoot: false } }],
  ['secure boot', { firmware: { type: 'UEFI', secureBoot: true } }],
  ['the CPU of the host', { cpu: { mode: 'HostModel', features: [{ name: 'vmx', policy: 'Disable' }] } }],
  [
    'a CPU by name',
    {
      cpu: {
        mode: 'Custom',
        model: 'Skylake-Server',
        features: [
          { name: 'avx2', policy: 'Require' },
          { name: 'pcid', policy: 'Optional' },
        ],
      },
    },
  ],
  ['a topology', { cpu: { topology: { sockets: 1, cores: 2, threads: 2 } } }],
  [
    'pinning',
    {
      cpu: {
        pinning: [
          { vcpu: 0, hostCpus: '0-1' },
          { vcpu: 3, hostCpus: '1' },
        ],
        emulatorHostCpus: '0',
      },
    },
  ],
  ['huge pages of a size', { memory: { hugePageBytes: 2 * MIB } }],
  ['the usual huge pages, locked', { memory: { hugePageBytes: 0, locked: true } }],
  [
    'NUMA cells',
    {
      memory: {
        numaCells: [
          { cpus: '0-1', memoryBytes: 256 * MIB, hostNodes: '0' },
          { cpus: '2-3', memoryBytes: 256 * MIB },
        ],
      },
    },
  ],
  [
    'cells of huge pages on a CPU by name',
    { cpu: { mode: 'Custom', model: 'EPYC' }, memory: { hugePageBytes: 2 * MIB, numaCells: [{ cpus: '0-3', memoryBytes: 512 * MIB }] } },
  ],
  ['disks cached by the host', { storage: { cache: 'WriteBack', discard: 'Ignore', io: 'Threads', serials: 'ByName' } }],
  [
    'disks past the host',
    { storage: { cache: 'DirectSync', io: 'Native', limits: { bytesPerSecond: 10 * MIB, readIops: 100, writeIops: 50 } } },
  ],
  ['disks with limits each way', { storage: { io: 'Uring', limits: { readBytesPerSecond: MIB, writeBytesPerSecond: 2 * MIB, iops: 7 } } }],
  ['an older card', card({ model: 'e1000' })],
  ['large packets', card({ mtu: 9000 })],
  ['limits of a card', card({ bandwidth: { inBytesPerSecond: MIB, outBytesPerSecond: 2 * MIB } })],
];

const machine = (xml: string): Machine => ({
  machineId: uid,
  name: spec.name,
  power: 'Stopped',
  powerReason: 'Unknown',
  busy: false,
  persistent: true,
  vcpus: 4,
  memoryBytes: 512 * MIB,
  disks: [],
  interfaces: [],
  definition: writeDefinition({ next: definitionPart(viewDomain(xml), (path) => ({ pool: 'default', name: path.replace('/pool/', '') })) }),
});

test.each(ASKED)('%s: libvirt takes it, and gives it back', async (_, over) => {
  const wanted = { ...spec, ...over };
  const given = machine(await defined(wanted));
  expect(drift(wanted, given)).toEqual([]);
});

test.each(ASKED.slice(1).filter(([, over]) => over.firmware === undefined))(
  '%s: where nobody asks for it, it is a difference',
  async (what, over) => {
    const kept: readonly (keyof Hardware)[] = ['devices', 'cpu', 'memory', 'storage'];
    const fields = drift(spec, machine(await defined({ ...spec, ...over }))).map(({ field }) => field.replace(/\[.*/, ''));
    // What of it is usual on some host is none.
    const expected = [...kept.filter((part) => over[part] !== undefined), ...(over.interfaces === undefined ? [] : ['interfaces'])];
    expect([...new Set(fields)].sort()).toEqual(what === 'no random numbers' ? [] : expected.sort());
  },
);
