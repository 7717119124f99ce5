import { inflateSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { pictureOf } from './picture.ts';
import { type Pixels, readPpm, shrunk, sizeOfPng, writePng } from './pixels.ts';

const ppm = (head: string, rgb: readonly number[]): Buffer => Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(rgb)]);
const RGB = [255, 0, 0, 0, 255, 0, 0, 0, 255, 1, 2, 3];

describe('reading PPM', () => {
  test.each([
    ['as QEMU writes it', 'P6\n2 2\n255\n'],
    ['with a comment', 'P6\n# a picture\n2 2\n255\n'],
    ['on one line', 'P6 2 2 255 '],
  ])('%s', (_, head) => {
    expect(readPpm(ppm(head, RGB))).toEqual({ width: 2, height: 2, rgb: Buffer.from(RGB) });
  });

  test('white space after the head belongs to the picture', () => {
    expect(readPpm(ppm('P6\n1 1\n255\n', [10, 10, 32]))?.rgb).toEqual(Buffer.from([10, 10, 32]));
  });

  test.each([
    ['in text', 'P3\n2 2\n255\n', RGB],
    ['with two bytes for a colour', 'P6\n2 2\n65535\n', [...RGB, ...RGB]],
    ['cut off', 'P6\n2 2\n255\n', RGB.slice(1)],
    ['without pixels', 'P6\n0 2\n255\n', RGB],
    ['cut off in its head', 'P6\n2 2', []],
  ])('none: %s', (_, head, rgb) => {
    expect(readPpm(ppm(head, rgb))).toBeUndefined();
  });
});

/** The pixels of a PNG whose rows are not filtered, read by its chunks. */
function readPng(png: Uint8Array): Pixels {
  const bytes = Buffer.from(png);
  const data: Buffer[] = [];
  for (let at = 8; at < bytes.length; at += 12 + bytes.readUInt32BE(at)) {
    if (bytes.toString('latin1', at + 4, at + 8) === 'IDAT') data.push(bytes.subarray(at + 8, at + 8 + bytes.readUInt32BE(at)));
  }
  const { width, height } = sizeOfPng(png) ?? { width: 0, height: 0 };
  const rows = inflateSync(Buffer.concat(data));
  const length = 1 + width * 3;
  return {
    width,
    height,
    rgb: Buffer.concat(Array.from({ length: height }, (_, row) => rows.subarray(row * length + 1, (row + 1) * length))),
  };
}

test('a PNG is the picture that it was made from', async () => {
  const pixels = { width: 2, height: 2, rgb: Buffer.from(RGB) };
  expect(readPng(await writePng(pixels))).toEqual(pixels);
});

test('a PNG of one black pixel is what others write too', async () => {
  const png = Buffer.from(await writePng({ width: 1, height: 1, rgb: new Uint8Array(3) }));
  // Chunks and checksums as libpng writes them.
  expect(png.toString('hex', 0, 33)).toBe('89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de');
  expect(png.toString('hex', png.length - 12)).toBe('0000000049454e44ae426082');
});

test('made smaller, a pixel is the mean of those in its place', () => {
  const row = [0, 0, 0, 10, 20, 30, 99, 99, 99];
  expect(shrunk({ width: 3, height: 2, rgb: Buffer.from([...row, ...row]) }, 2)).toEqual({
    width: 1,
    height: 1,
    rgb: new Uint8Array([5, 10, 15]),
  });
  expect(shrunk({ width: 1, height: 1, rgb: Buffer.from([1, 2, 3]) }, 2)).toEqual({ width: 1, height: 1, rgb: new Uint8Array([1, 2, 3]) });
});

/** Pixels that cannot be compressed. */
function noise(width: number, height: number): Uint8Array {
  let state = 1;
  const rgb = Uint8Array.from({ length: width * height * 3 }, () => (state = (state * 48271) % 2147483647) & 255);
  return Buffer.concat([Buffer.from(`P6\n${width} ${height}\n255\n`), rgb]);
}

describe('for status', () => {
  test('a screen is a PNG of its size', async () => {
    const screen = await pictureOf({ format: 'PPM', content: ppm('P6\n2 2\n255\n', RGB) });
    expect(screen).toMatchObject({ contentType: 'image/png', width: 2, height: 2 });
    expect(screen).not.toHaveProperty('scale');
    expect(readPng(Buffer.from(screen.base64, 'base64')).rgb).toEqual(Buffer.from(RGB));
  });

  test('one that would be too large is made smaller until it is not', async () => {
    const screen = await pictureOf({ format: 'PPM', content: noise(64, 32) }, 1_500);
    expect(screen).toMatchObject({ width: 16, height: 8, scale: 4 });
    expect(screen.base64.length).toBeLessThanOrEqual(1_500);
  });

  test('what the host made a PNG of stays as it is', async () => {
    const content = await writePng({ width: 2, height: 2, rgb: Buffer.from(RGB) });
    expect(await pictureOf({ format: 'PNG', content })).toEqual({
      contentType: 'image/png',
      base64: Buffer.from(content).toString('base64'),
      width: 2,
      height: 2,
    });
  });

  test.each([
    ['a PNG that is too large', 'PNG', undefined, 'PictureTooLarge'],
    ['nothing that could be read as PPM', 'PPM', Buffer.from('P6'), 'PictureFormatUnknown'],
    ['nothing that could be read as PNG', 'PNG', Buffer.from('P6'), 'PictureFormatUnknown'],
  ] as const)('%s is refused', async (_, format, content, reason) => {
    const png = await writePng({ width: 2, height: 2, rgb: Buffer.from(RGB) });
    await expect(pictureOf({ format, content: content ?? png }, 40)).rejects.toMatchObject({ label: 'Unsupported', reason });
  });
});
