/** The bytes of a disk: only what was written is kept, in blocks; the rest is the parent's, or zeros. */
export const BLOCK_BYTES = 64 * 1024;

const ZEROS = Buffer.alloc(BLOCK_BYTES);

export class BlockDevice {
  #size: number;
  #parent: BlockDevice | undefined;
  #own = new Map<number, Buffer>();

  constructor(size: number, parent?: BlockDevice) {
    this.#size = size;
    this.#parent = parent;
  }

  get size(): number {
    return this.#size;
  }

  get ownBytes(): number {
    return this.#own.size * BLOCK_BYTES;
  }

  /** Beyond its parent's end a disk reads zeros. */
  resize(size: number): void {
    this.#size = size;
  }

  /** Another that reads from this one what it was not given. */
  child(): BlockDevice {
    return new BlockDevice(this.#size, this);
  }

  /** All that is read here, in a disk without parents. */
  copy(size = this.#size): BlockDevice {
    const flat = new BlockDevice(size);
    for (const [index, block] of this.#all()) flat.#own.set(index, Buffer.from(block));
    return flat;
  }

  /** What the parent holds becomes this disk's own, and the grandparent its parent. */
  mergeParent(): void {
    const parent = this.#parent;
    if (parent === undefined) return;
    for (const [index, block] of parent.#own) if (!this.#own.has(index)) this.#own.set(index, block);
    this.#parent = parent.#parent;
  }

  /** @throws RangeError beyond the end */
  write(offset: number, bytes: Buffer): void {
    if (offset + bytes.length > this.#size) throw new RangeError(`there are ${this.#size} bytes`);
    for (let done = 0; done < bytes.length;) {
      const index = Math.floor((offset + done) / BLOCK_BYTES);
      const within = (offset + done) % BLOCK_BYTES;
      const part = bytes.subarray(done, done + BLOCK_BYTES - within);
      const block = Buffer.from(this.#block(index));
      part.copy(block, within);
      // What is zero anyway takes no room.
      if (this.#own.has(index) || this.#parent !== undefined || !block.equals(ZEROS)) this.#own.set(index, block);
      done += part.length;
    }
  }

  read(offset: number, length: number): Buffer {
    const parts: Buffer[] = [];
    const end = Math.min(offset + length, this.#size);
    for (let at = offset; at < end;) {
      const within = at % BLOCK_BYTES;
      const part = this.#block(Math.floor(at / BLOCK_BYTES)).subarray(within, Math.min(BLOCK_BYTES, within + end - at));
      parts.push(part);
      at += part.length;
    }
    return Buffer.concat(parts);
  }

  #block(index: number): Buffer {
    const own = this.#own.get(index);
    if (own !== undefined) return own;
    return this.#parent === undefined ? ZEROS : this.#parent.#block(index);
  }

  #all(): ReadonlyMap<number, Buffer> {
    return this.#parent === undefined ? this.#own : new Map([...this.#parent.#all(), ...this.#own]);
  }
}
