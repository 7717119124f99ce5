/** Definitions, held against what a real libvirt (9.0) made of them: recorded in the lab from what build.ts had built. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import type { Machine, MachineSpec } from '../../contract.ts';
import { buildXml, child, children, parseXml, attribute } from '../xml.ts';
import { domainElement, type PlacedDisk } from './build.ts';
import { carryOver } from './carry.ts';
import { definitionPart, writeDefinition, type Definition } from './definition.ts';
import { drift } from './drift.ts';
import { diskKeys } from './names.ts';
import { viewDomain } from './view.ts';

const recorded = (name: string): string => readFileSync(new URL(`testdata/${name}.xml`, import.meta.url), 'utf8');
const uid = '3d6f0b9a-6a4e-4f5e-9d5c-1c2b3a4d5e6f';
const spec: MachineSpec = {
  machineId: uid,
  name: 'team-a-web-1-3d6f0b9a',
  owner: { clusterId: 'c-1', namespace: 'team-a', name: 'web-1', uid, role: 'main', operation: 'Build' },
  vcpus: 1,
  memoryBytes: 16 * 2 ** 20,
  disks: [
    { role: 'root', pool: 'default', name: 'ov1' },
    { role: 'config', pool: 'default', name: 'base1' },
  ],
  interfaces: [
    { name: 'eth0', mac: '02:00:00:AA:bb:cc', source: { bridge: 'br0' } },
    { name: 'eth1', mac: '02:00:00:aa:bb:cd', source: { network: 'lab' } },
  ],
};
const placed: readonly PlacedDisk[] = [
  { role: 'root', path: '/var/lib/libvirt/images/ov1', format: 'qcow2' },
  { role: 'config', path: '/var/lib/libvirt/images/base1', format: 'raw' },
];
const host = {
  architecture: 'x86_64',
  domainType: 'qemu',
  machineType: 'pc-i440fx-9.9',
  cpu: { '@mode': 'maximum' },
  randomDevice: true,
  uefi: { machineType: 'pc-q35-9.9', secureBoot: true },
  tpmModels: ['tpm-tis', 'tpm-crb'],
  videoModels: ['none', 'vga', 'virtio'],
  cpuModes: ['maximum', 'custom'],
  cpuModels: ['EPYC'],
} as const;
const built = (over: Partial<MachineSpec> = {}): string => buildXml('domain', domainElement({ ...spec, ...over }, placed, host));

const diskAt = (path: string) => ({ pool: 'default', name: path.replace('/var/lib/libvirt/images/', '') });
const part = (xml: string) => definitionPart(viewDomain(xml), diskAt);
const machine = (definition: Definition): Machine => ({
  machineId: uid,
  name: spec.name,
  power: 'Running',
  powerReason: 'Booted',
  busy: false,
  persistent: true,
  vcpus: 1,
  memoryBytes: 1,
  disks: [],
  interfaces: [],
  definition: writeDefinition(definition),
});
const off = (xml = recorded('ours-inactive')): Machine => machine({ next: part(xml) });
const running = (): Machine => machine({ next: part(recorded('ours-inactive')), live: part(recorded('ours-live')) });

test('what ends a guest, what is done on a panic, and the file of its console are said in full', () => {
  const domain = parseXml('domain', built());
  expect(domain).toMatchObject({ on_poweroff: ['destroy'], on_reboot: ['restart'], on_crash: ['destroy'] });
  expect(child(domain, 'devices', 'panic')).toEqual({ '@model': 'isa' });
  expect(child(domain, 'devices', 'serial', 'log')).toEqual({
    '@file': '/var/log/libvirt/qemu/team-a-web-1-3d6f0b9a.console',
    '@append': 'on',
  });
  expect(child(domain, 'devices', 'controller')).toEqual({ '@type': 'usb', '@model': 'none' });
});

test.each(['../../etc/cron.d/x', 'a/b', `x' y="z"><script>`, 'päth'])(
  'a name like %j neither leads out of the log folder nor into the XML',
  (name) => {
    const domain = parseXml('domain', built({ name }));
    expect(Object.keys(domain).sort()).toEqual(Object.keys(parseXml('domain', built())).sort());
    expect(attribute(child(domain, 'devices', 'serial', 'log'), 'file')).toMatch(/^\/var\/log\/libvirt\/qemu\/[\w.+-]+\.console$/);
  },
);

test.each([
  ['pc-i440fx-9.9', 'hda', 'ide'],
  ['pc-q35-9.9', 'sda', 'sata'],
  ['virt-9.9', 'sda', 'scsi'],
])('a config drive that is a CD-ROM, on a %s', (machineType, dev, bus) => {
  const disks = placed.map((disk) => (disk.role === 'config' ? ({ ...disk, device: 'CDROM' } as const) : disk));
  const xml = buildXml('domain', domainElement(spec, disks, { ...host, machineType }));
  const [root, config] = children(child(parseXml('domain', xml), 'devices'), 'disk');
  expect([attribute(root, 'device'), child(root, 'target')]).toEqual(['disk', { '@dev': 'vda', '@bus': 'virtio' }]);
  expect([attribute(config, 'device'), child(config, 'target'), child(config, 'readonly')]).toEqual([
    'cdrom',
    { '@dev': dev, '@bus': bus },
    { '#text': '' },
  ]);
  expect(part(xml).disks).toEqual([spec.disks[0], { ...spec.disks[1], device: 'CDROM' }]);
});

test('other architectures go without what only x86 has', () => {
  const arm = domainElement(spec, placed, { ...host, architecture: 'aarch64', machineType: 'virt-7.2', randomDevice: false });
  const devices = child(parseXml('domain', buildXml('domain', arm)), 'devices');
  expect([child(devices, 'panic'), child(devices, 'rng')]).toEqual([undefined, undefined]);
});

test('the view of our own definition is the same before, off and running', () => {
  const { owner, ...view } = viewDomain(recorded('ours-inactive'));
  expect(view).toEqual({
    name: spec.name,
    uuid: uid,
    vcpus: 1,
    memoryBytes: 16 * 2 ** 20,
    disks: [
      { role: 'root', path: '/var/lib/libvirt/images/ov1' },
      { role: 'config', path: '/var/lib/libvirt/images/base1' },
    ],
    interfaces: [
      { name: 'eth0', mac: '02:00:00:aa:bb:cc', source: 'bridge br0' },
      { name: 'eth1', mac: '02:00:00:aa:bb:cd', source: 'network lab' },
    ],
  });
  expect(owner).toEqual(spec.owner);
  expect(viewDomain(recorded('ours-live'))).toEqual({ ...view, owner, guestAgent: 'Disconnected' });
  expect(viewDomain(built())).toEqual({ ...view, owner });
});

/** Device, alias and place in the boot order. */
const disksIn = (disks: readonly PlacedDisk[]): readonly unknown[] =>
  children(child(parseXml('domain', buildXml('domain', domainElement(spec, disks, host))), 'devices'), 'disk').map((disk) => [
    attribute(child(disk, 'target'), 'dev'),
    attribute(child(disk, 'alias'), 'name'),
    attribute(child(disk, 'boot'), 'order'),
  ]);

