/**
 * The first-level and refcount tables of a qcow2 image, checked entry by entry while the image streams past.
 *
 * They may lie anywhere in the file and be megabytes long, so nothing is kept but the furthest place they point to,
 * which must be inside the file once its length is known.
 */
import { damagedImage } from './refusal.ts';
import type { Qcow2Header, Qcow2Table } from './qcow2-header.ts';

const ENTRY_BYTES = 8;
/** Of the upper half of an entry. First level: bit 63 says "copied", bits 56-62 are reserved. Refcounts: all is offset. */
const L1_RESERVED_HIGH = 0x7f00_0000;
const L1_OFFSET_HIGH = 0x00ff_ffff;
const REFCOUNT_OFFSET_HIGH = 0xffff_ffff;

export class Qcow2Tables {
  readonly #watches: readonly TableWatch[];

  constructor(header: Qcow2Header) {
    this.#watches = [
      new TableWatch(header.l1, header.clusterBytes, L1_RESERVED_HIGH, L1_OFFSET_HIGH),
      new TableWatch(header.refcounts, header.clusterBytes, 0, REFCOUNT_OFFSET_HIGH),
    ];
  }

  /** The next bytes of the file; `offset` is where they stand in it. */
  push(chunk: Uint8Array, offset: number): void {
    for (const watch of this.#watches) watch.push(chunk, offset);
  }

  /** The file has ended: every table was there in full, and points into the file. */
  finish(fileBytes: number): void {
    for (const watch of this.#watches) watch.finish(fileBytes);
  }
}

class TableWatch {
  readonly #start: number;
  readonly #end: number;
  /** Places are multiples of the cluster size, at most 2^21: the lower half of an entry tells. */
  readonly #alignmentLow: number;
  readonly #reservedHigh: number;
  readonly #offsetHigh: number;
  readonly #split = new Uint8Array(ENTRY_BYTES);
  #splitBytes = 0;
  #furthest = 0;

  constructor(table: Qcow2Table, clusterBytes: number, reservedHigh: number, offsetHigh: number) {
    this.#start = table.offset;
    this.#end = table.offset + table.entries * ENTRY_BYTES;
    this.#alignmentLow = clusterBytes - 1;
    this.#reservedHigh = reservedHigh;
    this.#offsetHigh = offsetHigh;
  }

  push(chunk: Uint8Array, offset: number): void {
    const from = Math.max(this.#start - offset, 0);
    const to = Math.min(this.#end - offset, chunk.length);
    if (from < to) this.#read(chunk.subarray(from, to));
  }

  finish(fileBytes: number): void {
    if (this.#end > fileBytes) throw damagedImage('The image ends before its tables do: it was cut off');
    if (this.#furthest >= fileBytes) throw damagedImage('The image points beyond its own end: it was cut off');
  }

  /** Bytes of the table, in order; an entry may be split between two chunks. */
  #read(bytes: Uint8Array): void {
    let index = 0;
    while (this.#splitBytes > 0 && index < bytes.length) {
      this.#split[this.#splitBytes] = bytes[index] ?? 0;
      index += 1;
      this.#splitBytes = (this.#splitBytes + 1) % ENTRY_BYTES;
      if (this.#splitBytes === 0) this.#check(new DataView(this.#split.buffer), 0);
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (; index + ENTRY_BYTES <= bytes.length; index += ENTRY_BYTES) this.#check(view, index);
    const rest = bytes.subarray(index);
    this.#split.set(rest, this.#splitBytes);
    this.#splitBytes += rest.length;
  }

  #check(view: DataView, at: number): void {
    const high = view.getUint32(at);
    const low = view.getUint32(at + 4);
    if ((high & this.#reservedHigh) !== 0 || (low & this.#alignmentLow) !== 0) {
      throw damagedImage('The tables of the image are damaged: look at it with "qemu-img check"');
    }
    // Beyond 2^53 this is not exact, and need not be: no file is that long.
    const place = ((high & this.#offsetHigh) >>> 0) * 2 ** 32 + low;
    if (place > this.#furthest) this.#furthest = place;
  }
}
