import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { array, assert, property, stringMatching, uint8Array, uniqueArray } from 'fast-check';
import type { DriveFile } from './guest-config.ts';
import { writeIso9660 } from './iso9660.ts';
import { readIso, type IsoNames } from './iso9660-reader.testing.ts';

const text = (content: string): Uint8Array => new TextEncoder().encode(content);
const configDrive: readonly DriveFile[] = [
  { path: 'openstack/latest/meta_data.json', content: text('{"uuid":"x"}') },
  { path: 'openstack/latest/user_data', content: text('#cloud-config\n'.repeat(500)) },
  { path: 'openstack/latest/network_data.json', content: text('{}') },
  { path: 'meta-data', content: text('instance-id: x\n') },
  { path: 'empty', content: text('') },
];
const asRecord = (files: readonly DriveFile[]): Record<string, string> =>
  Object.fromEntries(files.map(({ path, content }) => [path, Buffer.from(content).toString('latin1')]));

test.each<IsoNames>(['RockRidge', 'Joliet'])('a config drive reads back file by file through its %s names', (names) => {
  const image = writeIso9660({ volumeLabel: 'config-2', files: configDrive });
  expect(readIso(image, names)).toEqual({ label: 'config-2', files: asRecord(configDrive) });
});

test('the same content is the same image, whatever the time', () => {
  const once = writeIso9660({ volumeLabel: 'cidata', files: configDrive });
  expect(Buffer.from(writeIso9660({ volumeLabel: 'cidata', files: configDrive })).equals(once)).toBe(true);
  expect(once.length % 2048).toBe(0);
});

test('names that are alike in their first eight characters stay apart, and a folder longer than a sector is read whole', () => {
  const files = Array.from({ length: 120 }, (_, i) => ({ path: `network-config-part-${i}.yaml`, content: text(`part ${i}`) }));
  const image = writeIso9660({ volumeLabel: 'cidata', files });
  for (const names of ['Plain', 'RockRidge', 'Joliet'] as const) expect(Object.keys(readIso(image, names).files)).toHaveLength(120);
  expect(readIso(image, 'RockRidge').files).toEqual(asRecord(files));
});

test.each(['', '/absolute', 'a//b', '../outside', 'a/./b', 'semi;colon', 'new\nline', '1/2/3/4/5/6/7/8/deep', 'x'.repeat(65)])(
  'refuses the path %j',
  (path) => {
    expect(() => writeIso9660({ volumeLabel: 'cidata', files: [{ path, content: text('x') }] })).toThrow(RangeError);
  },
);

const file = (path: string): DriveFile => ({ path, content: text('x') });
test('refuses a file given twice, a file that is also a folder, and a label that does not fit', () => {
  expect(() => writeIso9660({ volumeLabel: 'cidata', files: [file('a'), file('a')] })).toThrow('given twice');
  expect(() => writeIso9660({ volumeLabel: 'cidata', files: [file('a'), file('a/b')] })).toThrow('both a file and a folder');
  expect(() => writeIso9660({ volumeLabel: 'far too long a label', files: [] })).toThrow('volume label');
});

const name = stringMatching(/^[a-zA-Z0-9äß_ +,=@~-][a-zA-Z0-9._ äß-]{0,30}$/);
test('any tree reads back as it was given', () => {
  const paths = uniqueArray(array(name, { minLength: 1, maxLength: 4 }), { maxLength: 30, selector: (parts) => parts[0] });
  assert(
    property(paths, uint8Array({ maxLength: 5000 }), (parts, content) => {
      const files = parts.map((names, i) => ({ path: names.join('/'), content: content.subarray(0, content.length >> (i % 4)) }));
      const image = writeIso9660({ volumeLabel: 'config-2', files });
      expect(readIso(image, 'RockRidge').files).toEqual(asRecord(files));
      expect(readIso(image, 'Joliet').files).toEqual(asRecord(files));
    }),
    { numRuns: 50 },
  );
});

const other = (['isoinfo', 'xorriso'] as const).find((program) => spawns(program));
const whenInstalled = other === undefined ? test.skip : test;
whenInstalled(`another program (${other ?? 'none installed'}) reads it`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'iso9660-'));
  try {
    const file = join(folder, 'drive.iso');
    writeFileSync(file, writeIso9660({ volumeLabel: 'config-2', files: configDrive }));
    // oxlint-disable-next-line jest/no-standalone-expect -- whenInstalled is test or test.skip
    expect(extract(file, folder)).toBe(asRecord(configDrive)['openstack/latest/user_data']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

function spawns(program: string): boolean {
  try {
    execFileSync(program, ['-version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function extract(file: string, folder: string): string {
  const path = '/openstack/latest/user_data';
  if (other === 'isoinfo') return execFileSync('isoinfo', ['-R', '-i', file, '-x', path], { encoding: 'latin1' });
  execFileSync('xorriso', ['-osirrox', 'on', '-indev', file, '-extract', path, join(folder, 'out')], { stdio: 'ignore' });
  return readFileSync(join(folder, 'out'), 'latin1');
}