test('a rescue disk alone boots, and every other disk is where it was', () => {
  const rescue: PlacedDisk = { role: 'rescue', path: '/var/lib/libvirt/images/rescue', format: 'qcow2' };
  expect(disksIn(placed)).toEqual([
    ['vda', 'ua-disk-root', '1'],
    ['vdb', 'ua-disk-config', undefined],
  ]);
  expect(disksIn([...placed, rescue])).toEqual([
    ['vda', 'ua-disk-root', undefined],
    ['vdb', 'ua-disk-config', undefined],
    ['vdc', 'ua-disk-rescue', '1'],
  ]);
});

test('a definition that somebody else wrote is read as far as it goes', () => {
  expect(viewDomain(recorded('foreign-inactive'))).toMatchObject({
    name: 'somebodys',
    vcpus: 2,
    disks: [
      { role: 'root', path: '/srv/elsewhere/disk.qcow2' },
      { role: 'config', path: '' },
      { role: 'ephemeral', path: '/dev/vg/data' },
      { role: 'ephemeral', path: 'nbd:x' },
    ],
    interfaces: [{ source: 'network lab' }, { source: 'user' }],
  });
  expect(viewDomain(recorded('foreign-inactive')).owner).toBeUndefined();
});

test('disks of one role are told apart by their labels, and those of others by their place', () => {
  const labelled = {
    ...spec,
    disks: [...spec.disks, ...['data', 'a-b'].map((label) => ({ role: 'ephemeral', label, pool: 'p', name: label }) as const)],
  };
  expect(diskKeys(labelled.disks)).toEqual(['root', 'config', 'ephemeral-data', 'ephemeral-a-b']);
  const placed = labelled.disks.map(({ name: _name, pool: _pool, ...disk }) => ({ ...disk, path: '/x', format: 'qcow2' }) as const);
  const read = viewDomain(buildXml('domain', domainElement(labelled, placed, host))).disks;
  expect(read.map(({ role, label }) => [role, label])).toEqual([
    ['root', undefined],
    ['config', undefined],
    ['ephemeral', 'data'],
    ['ephemeral', 'a-b'],
  ]);
  expect(diskKeys([{ role: 'ephemeral' }, { role: 'ephemeral' }])).toEqual(['ephemeral', 'ephemeral-2']);
});

