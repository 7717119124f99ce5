import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { ImageFormat } from '../../../drivers/contract.ts';
import { DriverError } from '../../../drivers/labels.ts';
import { ImageInspector, type Inspection } from './inspector.ts';
import { qcow2Image, type Qcow2Parts } from './qcow2-image.ts';

const MIB = 1024 * 1024;
const limits = { maxSizeBytes: 64 * MIB, maxVirtualSizeBytes: 1024 * MIB };

function inspect(format: ImageFormat, content: Uint8Array, chunkBytes = content.length || 1): Inspection {
  const inspector = new ImageInspector(format, limits);
  for (let offset = 0; offset < content.length; offset += chunkBytes) inspector.push(content.subarray(offset, offset + chunkBytes));
  return inspector.finish();
}

function verdict(format: ImageFormat, content: Uint8Array, chunkBytes?: number): string {
  try {
    return `${inspect(format, content, chunkBytes).virtualSizeBytes}`;
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
    expect(error.label).toBe('InvalidSpec');
    return `${error.reason}: ${error.message}`;
  }
}

test.each<[string, Qcow2Parts, string | RegExp]>([
  ['as qemu-img makes it', {}, `${16 * MIB}`],
  ['version 2', { version: 2 }, `${16 * MIB}`],
  ['zstd compression', { incompatible: 1n << 3n }, `${16 * MIB}`],
  ['extended L2 entries', { incompatible: 1n << 4n }, `${16 * MIB}`],
  ['2 MiB clusters', { clusterBits: 21 }, `${16 * MIB}`],
  ['a feature name table', { extensions: [{ type: 0x6803f857, data: 'x'.repeat(384) }] }, `${16 * MIB}`],
  ['data behind its tables', { l1: [0x8000_0000_0002_0000n] }, `${16 * MIB}`],
  ['version 1', { version: 1 }, /^UnexpectedFormat: .*version 1/],
  ['version 4', { version: 4 }, /^UnexpectedFormat/],
  ['a backing file', { backingFile: '/etc/shadow' }, /^UnsafeImage: .*backing file/],
  ['an external data file by feature', { incompatible: 1n << 2n }, /^UnsafeImage: .*another file/],
  ['an external data file by extension', { extensions: [{ type: 0x44415441, data: '/dev/sda' }] }, /^UnsafeImage: .*external data file/],
  [
    'one hidden behind another extension',
    {
      extensions: [
        { type: 0x6803f857, data: 'abc' },
        { type: 0x44415441, data: '/dev/sda' },
      ],
    },
    /^UnsafeImage/,
  ],
  ['old encryption', { cryptMethod: 1 }, /^UnsafeImage: .*encrypted/],
  ['LUKS encryption', { cryptMethod: 2 }, /^UnsafeImage: .*encrypted/],
  ['an encryption header', { extensions: [{ type: 0x0537be77, data: '0123456789abcdef' }] }, /^UnsafeImage: .*encrypted/],
  ['internal snapshots', { snapshots: 1 }, /^UnsafeImage: .*snapshots/],
  ['the corrupt mark', { incompatible: 1n << 1n }, /^UnsafeImage: .*corrupt/],
  ['the dirty mark', { incompatible: 1n }, /^UnsafeImage: .*cleanly/],
  ['a feature of tomorrow', { incompatible: 1n << 5n }, /^UnsafeImage: .*0x20/],
  ['the highest feature bit', { incompatible: 1n << 63n }, /^UnsafeImage: .*unknown features/],
  ['a bomb of an exabyte', { virtualSize: 1n << 60n, l1Entries: 1 }, /^ImageTooLarge/],
  ['a size beyond 2^63', { virtualSize: (1n << 64n) - 1n }, /^ImageTooLarge/],
  ['no size', { virtualSize: 0n }, /^DamagedImage/],
  ['tiny clusters', { clusterBits: 8 }, /^DamagedImage: .*cluster size/],
  ['giant clusters', { clusterBits: 63 }, /^DamagedImage: .*cluster size/],
  ['a first-level table of gigabytes', { l1Entries: 0xffff_ffff }, /^UnsafeImage: .*first-level/],
  ['a first-level table too short', { l1Entries: 0 }, /^DamagedImage: .*too small/],
  ['a first-level table in the header', { l1Offset: 0n }, /^DamagedImage: .*impossible place/],
  ['a first-level table off the border', { l1Offset: 65_537n }, /^DamagedImage: .*impossible place/],
  ['a first-level table beyond the file', { l1Offset: 1n << 40n }, /^DamagedImage: .*cut off/],
  ['no refcount table', { refcountClusters: 0 }, /^DamagedImage: .*reference counts/],
  ['a refcount table of gigabytes', { refcountClusters: 0xffff }, /^UnsafeImage: .*refcount/],
  ['an impossible refcount width', { refcountOrder: 7 }, /^DamagedImage: .*refcount width/],
  ['a header of zero bytes', { headerLength: 0 }, /^DamagedImage: .*header of 0 bytes/],
  ['an entry that points beyond the file', { l1: [0x8000_0000_1000_0000n] }, /^DamagedImage: .*beyond its own end/],
  ['an entry with reserved bits', { l1: [0x0100_0000_0000_0000n] }, /^DamagedImage: .*damaged/],
  ['an entry off the cluster border', { l1: [0x200n] }, /^DamagedImage: .*damaged/],
  ['a refcount entry beyond the file', { refcountTable: [1n << 62n] }, /^DamagedImage: .*beyond its own end/],
  ['its end cut off', { fileBytes: 65_536 * 3 }, /^DamagedImage: .*cut off/],
  ['its middle cut off', { fileBytes: 1000 }, /^DamagedImage/],
])('a qcow2 image with %s', (_, parts, expected) => {
  const image = qcow2Image(parts);
  const outcome = typeof expected === 'string' ? expected : expect.stringMatching(expected);
  expect(verdict('qcow2', image)).toEqual(outcome);
  expect(verdict('qcow2', image, 4093)).toEqual(outcome);
});

