/** The inspector against images as QEMU itself writes them; skipped where there is no qemu-img. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ImageFormat } from '../../../drivers/contract.ts';
import { DriverError } from '../../../drivers/labels.ts';
import { writeIso9660 } from '../../instances/configdrive/iso9660.ts';
import { ImageInspector } from './inspector.ts';

const hasQemuImg = spawnSync('qemu-img', ['--version']).status === 0;
const whereQemuImgIs = hasQemuImg ? describe : describe.skip;
const MIB = 1024 * 1024;
const CHUNK = 65_521;

let dir = '';
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'hostler-inspect-'));
  const content = Buffer.alloc(8 * MIB);
  for (let offset = 0; offset < content.length; offset += 4099) content[offset] = offset % 255;
  writeFileSync(join(dir, 'content.raw'), content);
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** For LUKS it measures the processor, and on a busy machine gives up on that at times. */
function qemuImg(...args: readonly string[]): void {
  for (let attempt = 1; ; attempt += 1) {
    try {
      execFileSync('qemu-img', args, { cwd: dir, stdio: 'pipe' });
      return;
    } catch (error) {
      if (attempt === 5 || !String(error).includes('accurate CPU usage')) throw error;
    }
  }
}

function verdict(file: string, format: ImageFormat): string {
  const content = readFileSync(join(dir, file));
  const inspector = new ImageInspector(format, { maxSizeBytes: 64 * MIB, maxVirtualSizeBytes: 2 ** 40 });
  try {
    for (let offset = 0; offset < content.length; offset += CHUNK) inspector.push(content.subarray(offset, offset + CHUNK));
    return `${inspector.finish().virtualSizeBytes / MIB} MiB`;
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
    return error.reason;
  }
}

