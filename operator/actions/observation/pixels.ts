/** Pictures as rows of pixels: read from PPM, made smaller, written as PNG. */
import { promisify } from 'node:util';
import { crc32, deflate } from 'node:zlib';

/** Three bytes a pixel (red, green, blue), row by row. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}

const WHITE_SPACE = /\s/;

/** Of the binary kind, `P6`, with 255 for the brightest. Undefined: it is none, or is cut off. https://netpbm.sourceforge.net/doc/ppm.html */
export function readPpm(content: Uint8Array): Pixels | undefined {
  const head = Buffer.from(content.subarray(0, 1024)).toString('latin1');
  const [all = '', width = '', height = ''] = /^P6\s+(?:#.*\s+)*(\d{1,5})\s+(?:#.*\s+)*(\d{1,5})\s+(?:#.*\s+)*255(?=\s)/.exec(head) ?? [];
  if (all === '' || !WHITE_SPACE.test(head[all.length] ?? '')) return undefined;
  const rgb = content.subarray(all.length + 1);
  const size = { width: Number(width), height: Number(height) };
  const bytes = size.width * size.height * 3;
  return bytes === 0 || rgb.length < bytes ? undefined : { ...size, rgb: rgb.subarray(0, bytes) };
}

/** As wide and high as goes into it whole, each pixel the mean of those in its place. */
export function shrunk({ width, height, rgb }: Pixels, scale: number): Pixels {
  const [columns, rows] = [Math.max(1, Math.floor(width / scale)), Math.max(1, Math.floor(height / scale))];
  const small = new Uint8Array(columns * rows * 3);
  for (let at = 0; at < small.length; at += 1) {
    const [column, row] = [Math.floor(at / 3) % columns, Math.floor(at / 3 / columns)];
    small[at] = meanOf({ width, height, rgb }, { left: column * scale, top: row * scale, scale, colour: at % 3 });
  }
  return { width: columns, height: rows, rgb: small };
}

interface Place {
  readonly left: number;
  readonly top: number;
  readonly scale: number;
  readonly colour: number;
}

function meanOf({ width, height, rgb }: Pixels, { left, top, scale, colour }: Place): number {
  const [right, bottom] = [Math.min(left + scale, width), Math.min(top + scale, height)];
  let sum = 0;
  for (let y = top; y < bottom; y += 1) for (let x = left; x < right; x += 1) sum += rgb[(y * width + x) * 3 + colour] ?? 0;
  return Math.round(sum / ((right - left) * (bottom - top)));
}

const SIGNATURE = Buffer.from('\u0089PNG\r\n\u001A\n', 'latin1');
const TRUE_COLOUR = 2;
const compress = promisify(deflate);

/** https://www.w3.org/TR/png-3/ */
export async function writePng({ width, height, rgb }: Pixels): Promise<Uint8Array> {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, TRUE_COLOUR], 8);
  // Every row begins with the filter that it went through: none.
  const rows = Buffer.alloc(height * (1 + width * 3));
  for (let row = 0; row < height; row += 1) rows.set(rgb.subarray(row * width * 3, (row + 1) * width * 3), row * (1 + width * 3) + 1);
  return Buffer.concat([SIGNATURE, chunk('IHDR', header), chunk('IDAT', await compress(rows)), chunk('IEND', new Uint8Array())]);
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
}

/** Of a PNG; undefined: it is none. */
export function sizeOfPng(content: Uint8Array): Pick<Pixels, 'width' | 'height'> | undefined {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.length);
  if (bytes.length < 24 || !bytes.subarray(0, 8).equals(SIGNATURE)) return undefined;
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
}
