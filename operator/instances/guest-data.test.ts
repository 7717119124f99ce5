import { expect, test } from '@jest/globals';
import type { InstanceSpec } from '../../crds/instance.ts';
import type { ConfigDriveLayout } from '../../crds/vocabulary.ts';
import { guestFiles, guestSecretRefs, MAX_FILES_BYTES, unfitData, USER_DATA, VENDOR_DATA } from './guest-data.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const ref = (name: string) => ({ secretKeyRef: { name, key: 'k' } });
const spec = (over: Partial<InstanceSpec> = {}): InstanceSpec => ({ flavorName: 'tiny', imageName: 'demo', ...over });
const both = spec({ userData: ref('u'), vendorData: ref('v') });
const unfit = (content: Uint8Array | string, field = USER_DATA, layout: ConfigDriveLayout = 'OpenStack', of = both): string | undefined =>
  unfitData(of, new Map([[field, typeof content === 'string' ? bytes(content) : content]]), layout)?.reason;

test('every Secret that is named, by the field that names it', () => {
  const files = [
    { path: '/a', text: 'x' },
    { path: '/b', ...ref('f') },
  ];
  expect(guestSecretRefs({ ...both, files }).map(({ field, name }) => `${field} ${name}`)).toEqual([
    'spec.userData u',
    'spec.vendorData v',
    'spec.files[/b] f',
  ]);
  expect(guestSecretRefs(spec())).toEqual([]);
});

test('the content of files, from wherever it comes', () => {
  const files = [
    { path: '/a', text: 'ü' },
    { path: '/b', base64: 'AP8=', mode: '0600', owner: 'app' },
    { path: '/c', ...ref('f') },
  ];
  const secret = bytes('secret');
  expect(guestFiles(spec({ files }), new Map([['spec.files[/c]', secret]]))).toEqual([
    { path: '/a', content: bytes('ü'), mode: undefined, owner: undefined },
    { path: '/b', content: Buffer.from([0, 255]), mode: '0600', owner: 'app' },
    { path: '/c', content: secret, mode: undefined, owner: undefined },
  ]);
  expect(() => guestFiles(spec({ files }), new Map())).toThrow('was not read');
});

test.each(['AP8', 'A', 'AP8=\n', 'not base64!', 'AP9='])('base64 that is none: %j', (base64) => {
  expect(() => guestFiles(spec({ files: [{ path: '/b', base64 }] }), new Map())).toThrow('spec.files[/b].base64 is not base64');
});

test.each<[string, string | Uint8Array, string | undefined]>([
  ['a cloud-config', '#cloud-config\n{}', undefined],
  ['in capitals, after a blank line', '\n#Cloud-Config\n{}', undefined],
  ['an archive of them', '#cloud-config-archive\n[]', undefined],
  ['a script', '#!/bin/sh\n', undefined],
  ['a template', '## template: jinja\n#cloud-config\n', undefined],
  ['nothing', '', undefined],
  ['anything', new Uint8Array([0, 255]), undefined],
  ['a blank in the header', '# cloud-config\n{}', 'UserDataInvalid'],
  ['another dash in the header', '#cloud_config\n{}', 'UserDataInvalid'],
  ['one hash too many', '##cloud-config\n{}', 'UserDataInvalid'],
  ['a byte order mark', '\ufeff#cloud-config\n{}', 'UserDataInvalid'],
  ['a comment about it', '# clouds-config\n', undefined],
])('user data for cloud-init: %s', (_, content, reason) => {
  expect([unfit(content), unfit(content, USER_DATA, 'NoCloud')]).toEqual([reason, reason]);
});

test.each<[string, ConfigDriveLayout, string, string | Uint8Array, string | undefined]>([
  ['vendor data that is no text', 'OpenStack', VENDOR_DATA, new Uint8Array([0xff]), 'VendorDataInvalid'],
  ['vendor data with a wrong header', 'NoCloud', VENDOR_DATA, '# cloud-config\n', 'VendorDataInvalid'],
  ['an Ignition config', 'Ignition', USER_DATA, '{"ignition":{"version":"3.4.0"}}', undefined],
  ['a Butane config', 'Ignition', USER_DATA, 'variant: fcos\n', 'UserDataInvalid'],
  ['an old Ignition config beside vendor data', 'Ignition', USER_DATA, '{"ignition":{"version":"2.2.0"}}', 'UserDataInvalid'],
  ['an answer file', 'Sysprep', USER_DATA, '\ufeff<?xml version="1.0"?>', undefined],
  ['an answer file in UTF-16', 'Sysprep', USER_DATA, new Uint8Array([0xff, 0xfe, 0x3c, 0]), undefined],
  ['cloud-config for Windows Setup', 'Sysprep', USER_DATA, '#cloud-config\n', 'UserDataInvalid'],
])('%s', (_, layout, field, content, reason) => {
  expect(unfit(content, field, layout)).toBe(reason);
});

test('what is told names the key, and nothing of its content', () => {
  expect(unfitData(both, new Map([[USER_DATA, bytes('# cloud-config\npassword: geheim\n')]]), 'OpenStack')?.until).toBe(
    'key k of Secret u is mended: it begins with something like #cloud-config, which cloud-init only takes when it is exactly that, without a byte order mark',
  );
});

test('files that are too large together', () => {
  const files = [
    { path: '/a', ...ref('a') },
    { path: '/b', text: 'x' },
  ];
  const sized = (length: number) => unfitData(spec({ files }), new Map([['spec.files[/a]', new Uint8Array(length)]]), 'OpenStack')?.reason;
  expect([sized(MAX_FILES_BYTES - 1), sized(MAX_FILES_BYTES)]).toEqual([undefined, 'FilesTooLarge']);
});
