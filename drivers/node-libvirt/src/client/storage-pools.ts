/** Storage pools: places on the host that volumes live in. */
import type { CallOptions } from '../connection/call-options.ts';
import { ErrorCode } from '../constants/errors.ts';
import * as procedures from '../procedures/storage.ts';
import type { StoragePool, StoragePoolRef, StorageVolume } from '../types/references.ts';
import type { Caller, FlagOptions } from './caller.ts';
import { unlessMissing } from './lookup.ts';

export interface StoragePoolInfo {
  /** One of `StoragePoolState`. */
  readonly state: number;
  readonly capacityBytes: number;
  readonly allocationBytes: number;
  readonly availableBytes: number;
}

export class StoragePools {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** Flags: `ListStoragePools`; without any, all pools. */
  async list({ flags = 0, ...options }: FlagOptions = {}): Promise<readonly StoragePool[]> {
    return (await this.#caller.call(procedures.connectListAllStoragePools, { need_results: 1, flags }, options)).pools;
  }

  async lookupByName(name: string, options?: CallOptions): Promise<StoragePool | undefined> {
    return this.#found(this.#caller.call(procedures.storagePoolLookupByName, { name }, options));
  }

  async lookupByUuid(uuid: string, options?: CallOptions): Promise<StoragePool | undefined> {
    return this.#found(this.#caller.call(procedures.storagePoolLookupByUuid, { uuid }, options));
  }

  async lookupByVolume(volume: StorageVolume, options?: CallOptions): Promise<StoragePool | undefined> {
    return this.#found(this.#caller.call(procedures.storagePoolLookupByVolume, { vol: volume }, options));
  }

  async lookupByTargetPath(path: string, options?: CallOptions): Promise<StoragePool | undefined> {
    return this.#found(this.#caller.call(procedures.storagePoolLookupByTargetPath, { path }, options));
  }

  async info(pool: StoragePoolRef, options?: CallOptions): Promise<StoragePoolInfo> {
    const info = await this.#caller.call(procedures.storagePoolGetInfo, { pool }, options);
    return { state: info.state, capacityBytes: info.capacity, allocationBytes: info.allocation, availableBytes: info.available };
  }

  /** Flags: `StorageXml`. */
  async xml(pool: StoragePoolRef, { flags = 0, ...options }: FlagOptions = {}): Promise<string> {
    return (await this.#caller.call(procedures.storagePoolGetXmlDesc, { pool, flags }, options)).xml;
  }

  /** Reads the pool's contents afresh: what was put there behind libvirt's back appears. */
  async refresh(pool: StoragePoolRef, options?: CallOptions): Promise<void> {
    await this.#caller.call(procedures.storagePoolRefresh, { pool, flags: 0 }, options);
  }

  async define(xml: string, options?: CallOptions): Promise<StoragePool> {
    return (await this.#caller.call(procedures.storagePoolDefineXml, { xml, flags: 0 }, options)).pool;
  }

  /** Starts a pool that has no definition (transient). Flags: `StoragePoolCreate`. */
  async createTransient(xml: string, { flags = 0, ...options }: FlagOptions = {}): Promise<StoragePool> {
    return (await this.#caller.call(procedures.storagePoolCreateXml, { xml, flags }, options)).pool;
  }

  /** Makes what the pool lives on: its folder, volume group, ... Flags: `StoragePoolBuild`. */
  async build(pool: StoragePoolRef, { flags = 0, ...options }: FlagOptions = {}): Promise<void> {
    await this.#caller.call(procedures.storagePoolBuild, { pool, flags }, options);
  }

  /** Flags: `StoragePoolCreate`. */
  async start(pool: StoragePoolRef, { flags = 0, ...options }: FlagOptions = {}): Promise<void> {
    await this.#caller.call(procedures.storagePoolCreate, { pool, flags }, options);
  }

  /** Stops the pool; its volumes stay. */
  async stop(pool: StoragePoolRef, options?: CallOptions): Promise<void> {
    await this.#caller.call(procedures.storagePoolDestroy, { pool }, options);
  }

  async undefine(pool: StoragePoolRef, options?: CallOptions): Promise<void> {
    await this.#caller.call(procedures.storagePoolUndefine, { pool }, options);
  }

  async #found(lookup: Promise<{ readonly pool: StoragePool }>): Promise<StoragePool | undefined> {
    return (await unlessMissing(lookup, ErrorCode.NO_STORAGE_POOL))?.pool;
  }
}