test('what libvirt adds is no drift', () => {
  expect(drift(spec, off())).toEqual([]);
  expect(drift(spec, running())).toEqual([]);
});

test.each`
  what                   | over                                                                                                           | expected
  ${'another CPU'}       | ${{ vcpus: 2 }}                                                                                                | ${['Boot vcpus: 2 <- 1']}
  ${'more memory'}       | ${{ memoryBytes: 32 * 2 ** 20 }}                                                                               | ${['Boot memory: 33554432 <- 16777216']}
  ${'less than a MiB'}   | ${{ memoryBytes: 16 * 2 ** 20 - 1000 }}                                                                        | ${[]}
  ${'another root'}      | ${{ disks: [{ role: 'root', pool: 'default', name: 'ov2' }, spec.disks[1]] }}                                  | ${['Boot disks[root]: default/ov2 <- default/ov1']}
  ${'no config drive'}   | ${{ disks: [spec.disks[0]] }}                                                                                  | ${['Boot disks[config]: absent <- default/base1']}
  ${'a CD-ROM'}          | ${{ disks: [spec.disks[0], { ...spec.disks[1], device: 'CDROM' }] }}                                           | ${['Boot disks[config]: default/base1 as a CD-ROM <- default/base1']}
  ${'one disk more'}     | ${{ disks: [...spec.disks, { role: 'swap', pool: 'p', name: 's' }] }}                                          | ${['Boot disks[swap]: p/s <- absent']}
  ${'another network'}   | ${{ interfaces: [spec.interfaces[0], { ...spec.interfaces[1], source: { network: 'wan' } }] }}                 | ${['Live interfaces[eth1].source: network wan <- network lab']}
  ${'one card less'}     | ${{ interfaces: [spec.interfaces[0]] }}                                                                        | ${['Live interfaces[eth1]: absent <- network lab']}
  ${'one card more'}     | ${{ interfaces: [...spec.interfaces, { name: 'eth2', mac: '02:00:00:00:00:01', source: { bridge: 'br0' } }] }} | ${['Live interfaces[eth2]: bridge br0 <- absent']}
  ${'another MAC'}       | ${{ interfaces: [spec.interfaces[0], { ...spec.interfaces[1], mac: '02:00:00:00:00:01' }] }}                   | ${['Live interfaces[eth1].mac: 02:00:00:00:00:01 <- 02:00:00:aa:bb:cd']}
  ${'another operation'} | ${{ owner: { ...spec.owner, operation: 'Resize' } }}                                                           | ${[`Live owner: c-1/team-a/web-1/${uid}/main/Resize <- c-1/team-a/web-1/${uid}/main/Build`]}
  ${'a certain run'}     | ${{ owner: { ...spec.owner, runId: 'r-2' } }}                                                                  | ${[`Live owner: c-1/team-a/web-1/${uid}/main/Build/r-2 <- c-1/team-a/web-1/${uid}/main/Build/`]}
  ${'a renamed owner'}   | ${{ owner: { ...spec.owner, name: 'web-2' } }}                                                                 | ${[`Live owner: c-1/team-a/web-2/${uid}/main/Build <- c-1/team-a/web-1/${uid}/main/Build`]}
`('$what of a running machine -> $expected', ({ over, expected }) => {
  const found = drift({ ...spec, ...(over as Partial<MachineSpec>) }, running());
  expect(found.map(({ effect, field, wanted, found }) => `${effect} ${field}: ${wanted} <- ${found}`)).toEqual(expected);
});

