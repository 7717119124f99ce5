import { expect, test } from '@jest/globals';
import { configDrive, configDriveFiles, configHash, driveShape } from './config-drive.ts';
import type { DriveShape, GuestConfig } from './configdrive/guest-config.ts';
import { asText, bytes, guest } from './configdrive/guest.testing.ts';
import { readIso } from './configdrive/iso9660-reader.testing.ts';
import { readVfat } from './configdrive/vfat-reader.testing.ts';

const shape = (over: Partial<DriveShape> = {}): DriveShape => ({ ...driveShape(), ...over });
const files = (over: Partial<DriveShape>, config: Partial<GuestConfig> = {}) => configDriveFiles(guest(config), shape(over));
const hash = (over: Partial<DriveShape> = {}, config: Partial<GuestConfig> = {}) => configHash(files(over, config), shape(over));

test.each([
  [undefined, { layout: 'OpenStack', format: 'iso9660', device: 'Disk' }],
  [{ configDrive: { layout: 'NoCloud', format: 'vfat' } }, { layout: 'NoCloud', format: 'vfat', device: 'Disk' }],
  [{ configDrive: { layout: 'Sysprep' } }, { layout: 'Sysprep', format: 'iso9660', device: 'CDROM' }],
  [{ configDrive: { device: 'CDROM' } }, { layout: 'OpenStack', format: 'iso9660', device: 'CDROM' }],
] as const)('what the image does not say is filled in: %j', (properties, expected) => {
  expect(driveShape(properties)).toEqual(expected);
});

test('a drive that an earlier version wrote is current: its name does not change', () => {
  expect(hash()).toBe('e93d7b657d694c95f72982ab6aa06551ad6361072aca915500e1bfaf8a1048b0');
});

test('the same input gives the same files, hash and bytes, whatever the order of keys', () => {
  const again = files({}, { metadata: { a: '1', b: '2' } });
  expect([configHash(again, shape()), configDrive(again, shape())]).toEqual([hash(), configDrive(files({}), shape())]);
});

test('another content, layout or file system is another drive', () => {
  const all = [
    hash(),
    hash({}, { name: 'other' }),
    hash({ format: 'vfat' }),
    hash({ layout: 'NoCloud' }),
    hash({ layout: 'NoCloud', format: 'vfat' }),
  ];
  expect(new Set(all).size).toBe(all.length);
});

test.each<[Partial<DriveShape>, string]>([
  [{}, 'config-2'],
  [{ layout: 'NoCloud' }, 'cidata'],
  [{ layout: 'Ignition' }, 'config-2'],
  [{ layout: 'Sysprep' }, 'config-2'],
])('%j has the label that its reader looks for, on either file system', (over, label) => {
  const expected = { label, files: asText(files(over)) };
  expect(readIso(configDrive(files(over), shape(over)), 'RockRidge')).toEqual(expected);
  expect(readVfat(configDrive(files(over), shape({ ...over, format: 'vfat' })))).toEqual(expected);
});

test('Ignition finds its config where user data is, and vendor data is in it', () => {
  const vendorData = bytes('{"ignition":{"version":"3.0.0"}}');
  const all = asText(files({ layout: 'Ignition' }, { userData: bytes('{"ignition":{"version":"3.4.0"}}'), vendorData }));
  expect(Object.keys(all)).toEqual(['meta_data.json', 'network_data.json', 'user_data'].map((name) => `openstack/latest/${name}`));
  expect(JSON.parse(all['openstack/latest/user_data'] ?? '')).toMatchObject({ ignition: { config: { merge: [{}, {}] } } });
});

test('Windows Setup finds its answer file by either name, and it is no user data', () => {
  const all = asText(files({ layout: 'Sysprep' }, { userData: bytes('<unattend/>') }));
  expect([all['autounattend.xml'], all['unattend.xml']]).toEqual(['<unattend/>', '<unattend/>']);
  expect(Object.keys(all)).not.toContain('openstack/latest/user_data');
  expect(Object.keys(files({ layout: 'Sysprep' }))).toHaveLength(2);
});
