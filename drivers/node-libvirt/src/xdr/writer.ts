/**
 * Writes XDR (RFC 4506) into a growing slab, frame after frame.
 *
 * What was handed out by `take` is never written to again: the slab is filled once, front to back, and then replaced. So
 * the bytes can go to a socket without being copied, and all calls made in one turn of the event loop go out as one write.
 */
import { InvalidArgumentError } from '../errors.ts';

const SLAB_BYTES = 64 * 1024;
const TWO_TO_32 = 0x1_0000_0000;

export class XdrWriter {
  #slab: Buffer = Buffer.allocUnsafe(SLAB_BYTES);
  /** Start of what has not been taken yet. */
  #start = 0;
  #offset = 0;

  /** Bytes written and not taken. */
  get length(): number {
    return this.#offset - this.#start;
  }

  /** All bytes written since the last `take`. */
  take(): Buffer {
    const taken = this.#slab.subarray(this.#start, this.#offset);
    this.#start = this.#offset;
    // A slab that one large message has made large is not kept.
    if (this.#slab.length > SLAB_BYTES) this.#replace(Buffer.allocUnsafe(SLAB_BYTES), 0);
    return taken;
  }

  /** Forgets what was written after `length` had this value: undoes half a message. */
  truncate(length: number): void {
    this.#offset = this.#start + length;
  }

  /** Writes the unsigned number at a place that was written before; `at` counts like `length`. */
  patchUint(at: number, value: number): void {
    this.#slab.writeUInt32BE(value, this.#start + at);
  }

  int(value: number): void {
    integer(value, -0x8000_0000, 0x7fff_ffff);
    const at = this.#reserve(4);
    this.#slab.writeInt32BE(value, at);
  }

  uint(value: number): void {
    integer(value, 0, 0xffff_ffff);
    const at = this.#reserve(4);
    this.#slab.writeUInt32BE(value, at);
  }

  hyper(value: number | bigint): void {
    if (typeof value === 'bigint') return this.#hyperExact(value);
    integer(value, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
    const at = this.#reserve(8);
    this.#slab.writeInt32BE(Math.floor(value / TWO_TO_32), at);
    this.#slab.writeUInt32BE(value >>> 0, at + 4);
  }

  uhyper(value: number | bigint): void {
    if (typeof value === 'bigint') return this.#uhyperExact(value);
    integer(value, 0, Number.MAX_SAFE_INTEGER);
    const at = this.#reserve(8);
    this.#slab.writeUInt32BE(Math.floor(value / TWO_TO_32), at);
    this.#slab.writeUInt32BE(value >>> 0, at + 4);
  }

  double(value: number): void {
    const at = this.#reserve(8);
    this.#slab.writeDoubleBE(value, at);
  }

  string(value: string, maxBytes: number): void {
    // A NUL would end the string inside the daemon, which would then see another name than the caller meant.
    if (value.includes('\0')) throw new InvalidArgumentError('A string with a NUL character cannot be sent');
    const length = Buffer.byteLength(value);
    if (length > maxBytes) throw new InvalidArgumentError(`String of ${length} bytes, at most ${maxBytes} are allowed`);
    const at = this.#lengthAndSpace(length);
    this.#slab.write(value, at, length, 'utf8');
  }

  opaque(value: Uint8Array, maxBytes: number): void {
    if (value.length > maxBytes) throw new InvalidArgumentError(`Data of ${value.length} bytes, at most ${maxBytes} are allowed`);
    const at = this.#lengthAndSpace(value.length);
    this.#slab.set(value, at);
  }

  uuid(value: string): void {
    if (!UUID.test(value)) throw new InvalidArgumentError(`Not a UUID: ${JSON.stringify(value)}`);
    const at = this.#reserve(16);
    this.#slab.write(value.replaceAll('-', ''), at, 16, 'hex');
  }

  /** Raw bytes without length or padding. */
  bytes(value: Uint8Array): void {
    const at = this.#reserve(value.length);
    this.#slab.set(value, at);
  }

  #hyperExact(value: bigint): void {
    if (BigInt.asIntN(64, value) !== value) throw new InvalidArgumentError(`${value} is not a signed 64-bit number`);
    const at = this.#reserve(8);
    this.#slab.writeBigInt64BE(value, at);
  }

  #uhyperExact(value: bigint): void {
    if (BigInt.asUintN(64, value) !== value) throw new InvalidArgumentError(`${value} is not an unsigned 64-bit number`);
    const at = this.#reserve(8);
    this.#slab.writeBigUInt64BE(value, at);
  }

  /** Writes the length and zeroes the padding; returns where the bytes go. */
  #lengthAndSpace(length: number): number {
    const at = this.#reserve(4 + ((length + 3) & ~3));
    this.#slab.writeUInt32BE(length, at);
    for (let pad = at + 4 + length; pad < this.#offset; pad++) this.#slab[pad] = 0;
    return at + 4;
  }

  #reserve(bytes: number): number {
    const at = this.#offset;
    if (at + bytes <= this.#slab.length) {
      this.#offset = at + bytes;
      return at;
    }
    const pending = this.length;
    const slab = Buffer.allocUnsafe(Math.max(SLAB_BYTES, 2 * (pending + bytes)));
    this.#slab.copy(slab, 0, this.#start, at);
    this.#replace(slab, pending + bytes);
    return pending;
  }

  #replace(slab: Buffer, offset: number): void {
    this.#slab = slab;
    this.#start = 0;
    this.#offset = offset;
  }
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

function integer(value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new InvalidArgumentError(`${value} is not a whole number from ${min} to ${max}`);
  }
}