test('a start that is under way is no drift', () => {
  const started = part(recorded('ours-inactive').replace('operation="Build"', 'operation="Start" runId="r-1"'));
  const { operation: _, ...owner } = spec.owner;
  expect(drift({ ...spec, owner }, machine({ next: started, live: started }))).toEqual([]);
});

test('a card that was plugged over in the definition alone is drift until it is so live, too', () => {
  const next = part(recorded('ours-inactive').replace(`network='lab'`, `network='wan'`));
  const wanted = {
    ...spec,
    interfaces: spec.interfaces.map((one) => ('network' in one.source ? { ...one, source: { network: 'wan' } } : one)),
  };
  const found = drift(wanted, machine({ next, live: part(recorded('ours-live')) }));
  expect(found).toEqual([{ field: 'interfaces[eth1].source', effect: 'Live', wanted: 'network wan', found: 'network lab' }]);
  expect(drift(wanted, machine({ next }))).toEqual([]);
});

test('a new definition leaves the guest its machine type, its controllers and its slots', () => {
  const existing = parseXml('domain', recorded('ours-inactive'));
  const again = carryOver(domainElement({ ...spec, vcpus: 2, interfaces: spec.interfaces.slice(1) }, placed, host), existing);
  expect(attribute(child(again, 'os', 'type'), 'machine')).toBe('pc-i440fx-7.2');
  const devices = child(again, 'devices');
  const slots = (kind: string) => children(devices, kind).map((device) => attribute(child(device, 'address'), 'slot'));
  expect({ disks: slots('disk'), cards: slots('interface'), random: slots('rng') }).toEqual({
    disks: ['0x05', '0x06'],
    cards: ['0x03'],
    random: ['0x08'],
  });
  expect(children(devices, 'controller').map((controller) => attribute(controller, 'type'))).toEqual(['usb', 'pci', 'virtio-serial']);
  expect(viewDomain(buildXml('domain', again))).toMatchObject({ vcpus: 2, interfaces: [{ source: 'network lab' }] });
});

test('a card that somebody else put in is not taken from the guest, and is the one asked for where its MAC is', () => {
  const card =
    "<interface type='network'><mac address='02:00:00:00:00:09'/><source network='lab'/><model type='virtio'/></interface></devices>";
  const more = (name: string) => part(recorded(name).replace('</devices>', card));
  const both = machine({ next: more('ours-inactive'), live: more('ours-live') });
  expect(drift(spec, both)).toEqual([{ field: 'interfaces[02:00:00:00:00:09]', effect: 'Boot', wanted: 'absent', found: 'network lab' }]);
  const named = { name: 'eth2', mac: '02:00:00:00:00:09', source: { network: 'lab' } } as const;
  expect(drift({ ...spec, interfaces: [...spec.interfaces, named] }, both)).toEqual([]);
});

const fields = (definition: Definition) => drift(spec, machine(definition)).map(({ field, effect }) => `${effect} ${field}`);

test('a card that only the definition has, or only the run, is a live difference', () => {
  const without = (name: string) => part(recorded(name).replace(/<interface type='network'>[^]*?<\/interface>/, ''));
  const [whole, run] = [part(recorded('ours-inactive')), part(recorded('ours-live'))];
  const missing = { ...run, interfaces: run.interfaces.slice(0, 1) };
  expect(fields({ next: whole, live: missing })).toEqual(['Live interfaces[eth1]']);
  expect(fields({ next: without('ours-inactive'), live: run })).toEqual(['Live interfaces[eth1]']);
  expect(fields({ next: without('ours-inactive') })).toEqual(['Boot interfaces[eth1]']);
});
