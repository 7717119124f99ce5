/**
 * Reads XDR (RFC 4506) from one buffer. Every read is checked against the end: a short, oversized or impossible value is a
 * `ProtocolError`, never a crash and never more memory than the frame itself.
 */
import { ProtocolError } from '../errors.ts';

const TWO_TO_32 = 0x1_0000_0000;

export class XdrReader {
  #buffer: Buffer;
  #offset: number;
  #end: number;

  constructor(buffer: Buffer, start = 0, end = buffer.length) {
    this.#buffer = buffer;
    this.#offset = start;
    this.#end = end;
  }

  /** Bytes not read yet. */
  get remaining(): number {
    return this.#end - this.#offset;
  }

  #advance(bytes: number): number {
    const at = this.#offset;
    if (bytes > this.#end - at) throw new ProtocolError(`Message ends ${bytes - (this.#end - at)} bytes too early`);
    this.#offset = at + bytes;
    return at;
  }

  int(): number {
    return this.#buffer.readInt32BE(this.#advance(4));
  }

  uint(): number {
    return this.#buffer.readUInt32BE(this.#advance(4));
  }

  /** A signed 64-bit number; beyond 2^53 it is rounded to the nearest that a number can hold. */
  hyper(): number {
    const at = this.#advance(8);
    return this.#buffer.readInt32BE(at) * TWO_TO_32 + this.#buffer.readUInt32BE(at + 4);
  }

  /** As `hyper`, unsigned. */
  uhyper(): number {
    const at = this.#advance(8);
    return this.#buffer.readUInt32BE(at) * TWO_TO_32 + this.#buffer.readUInt32BE(at + 4);
  }

  hyperExact(): bigint {
    return this.#buffer.readBigInt64BE(this.#advance(8));
  }

  uhyperExact(): bigint {
    return this.#buffer.readBigUInt64BE(this.#advance(8));
  }

  double(): number {
    return this.#buffer.readDoubleBE(this.#advance(8));
  }

  /** XDR booleans and the mark of an optional value are 0 or 1; anything else means that we lost our place. */
  flag(): boolean {
    const value = this.uint();
    if (value > 1) throw new ProtocolError(`Expected 0 or 1, got ${value}`);
    return value === 1;
  }

  string(maxBytes: number): string {
    const length = this.#length(maxBytes, 'String');
    const at = this.#advance(padded(length));
    return this.#buffer.toString('utf8', at, at + length);
  }

  /** A view, not a copy: the bytes stay valid as long as they are referenced. */
  opaque(maxBytes: number): Buffer {
    const length = this.#length(maxBytes, 'Data');
    const at = this.#advance(padded(length));
    return this.#buffer.subarray(at, at + length);
  }

  /** Bytes of a length both sides know. */
  fixed(length: number): Buffer {
    const at = this.#advance(padded(length));
    return this.#buffer.subarray(at, at + length);
  }

  uuid(): string {
    const at = this.#advance(16);
    const hex = this.#buffer.toString('hex', at, at + 16);
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  }

  /** The number of elements of an array; each takes four bytes at least, so a count can be refused before anything is read. */
  count(max: number): number {
    const count = this.uint();
    if (count > max) throw new ProtocolError(`Array of ${count} elements, at most ${max} are allowed`);
    if (count * 4 > this.remaining) throw new ProtocolError(`Array of ${count} elements in ${this.remaining} bytes`);
    return count;
  }

  /** What is left, as a view. */
  rest(): Buffer {
    return this.#buffer.subarray(this.#advance(this.remaining), this.#end);
  }

  /** The protocol never appends to a message, so left-over bytes mean that it was misread. */
  finish(): void {
    if (this.remaining !== 0) throw new ProtocolError(`Message has ${this.remaining} bytes too many`);
  }

  #length(max: number, what: string): number {
    const length = this.uint();
    if (length > max) throw new ProtocolError(`${what} of ${length} bytes, at most ${max} are allowed`);
    return length;
  }
}

function padded(length: number): number {
  return (length + 3) & ~3;
}
