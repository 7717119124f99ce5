/**
 * Small contents as they go over the wire, and are kept: base64 of what is not zero in them, since config drives are
 * mostly zeros. Deflating them takes ten times as long, all of it the operator's.
 *
 * Bytes: the length of the content, then runs of offset, length and that many bytes; numbers are 32 bits, little-endian.
 */
const BLOCK = 512;
const ZEROS = Buffer.alloc(BLOCK);

export function packed(content: Uint8Array): string {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  const parts: Buffer[] = [numbers(bytes.length)];
  for (let at = 0; at < bytes.length; at += BLOCK) {
    if (isZero(bytes, at)) continue;
    const from = at;
    while (at < bytes.length && !isZero(bytes, at)) at += BLOCK;
    const run = bytes.subarray(from, at);
    parts.push(numbers(from, run.length), run);
  }
  return Buffer.concat(parts).toString('base64');
}

export function unpacked(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64');
  const content = Buffer.alloc(bytes.readUInt32LE(0));
  for (let at = 4; at < bytes.length;) {
    const [offset, length] = [bytes.readUInt32LE(at), bytes.readUInt32LE(at + 4)];
    at += 8;
    bytes.copy(content, offset, at, at + length);
    at += length;
  }
  return content;
}

function isZero(bytes: Buffer, at: number): boolean {
  const end = Math.min(at + BLOCK, bytes.length);
  return bytes.compare(ZEROS, 0, end - at, at, end) === 0;
}

function numbers(...values: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32LE(value, index * 4);
  return bytes;
}
