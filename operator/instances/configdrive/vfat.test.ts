import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { array, assert, property, stringMatching, uint8Array, uniqueArray } from 'fast-check';
import type { DriveFile } from './guest-config.ts';
import { bytes } from './guest.testing.ts';
import { readVfat } from './vfat-reader.testing.ts';
import { writeVfat } from './vfat.ts';

const drive: readonly DriveFile[] = [
  { path: 'openstack/latest/meta_data.json', content: bytes('{"uuid":"x"}') },
  { path: 'openstack/latest/user_data', content: bytes('#cloud-config\n'.repeat(500)) },
  { path: 'meta-data', content: bytes('instance-id: x\n') },
  { path: 'empty', content: bytes('') },
];
const asRecord = (files: readonly DriveFile[]): Record<string, string> =>
  Object.fromEntries(files.map(({ path, content }) => [path, Buffer.from(content).toString('latin1')]));
const written = (files: readonly DriveFile[], volumeLabel = 'config-2'): Uint8Array => writeVfat({ volumeLabel, files });

test('a config drive reads back file by file', () => {
  expect(readVfat(written(drive))).toEqual({ label: 'config-2', files: asRecord(drive) });
});

test('the same content is the same image, whatever the time', () => {
  expect(Buffer.from(written(drive)).equals(written(drive))).toBe(true);
});

test('a folder longer than a cluster, and a file that makes the disk larger', () => {
  const files = [
    ...Array.from({ length: 120 }, (_, i) => ({ path: `parts/network-config-part-${i}.yaml`, content: bytes(`part ${i}`) })),
    { path: 'large', content: new Uint8Array(8 * 2 ** 20).fill(7) },
  ];
  const image = written(files, 'cidata');
  expect(image.length).toBeGreaterThan(8 * 2 ** 20);
  expect(readVfat(image)).toEqual({ label: 'cidata', files: asRecord(files) });
});

test.each(['', '/absolute', '../outside', 'semi;colon', 'quo"te', 'dot.', 'new\nline', 'x'.repeat(65)])('refuses the path %j', (path) => {
  expect(() => written([{ path, content: bytes('x') }])).toThrow(RangeError);
});

const file = (path: string): DriveFile => ({ path, content: bytes('x') });
test('refuses what it could not hold', () => {
  expect(() => written([file('a'), file('A')])).toThrow('but for capitals');
  expect(() => written([], 'far too long')).toThrow('volume label');
  expect(() => written([], '')).toThrow('volume label');
  expect(() => written(Array.from({ length: 300 }, (_, i) => file(`a-long-name-${i}`)))).toThrow('too many files at the root');
  expect(() =>
    written([
      { path: 'a', content: new Uint8Array(33 * 2 ** 20) },
      { path: 'b', content: new Uint8Array(2 ** 20) },
    ]),
  ).toThrow('fit');
});

const name = stringMatching(/^[a-z0-9äß_ +,=@~-][a-z0-9._ äß-]{0,28}[a-z0-9]$/);
test('any tree reads back as it was given', () => {
  const paths = uniqueArray(array(name, { minLength: 1, maxLength: 4 }), { maxLength: 20, selector: (parts) => parts[0] });
  assert(
    property(paths, uint8Array({ maxLength: 3000 }), (parts, content) => {
      const files = parts.map((names, i) => ({ path: names.join('/'), content: content.subarray(0, content.length >> (i % 4)) }));
      expect(readVfat(written(files)).files).toEqual(asRecord(files));
    }),
    { numRuns: 50 },
  );
});

const spawns = (program: string, ...args: readonly string[]): boolean => {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENOENT';
  }
};
/** Does something with the image in a file. */
function inFile<T>(image: Uint8Array, use: (file: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'vfat-'));
  try {
    writeFileSync(join(folder, 'disk'), image);
    return use(join(folder, 'disk'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const withMtools = spawns('mtype', '--version') ? test : test.skip;
withMtools('mtools reads it', () => {
  const read = (path: string) => inFile(written(drive), (file) => execFileSync('mtype', ['-i', file, `::${path}`], { encoding: 'latin1' }));
  // oxlint-disable-next-line jest/no-standalone-expect -- withMtools is test or test.skip
  expect(read('openstack/latest/user_data')).toBe(asRecord(drive)['openstack/latest/user_data']);
});

const withFsck = spawns('fsck.vfat', '--help') ? test : test.skip;
withFsck('fsck finds nothing wrong with it', () => {
  const said = inFile(written(drive), (file) => execFileSync('fsck.vfat', ['-n', file], { encoding: 'utf8' }));
  // oxlint-disable-next-line jest/no-standalone-expect -- withFsck is test or test.skip
  expect(said).toMatch(/: 7 files, \d+\/4101 clusters/);
});
