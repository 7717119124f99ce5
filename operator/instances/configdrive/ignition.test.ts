import { expect, test } from '@jest/globals';
import { bytes } from './guest.testing.ts';
import { ignitionConfig, ignitionProblem } from './ignition.ts';

const USER = bytes('{"ignition":{"version":"3.4.0"}}');
const VENDOR = bytes('{"ignition":{"version":"3.1.0"}}');
const url = (content: Uint8Array): string => `data:;base64,${Buffer.from(content).toString('base64')}`;
const parsed = (parts: Parameters<typeof ignitionConfig>[0]): unknown => JSON.parse(new TextDecoder().decode(ignitionConfig(parts)));

test('user data alone is as it is', () => {
  expect(ignitionConfig({ userData: USER, files: [] })).toBe(USER);
  expect(ignitionConfig({ files: [] })).toBeUndefined();
});

test('vendor data comes first, so that user data wins', () => {
  expect(parsed({ userData: USER, vendorData: VENDOR, files: [] })).toEqual({
    ignition: { version: '3.0.0', config: { merge: [{ source: url(VENDOR) }, { source: url(USER) }] } },
  });
});

test('files', () => {
  const files = [
    { path: '/etc/motd', content: bytes('hello') },
    { path: '/b', content: bytes(''), mode: '0600', owner: 'core:100' },
  ];
  expect(parsed({ files })).toEqual({
    ignition: { version: '3.0.0' },
    storage: {
      files: [
        { path: '/etc/motd', overwrite: true, mode: 0o644, user: { name: 'root' }, contents: { source: 'data:;base64,aGVsbG8=' } },
        { path: '/b', overwrite: true, mode: 0o600, user: { name: 'core' }, group: { id: 100 }, contents: { source: 'data:;base64,' } },
      ],
    },
  });
});

test.each<[string, boolean, string | undefined]>([
  ['{"ignition":{"version":"3.4.0"}}', true, undefined],
  ['{"ignition":{"version":"2.3.0"}}', false, undefined],
  ['{"ignition":{"version":"2.3.0"}}', true, 'is of an Ignition version before 3'],
  ['variant: fcos\nversion: 1.5.0\n', false, 'is no Ignition config'],
  ['{}', false, 'is no Ignition config'],
  ['null', false, 'is no Ignition config'],
  ['{"ignition":{"version":3}}', false, 'is no Ignition config'],
])('%s, to be merged: %s', (content, mergeable, problem) => {
  const found = ignitionProblem(bytes(content), mergeable);
  expect(found === undefined ? undefined : found.startsWith(problem ?? 'nothing')).toBe(problem === undefined ? undefined : true);
});