whereQemuImgIs('images that qemu-img wrote', () => {
  test.each<[string, readonly (readonly string[])[], string]>([
    ['empty', [['create', '-f', 'qcow2', 'x', '16M']], '16 MiB'],
    ['of the old version', [['create', '-f', 'qcow2', '-o', 'compat=0.10', 'x', '16M']], '16 MiB'],
    ['of small clusters, with a first-level table of many', [['create', '-f', 'qcow2', '-o', 'cluster_size=512', 'x', '1G']], '1024 MiB'],
    ['of large clusters', [['create', '-f', 'qcow2', '-o', 'cluster_size=2M', 'x', '1T']], '1048576 MiB'],
    ['with all metadata', [['create', '-f', 'qcow2', '-o', 'preallocation=metadata', 'x', '32M']], '32 MiB'],
    ['with extended L2 entries', [['create', '-f', 'qcow2', '-o', 'extended_l2=on,cluster_size=128k', 'x', '16M']], '16 MiB'],
    ['with content', [['convert', '-O', 'qcow2', 'content.raw', 'x']], '8 MiB'],
    ['with content, compressed', [['convert', '-c', '-O', 'qcow2', 'content.raw', 'x']], '8 MiB'],
    ['with content, compressed with zstd', [['convert', '-c', '-O', 'qcow2', '-o', 'compression_type=zstd', 'content.raw', 'x']], '8 MiB'],
    [
      'flattened from one with a backing file',
      [
        ['create', '-f', 'qcow2', '-F', 'raw', '-b', 'content.raw', 'o'],
        ['convert', '-O', 'qcow2', 'o', 'x'],
      ],
      '8 MiB',
    ],
    [
      'rebased to nothing',
      [
        ['create', '-f', 'qcow2', '-F', 'raw', '-b', 'content.raw', 'x'],
        ['rebase', '-u', '-b', '', 'x'],
      ],
      '8 MiB',
    ],
    ['with lazy reference counts', [['create', '-f', 'qcow2', '-o', 'lazy_refcounts=on', 'x', '16M']], '16 MiB'],
    [
      'with a bitmap of what changed',
      [
        ['create', '-f', 'qcow2', 'x', '16M'],
        ['bitmap', '--add', 'x', 'b'],
      ],
      '16 MiB',
    ],
    [
      'on one that stands on another',
      [
        ['create', '-f', 'qcow2', '-F', 'raw', '-b', 'content.raw', 'o'],
        ['create', '-f', 'qcow2', '-F', 'qcow2', '-b', 'o', 'x'],
      ],
      'UnsafeImage',
    ],
    [
      'with a backing file that need not be there',
      [['create', '-u', '-f', 'qcow2', '-F', 'raw', '-b', '/etc/shadow', 'x', '1M']],
      'UnsafeImage',
    ],
    [
      'with a backing file on another machine',
      [['create', '-u', '-f', 'qcow2', '-F', 'raw', '-b', 'json:{"driver":"nbd","host":"192.0.2.1","port":"10809"}', 'x', '1M']],
      'UnsafeImage',
    ],
    ['with a backing file', [['create', '-f', 'qcow2', '-F', 'raw', '-b', 'content.raw', 'x']], 'UnsafeImage'],
    ['with an external data file', [['create', '-f', 'qcow2', '-o', 'data_file=data', 'x', '16M']], 'UnsafeImage'],
    ['with a raw external data file', [['create', '-f', 'qcow2', '-o', 'data_file=data,data_file_raw=on', 'x', '16M']], 'UnsafeImage'],
    [
      'that is encrypted',
      [
        [
          'create',
          '--object',
          'secret,id=s,data=secret',
          '-f',
          'qcow2',
          '-o',
          'encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=10',
          'x',
          '16M',
        ],
      ],
      'UnsafeImage',
    ],
    [
      'with a snapshot inside',
      [
        ['create', '-f', 'qcow2', 'x', '16M'],
        ['snapshot', '-c', 'before', 'x'],
      ],
      'UnsafeImage',
    ],
    ['beyond the limit', [['create', '-f', 'qcow2', '-o', 'cluster_size=2M', 'x', '2T']], 'ImageTooLarge'],
  ])('a qcow2 image %s', (_, commands, expected) => {
    for (const command of commands) qemuImg(...command);
    expect(verdict('x', 'qcow2')).toBe(expected);
    expect(verdict('x', 'raw')).toBe('UnexpectedFormat');
  });

  test.each(['vmdk', 'vhdx', 'vpc', 'vdi', 'qed', 'luks', 'parallels'])('an image of QEMU format %s is not raw', (format) => {
    const secret = format === 'luks' ? ['--object', 'secret,id=s,data=secret', '-o', 'key-secret=s,iter-time=10'] : [];
    qemuImg('create', ...secret, '-f', format, 'x', '16M');
    expect(verdict('x', 'raw')).toBe('UnexpectedFormat');
  });

  test.each(['monolithicSparse', 'monolithicFlat', 'twoGbMaxExtentSparse', 'twoGbMaxExtentFlat', 'streamOptimized'])(
    'a vmdk of kind %s is not raw, nor the description of its files',
    (subformat) => {
      qemuImg('create', '-f', 'vmdk', '-o', `subformat=${subformat}`, 'x.vmdk', '16M');
      expect([verdict('x.vmdk', 'raw'), verdict('x.vmdk', 'qcow2')]).toEqual(['UnexpectedFormat', 'UnexpectedFormat']);
    },
  );

  test('a preallocated vdi is not raw', () => {
    qemuImg('create', '-f', 'vdi', '-o', 'static=on', 'x', '16M');
    expect(verdict('x', 'raw')).toBe('UnexpectedFormat');
  });

  test('an ISO is not raw', () => {
    const files = [{ path: 'a/b', content: Buffer.from('x') }];
    writeFileSync(join(dir, 'x'), writeIso9660({ volumeLabel: 'X', files }));
    expect([verdict('x', 'raw'), verdict('x', 'qcow2')]).toEqual(['UnexpectedFormat', 'UnexpectedFormat']);
  });

  test('what is packed is none of them', () => {
    qemuImg('convert', '-O', 'qcow2', 'content.raw', 'inner');
    const inner = readFileSync(join(dir, 'inner'));
    for (const packed of [gzipSync(inner), zstdCompressSync(inner)]) {
      writeFileSync(join(dir, 'x'), packed);
      expect([verdict('x', 'raw'), verdict('x', 'qcow2')]).toEqual(['UnexpectedFormat', 'UnexpectedFormat']);
    }
  });

  test.each([
    '# Disk DescriptorFile\nversion=1\nCID=1\n',
    '#\nversion=1\n',
    '#a\n#b\nversion=2\n',
    '  \n#a\nversion=3\r\n',
    'version=1\n',
    'KDMV',
    'COWD',
    'QFI\xfb\0\0\0\x01',
    'QED\0',
    'LUKS\xba\xbe\0\x01',
    'conectix',
    'vhdxfile',
    'WithoutFreeSpace\x02\0\0\0',
    'text of no kind',
  ])('nothing is raw that QEMU would take for something else: %j', (beginning) => {
    writeFileSync(join(dir, 'x'), Buffer.concat([Buffer.from(beginning, 'latin1')], MIB));
    const { stdout, stderr } = spawnSync('qemu-img', ['info', '--output=json', 'x'], { cwd: dir, encoding: 'utf8' });
    // What it cannot open as raw it took for something else, and found it broken.
    const isRaw = stderr === '' && (JSON.parse(stdout) as { readonly format: string }).format === 'raw';
    if (!isRaw) expect(verdict('x', 'raw')).toBe('UnexpectedFormat');
    else expect(beginning).toBe('text of no kind');
  });

  test('a disk of the largest size that is accepted, and one of a sector more', () => {
    qemuImg('create', '-f', 'qcow2', '-o', 'cluster_size=2M', 'x', '1T');
    expect(verdict('x', 'qcow2')).toBe('1048576 MiB');
    qemuImg('create', '-f', 'qcow2', '-o', 'cluster_size=2M', 'x', String(2 ** 40 + 512));
    expect(verdict('x', 'qcow2')).toBe('ImageTooLarge');
  });

  test('a fixed and a dynamic vhd', () => {
    qemuImg('create', '-f', 'vpc', '-o', 'subformat=fixed,force_size', 'fixed', '16M');
    qemuImg('create', '-f', 'vpc', '-o', 'subformat=dynamic,force_size', 'dynamic', '16M');
    expect([verdict('fixed', 'vhd'), verdict('dynamic', 'vhd'), verdict('fixed', 'raw')]).toEqual(['16 MiB', '16 MiB', 'UnexpectedFormat']);
  });

  test('an image that ends within its tables is refused; what lacks behind them only the checksum tells', () => {
    qemuImg('convert', '-O', 'qcow2', 'content.raw', 'whole');
    const content = readFileSync(join(dir, 'whole'));
    for (const bytes of [10, 71, 100, 5_000, 65_536, 131_072, 200_000]) {
      writeFileSync(join(dir, 'x'), content.subarray(0, bytes));
      expect(verdict('x', 'qcow2')).toBe('DamagedImage');
    }
  });
});
