/** Storage volumes: the disks in a pool, and their contents as streams. */
import type { CallOptions } from '../connection/call-options.ts';
import { inMessages } from '../connection/packer.ts';
import { ErrorCode } from '../constants/errors.ts';
import { ProtocolError } from '../errors.ts';
import * as procedures from '../procedures/storage.ts';
import type { StoragePoolRef, StorageVolume } from '../types/references.ts';
import type { Caller, FlagOptions } from './caller.ts';
import { unlessMissing } from './lookup.ts';

export interface StorageVolumeInfo {
  /** One of `StorageVolumeType`. */
  readonly type: number;
  /** Of the disk that a guest sees. */
  readonly capacityBytes: number;
  /** What it takes of the pool now. */
  readonly allocationBytes: number;
}

/** Which part of a volume; default all of it. */
export interface TransferOptions extends CallOptions {
  readonly offset?: number;
  /** Bytes; 0: to the end. */
  readonly length?: number;
}

export class StorageVolumes {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  async list(pool: StoragePoolRef, options?: CallOptions): Promise<readonly StorageVolume[]> {
    return (await this.#caller.call(procedures.storagePoolListAllVolumes, { pool, need_results: 1, flags: 0 }, options)).vols;
  }

  async lookupByName(pool: StoragePoolRef, name: string, options?: CallOptions): Promise<StorageVolume | undefined> {
    return this.#found(this.#caller.call(procedures.storageVolLookupByName, { pool, name }, options));
  }

  async lookupByKey(key: string, options?: CallOptions): Promise<StorageVolume | undefined> {
    return this.#found(this.#caller.call(procedures.storageVolLookupByKey, { key }, options));
  }

  async lookupByPath(path: string, options?: CallOptions): Promise<StorageVolume | undefined> {
    return this.#found(this.#caller.call(procedures.storageVolLookupByPath, { path }, options));
  }

  /** Flags: `StorageVolumeCreate`. */
  async create(pool: StoragePoolRef, xml: string, { flags = 0, ...options }: FlagOptions = {}): Promise<StorageVolume> {
    return (await this.#caller.call(procedures.storageVolCreateXml, { pool, xml, flags }, options)).vol;
  }

  /** Makes a volume with the contents of another, in the same pool or another. Flags: `StorageVolumeCreate`. */
  async createFrom(
    pool: StoragePoolRef,
    xml: string,
    source: StorageVolume,
    { flags = 0, ...options }: FlagOptions = {},
  ): Promise<StorageVolume> {
    return (await this.#caller.call(procedures.storageVolCreateXmlFrom, { pool, xml, clonevol: source, flags }, options)).vol;
  }

  /** Flags: `StorageVolumeDelete`. */
  async delete(volume: StorageVolume, { flags = 0, ...options }: FlagOptions = {}): Promise<void> {
    await this.#caller.call(procedures.storageVolDelete, { vol: volume, flags }, options);
  }

  async info(volume: StorageVolume, options?: CallOptions): Promise<StorageVolumeInfo> {
    const info = await this.#caller.call(procedures.storageVolGetInfo, { vol: volume }, options);
    return { type: info.type, capacityBytes: info.capacity, allocationBytes: info.allocation };
  }

  async xml(volume: StorageVolume, options?: CallOptions): Promise<string> {
    return (await this.#caller.call(procedures.storageVolGetXmlDesc, { vol: volume, flags: 0 }, options)).xml;
  }

  async path(volume: StorageVolume, options?: CallOptions): Promise<string> {
    return (await this.#caller.call(procedures.storageVolGetPath, { vol: volume }, options)).name;
  }

  /** Flags: `StorageVolumeResize`. */
  async resize(volume: StorageVolume, capacityBytes: number, { flags = 0, ...options }: FlagOptions = {}): Promise<void> {
    await this.#caller.call(procedures.storageVolResize, { vol: volume, capacity: capacityBytes, flags }, options);
  }

  /**
   * Writes `content` into the volume and resolves when the daemon has all of it. When `content` throws the upload is aborted
   * and rejects with that; what was written stays written.
   */
  async upload(
    volume: StorageVolume,
    content: AsyncIterable<Uint8Array>,
    { offset = 0, length = 0, ...options }: TransferOptions = {},
  ): Promise<void> {
    const stream = await this.#caller.openStream(procedures.storageVolUpload, { vol: volume, offset, length, flags: 0 }, options);
    try {
      for await (const message of inMessages(content)) await stream.writeMessage(message);
      await stream.end();
    } finally {
      // Without effect when the end was confirmed.
      stream.abort();
    }
  }

  /**
   * Reads the volume. Nothing is asked of the host before the first chunk is; leaving the loop early ends the download. A
   * daemon that sends more than `length` is not believed: `ProtocolError`.
   */
  async *download(
    volume: StorageVolume,
    { offset = 0, length = 0, ...options }: TransferOptions = {},
  ): AsyncGenerator<Uint8Array, void, void> {
    const stream = await this.#caller.openStream(procedures.storageVolDownload, { vol: volume, offset, length, flags: 0 }, options);
    try {
      let bytes = 0;
      for await (const chunk of stream) {
        bytes += chunk.length;
        if (length > 0 && bytes > length) throw new ProtocolError(`${stream.name} brought ${bytes} bytes, ${length} were asked for`);
        yield chunk;
      }
      await stream.end();
    } finally {
      stream.abort();
    }
  }

  async #found(lookup: Promise<{ readonly vol: StorageVolume }>): Promise<StorageVolume | undefined> {
    return (await unlessMissing(lookup, ErrorCode.NO_STORAGE_VOL))?.vol;
  }
}
