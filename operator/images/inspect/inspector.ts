/**
 * Looks at an image while it streams past, and refuses what is not safe or not what it is said to be.
 *
 * Pure: bytes in, a verdict out; it keeps the first 64 KiB and the last 512 bytes, whatever the size. Content counts,
 * never a file's name: a raw image that begins like a qcow2 would be one for anybody who probes it later.
 */
import type { ImageFormat } from '../../../drivers/contract.ts';
import { readQcow2Header } from './qcow2-header.ts';
import { Qcow2Tables } from './qcow2-tables.ts';
import { damagedImage, imageTooLarge, unexpectedFormat } from './refusal.ts';
import { HEAD_BYTES, recognise, TAIL_BYTES } from './signatures.ts';
import { readVhdFooter } from './vhd.ts';

export interface InspectionLimits {
  /** Of the file. */
  readonly maxSizeBytes: number;
  /** Of the disk that a guest sees: a file of a kilobyte can claim exabytes. */
  readonly maxVirtualSizeBytes: number;
}

export interface Inspection {
  readonly sizeBytes: number;
  readonly virtualSizeBytes: number;
}

const SECTOR_BYTES = 512;

export class ImageInspector {
  readonly #format: ImageFormat;
  readonly #limits: InspectionLimits;
  readonly #head = new Uint8Array(HEAD_BYTES);
  #tail: Uint8Array = new Uint8Array(0);
  #size = 0;
  #tables: Qcow2Tables | undefined;
  #qcow2VirtualSize: number | undefined;

  constructor(format: ImageFormat, limits: InspectionLimits) {
    this.#format = format;
    this.#limits = limits;
  }

  /** The next bytes of the file. Throws a `DriverError` labelled `InvalidSpec` as soon as the image is known to be bad. */
  push(chunk: Uint8Array): void {
    const offset = this.#size;
    this.#size += chunk.length;
    if (this.#size > this.#limits.maxSizeBytes)
      throw imageTooLarge(`The image is larger than the ${this.#limits.maxSizeBytes} bytes that are accepted`);
    if (offset < HEAD_BYTES) this.#head.set(chunk.subarray(0, HEAD_BYTES - offset), offset);
    this.#tail = lastBytes(this.#tail, chunk, TAIL_BYTES);
    if (this.#tables !== undefined) this.#tables.push(chunk, offset);
    else if (offset < HEAD_BYTES && this.#size >= HEAD_BYTES) this.#judgeHead(chunk, offset);
  }

  /** The file has ended well: what it is. */
  finish(): Inspection {
    if (this.#size === 0) throw damagedImage('The image is empty');
    if (this.#size < HEAD_BYTES) this.#judgeHead(new Uint8Array(0), this.#size);
    this.#expect(recognise(this.#seenHead(), this.#tail));
    return { sizeBytes: this.#size, virtualSizeBytes: this.#virtualSize() };
  }

  #seenHead(): Uint8Array {
    return this.#head.subarray(0, Math.min(this.#size, HEAD_BYTES));
  }

  /** Once the head is complete; what of it belongs to a table is looked at now, and so is the rest of the chunk that completed it. */
  #judgeHead(chunk: Uint8Array, offset: number): void {
    const head = this.#seenHead();
    // A footer says more than the head of a file that is shorter than both, so the end of a vhd or raw is judged at the end.
    if (this.#format !== 'vhd') this.#expect(recognise(head, new Uint8Array(0)));
    if (this.#format !== 'qcow2') return;
    const header = readQcow2Header(head, this.#limits.maxVirtualSizeBytes);
    this.#qcow2VirtualSize = header.virtualSizeBytes;
    this.#tables = new Qcow2Tables(header);
    this.#tables.push(head, 0);
    this.#tables.push(chunk.subarray(HEAD_BYTES - offset), HEAD_BYTES);
  }

  #expect(found: string | undefined): void {
    if ((found ?? 'raw') === this.#format) return;
    throw unexpectedFormat(
      `The content is not ${this.#format}: it looks like ${found ?? 'raw data'}. Correct the format or the url of the source`,
    );
  }

  #virtualSize(): number {
    switch (this.#format) {
      case 'qcow2':
        this.#tables?.finish(this.#size);
        return this.#qcow2VirtualSize ?? 0;
      case 'vhd':
        return readVhdFooter(this.#tail, this.#limits.maxVirtualSizeBytes);
      case 'raw':
        return this.#rawSize();
    }
  }

  #rawSize(): number {
    const size = Math.ceil(this.#size / SECTOR_BYTES) * SECTOR_BYTES;
    if (size > this.#limits.maxVirtualSizeBytes)
      throw imageTooLarge(`The image's disk has ${size} bytes; at most ${this.#limits.maxVirtualSizeBytes} are accepted`);
    return size;
  }
}

/** The last `count` bytes of what was seen so far and the chunk; copied, so that the chunk's memory is not held. */
function lastBytes(before: Uint8Array, chunk: Uint8Array, count: number): Uint8Array {
  if (chunk.length >= count) return chunk.slice(-count);
  return Buffer.concat([before, chunk]).subarray(-count);
}
