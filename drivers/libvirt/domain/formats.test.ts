/**
 * No definition leaves it to libvirt or QEMU to find out what a disk is: a guest can write any header into its own, and one of
 * another format would have the host read, or write, whatever file that header names.
 */
import { assert, boolean, constant, constantFrom, nat, option, property, record, tuple, type Arbitrary } from 'fast-check';
import { expect, test } from '@jest/globals';
import type { MachineSpec } from '../../contract.ts';
import type { HostProfile } from '../host/profile.ts';
import { deviceVolume, luksVolume, qcow2Volume, rawVolume } from '../storage/volumes.ts';
import { attribute, buildXml, child, children, parseXml, textOf } from '../xml.ts';
import { withScsi } from './buses.ts';
import { domainElement, type PlacedDisk } from './build.ts';
import { carryOver } from './carry.ts';
import { volumeElement, withVolumes, type PlacedVolume } from './volumes.ts';

const uid = '3d6f0b9a-6a4e-4f5e-9d5c-1c2b3a4d5e6f';
const host: HostProfile = {
  architecture: 'x86_64',
  domainType: 'qemu',
  machineType: 'pc-i440fx-7.2',
  cpu: { '@mode': 'maximum' },
  randomDevice: true,
  uefi: { machineType: 'pc-q35-7.2', secureBoot: true },
  tpmModels: [],
  videoModels: ['none'],
  cpuModes: ['maximum'],
  cpuModels: [],
};
const RBD = { name: 'vms', monitors: [{ name: 'mon-1', port: undefined }], auth: undefined };
const named = (name: string) =>
  option(constantFrom({ kind: 'Volume', pool: 'group', volume: name } as const, { kind: 'Rbd', pool: RBD, image: name } as const), {
    nil: undefined,
  });

/** As `define` places them: what guests write is qcow2 in a file, and everything else raw. */
const diskOf = (index: number): Arbitrary<PlacedDisk> =>
  record({ role: constantFrom('root', 'config', 'ephemeral', 'swap', 'rescue'), cdrom: boolean(), named: named(`disk-${index}`) }).map(
    ({ role, cdrom, named: how }): PlacedDisk => {
      const format: PlacedDisk['format'] = role === 'config' || how !== undefined ? 'raw' : 'qcow2';
      const disk = { role, label: `d${index}`, path: `/pool/disk-${index}`, format };
      return Object.assign(disk, cdrom && { device: 'CDROM' as const }, how && { named: how });
    },
  );

const volumeOf = (index: number): Arbitrary<PlacedVolume> =>
  record({
    readOnly: boolean(),
    shared: constantFrom(undefined, 'Read', 'Write'),
    secretId: option(constant(uid), { nil: undefined }),
    bus: constantFrom(undefined, 'scsi', 'sata'),
    named: named(`volume-${index}`),
  }).map(({ readOnly, shared, secretId, bus, named: how }) => {
    const volume = { id: `v${index}`, serial: `s${index}`, path: `/pool/volume-${index}`, readOnly };
    return Object.assign(volume, shared && { shared }, secretId && { secretId }, bus && { bus }, how && { named: how });
  });

const several = <T>(one: (index: number) => Arbitrary<T>): Arbitrary<readonly T[]> =>
  nat({ max: 4 }).chain((count) => tuple(...Array.from({ length: count }, (_, index) => one(index))));

/** What it must be told as. */
const expectedOf = (volume: PlacedVolume): string =>
  volume.named !== undefined || volume.shared === 'Write' || volume.secretId !== undefined ? 'raw' : 'qcow2';

test('every disk of every definition says its format, and that is how it was made', () => {
  assert(
    property(several(diskOf), several(volumeOf), boolean(), (disks, volumes, again) => {
      const spec: MachineSpec = {
        machineId: uid,
        name: 'm',
        owner: { clusterId: 'c', namespace: 'n', name: 'm', uid, role: 'main' },
        vcpus: 1,
        memoryBytes: 2 ** 24,
        disks: [],
        interfaces: [],
      };
      const first = withScsi(withVolumes(domainElement(spec, disks, host), volumes, undefined));
      // As it is defined over itself.
      const before = parseXml('domain', buildXml('domain', first));
      const element = again ? withScsi(carryOver(withVolumes(domainElement(spec, disks, host), volumes, before), before)) : first;
      const written = children(child(parseXml('domain', buildXml('domain', element)), 'devices'), 'disk');
      const formats = written.map((disk) => attribute(child(disk, 'driver'), 'type'));
      expect(formats).toEqual([...disks.map(({ format }) => format), ...volumes.map(expectedOf)]);
      // The second way in: into a machine that runs.
      for (const volume of volumes) {
        const plugged = volumeElement(volume, { target: 'vdz', cache: 'none' });
        expect(attribute(child(plugged, 'driver'), 'type')).toBe(expectedOf(volume));
      }
    }),
  );
});

test.each([
  ['a raw one', rawVolume('a', 1), 'raw', undefined],
  ['an encrypted one', luksVolume('a', 1, uid), 'raw', undefined],
  ['a logical one, or one of Ceph', deviceVolume('a', 1), 'raw', undefined],
  ['an empty one', qcow2Volume('a', 1, undefined), 'qcow2', undefined],
  ['one on a raw base', qcow2Volume('a', 1, { path: '/base', format: 'raw' }), 'qcow2', 'raw'],
  ['one on another', qcow2Volume('a', 1, { path: '/base', format: 'qcow2' }), 'qcow2', 'qcow2'],
])('a disk is made in a format that is said, on one that is said: %s', (_, xml, format, below) => {
  const volume = parseXml('volume', xml);
  const backing = child(volume, 'backingStore');
  expect(attribute(child(volume, 'target', 'format'), 'type')).toBe(format);
  expect(attribute(child(backing, 'format'), 'type')).toBe(below);
  expect(textOf(child(backing, 'path')) || undefined).toBe(below && '/base');
});
