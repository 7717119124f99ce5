/** What the beginning of a VHD tells: a copy of its footer, with the size of the disk in it. */
import { DriverError } from '../../labels.ts';
import { within, type Left } from '../time.ts';

export const VHD_HEADER_BYTES = 512;
const COOKIE = 'conectix';
/** Of the footer: current size, big-endian. */
const SIZE_AT = 48;
const TYPE_AT = 60;
const DYNAMIC = 3;

/** Throws `InvalidSpec` on what is no dynamic VHD that stands alone: a differencing one would take its content from elsewhere. */
export function virtualSizeOfVhd(head: Uint8Array): number {
  const view = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  if (view.length < VHD_HEADER_BYTES || view.toString('latin1', 0, COOKIE.length) !== COOKIE)
    throw broken('it does not begin like a dynamic VHD');
  if (view.readUInt32BE(TYPE_AT) !== DYNAMIC) throw broken('it is no dynamic VHD that stands alone');
  const size = view.readBigUInt64BE(SIZE_AT);
  if (size === 0n || size > LARGEST) throw broken(`it claims a disk of ${size} bytes`);
  return Number(size);
}

/** The format has no larger ones. */
const LARGEST = 2n ** 41n;

const broken = (why: string): DriverError => new DriverError('InvalidSpec', `the image is not usable: ${why}`, { reason: 'ImageBroken' });

/** The first bytes of a content, as many as there are of these, and all of it once more. */
export async function peeked(
  content: AsyncIterable<Uint8Array>,
  bytes: number,
  left: Left,
): Promise<{ readonly head: Uint8Array; readonly whole: AsyncIterable<Uint8Array> }> {
  const source = content[Symbol.asyncIterator]();
  const pieces: Uint8Array[] = [];
  let length = 0;
  while (length < bytes) {
    const { done, value } = await within(source.next(), left);
    if (done === true) break;
    pieces.push(value);
    length += value.length;
  }
  return { head: Buffer.concat(pieces), whole: again(pieces, source) };
}

async function* again(pieces: readonly Uint8Array[], rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* pieces;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}
