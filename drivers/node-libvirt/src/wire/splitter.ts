/**
 * Cuts what a socket delivers into frames. A frame that lies within one chunk is a view of it; one that spans chunks is put
 * together once, when it is complete, so the cost stays linear however small the chunks are.
 */
import { ProtocolError } from '../errors.ts';
import { FRAME_MAX_BYTES, FRAME_MIN_BYTES } from './frame.ts';

const LENGTH_BYTES = 4;

export class FrameSplitter {
  readonly #onFrame: (frame: Buffer) => void;
  #chunks: Buffer[] = [];
  #buffered = 0;
  /** How many bytes must be there before it is worth looking again. */
  #wanted = LENGTH_BYTES;

  /** `onFrame` gets each complete frame, length and header included. What it throws goes to the caller of `push`. */
  constructor(onFrame: (frame: Buffer) => void) {
    this.#onFrame = onFrame;
  }

  /** Throws `ProtocolError` on a length that no frame can have; after that nothing more can be read from this connection. */
  push(chunk: Buffer): void {
    this.#buffered += chunk.length;
    if (this.#buffered < this.#wanted) {
      this.#chunks.push(chunk);
      return;
    }
    const data = this.#chunks.length === 0 ? chunk : joined([...this.#chunks, chunk], this.#buffered);
    const rest = this.#split(data);
    this.#chunks = rest.length === 0 ? [] : [within(chunk, rest)];
    this.#buffered = rest.length;
  }

  #split(data: Buffer): Buffer {
    let offset = 0;
    for (;;) {
      const available = data.length - offset;
      this.#wanted = available < LENGTH_BYTES ? LENGTH_BYTES : frameLength(data, offset);
      if (available < this.#wanted) return data.subarray(offset);
      this.#onFrame(data.subarray(offset, offset + this.#wanted));
      offset += this.#wanted;
    }
  }
}

/** The same bytes, as a view of the newest chunk, which they end: the little that is left would keep a whole large frame in memory. */
const within = (chunk: Buffer, rest: Buffer): Buffer => (rest.length <= chunk.length ? chunk.subarray(chunk.length - rest.length) : rest);

/** Without a copy where they lie one behind the other. */
function joined(chunks: readonly Buffer[], length: number): Buffer {
  const [first] = chunks;
  if (first === undefined || !areAdjacent(chunks)) return Buffer.concat(chunks, length);
  return Buffer.from(first.buffer, first.byteOffset, length);
}

function areAdjacent(chunks: readonly Buffer[]): boolean {
  return chunks.every((chunk, index) => {
    const before = chunks[index - 1];
    return before === undefined || (before.buffer === chunk.buffer && before.byteOffset + before.length === chunk.byteOffset);
  });
}

function frameLength(data: Buffer, offset: number): number {
  const length = data.readUInt32BE(offset);
  if (length < FRAME_MIN_BYTES || length > FRAME_MAX_BYTES) throw new ProtocolError(`Frame of ${length} bytes`);
  return length;
}