const at = (offset: number, magic: string, size = offset + magic.length): Uint8Array => {
  const file = Buffer.alloc(size);
  file.write(magic, offset, 'latin1');
  return file;
};

test.each<[string, ImageFormat, Uint8Array, string | RegExp]>([
  ['a boot sector', 'raw', at(510, '\x55\xaa'), '512'],
  ['a raw disk with an odd end', 'raw', Buffer.alloc(83, 1), '512'],
  ['a raw disk longer than the head', 'raw', Buffer.alloc(MIB, 1), `${MIB}`],
  ['nothing at all', 'raw', new Uint8Array(0), /^DamagedImage: .*empty/],
  ['a qcow2 said to be raw', 'raw', qcow2Image(), /^UnexpectedFormat: .*not raw.*qcow2/],
  ['only the magic of qcow2, said to be raw', 'raw', at(0, 'QFI\xfb'), /^UnexpectedFormat/],
  ['raw said to be qcow2', 'qcow2', Buffer.alloc(MIB, 1), /^UnexpectedFormat: .*raw data/],
  ['a vmdk', 'raw', at(0, 'KDMV', 512), /^UnexpectedFormat: .*vmdk/],
  ['a vmdk descriptor', 'raw', at(0, '# Disk DescriptorFile\nversion=1', 512), /^UnexpectedFormat: .*vmdk/],
  ['a vmdk description that does not call itself one', 'raw', at(0, '#\n# \n  \r\n#x\nversion=1\n', 512), /^UnexpectedFormat: .*vmdk/],
  ['a text that has such a line further on', 'raw', at(0, 'text\nversion=1\n', 512), '512'],
  ['a vhdx', 'raw', at(0, 'vhdxfile', 512), /^UnexpectedFormat: .*vhdx/],
  ['a fixed vhd, by its footer', 'raw', at(MIB - 512, 'conectix', MIB), /^UnexpectedFormat: .*vhd/],
  ['a vdi', 'raw', at(64, '\x7f\x10\xda\xbe', 512), /^UnexpectedFormat: .*vdi/],
  ['an iso', 'raw', at(0x8001, 'CD001', MIB), /^UnexpectedFormat: .*iso/],
  ['a gzip archive', 'qcow2', at(0, '\x1f\x8b\x08', 512), /^UnexpectedFormat: .*gzip/],
  ['an error page', 'qcow2', Buffer.from('<!DOCTYPE html><html>404'), /^UnexpectedFormat: .*web page/],
  ['too much of it', 'raw', Buffer.alloc(64 * MIB + 1), /^ImageTooLarge/],
])('%s, imported as %s', (_, format, content, expected) => {
  const outcome = typeof expected === 'string' ? expected : expect.stringMatching(expected);
  expect(verdict(format, content)).toEqual(outcome);
  expect(verdict(format, content, 65_521)).toEqual(outcome);
});

function vhd(type: number, size: bigint): Uint8Array {
  const file = Buffer.alloc(MIB);
  file.write('conectix', MIB - 512);
  file.writeBigUInt64BE(size, MIB - 512 + 48);
  file.writeUInt32BE(type, MIB - 512 + 60);
  return file;
}

test.each([
  ['fixed', vhd(2, BigInt(MIB)), `${MIB}`],
  ['dynamic', vhd(3, 16n * BigInt(MIB)), `${16 * MIB}`],
  ['differencing', vhd(4, BigInt(MIB)), expect.stringMatching(/^UnsafeImage: .*parent/)],
  ['of an unknown type', vhd(9, BigInt(MIB)), expect.stringMatching(/^DamagedImage/)],
  ['a bomb', vhd(3, 1n << 60n), expect.stringMatching(/^ImageTooLarge/)],
])('a vhd that is %s', (_, content, expected) => {
  expect(verdict('vhd', content, 100_000)).toEqual(expected);
});

test('the verdict does not depend on how the stream is cut', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 300_000 }),
      fc.array(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), { minLength: 1, maxLength: 4 }),
      (chunkBytes, l1) => {
        const image = qcow2Image({ l1 });
        expect(verdict('qcow2', image, chunkBytes)).toBe(verdict('qcow2', image));
      },
    ),
    { numRuns: 60 },
  );
});

test('no bytes make it throw anything but a labelled refusal, and none with a flipped header is let through with another file', () => {
  const valid = qcow2Image();
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 4, max: 120 }), fc.integer({ min: 0, max: 255 })), { maxLength: 12 }), (flips) => {
      const image = Uint8Array.from(valid);
      for (const [offset, value] of flips) image[offset] = value;
      const outcome = verdict('qcow2', image);
      const namesBackingFile = image.subarray(8, 20).some((byte) => byte !== 0);
      if (namesBackingFile) expect(outcome).toMatch(/^(UnsafeImage|UnexpectedFormat|DamagedImage)/);
    }),
    { numRuns: 300 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), fc.constantFrom<ImageFormat>('qcow2', 'raw', 'vhd'), (garbage, format) => {
      verdict(format, garbage);
      verdict(format, Buffer.concat([Buffer.from('QFI\xfb', 'latin1'), garbage]));
    }),
    { numRuns: 300 },
  );
});
