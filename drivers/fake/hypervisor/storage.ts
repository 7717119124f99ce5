/** The storage pools of a fake host: disks and base images, of which only names and sizes exist. */
import type { BaseImage, Disk, DiskRef, DiskSpec, ImageFormat, PoolFacts } from '../../contract.ts';
import { isMadeFrom, stemOf } from '../../disk-names.ts';
import { DriverError } from '../../labels.ts';
import type { ExportedBase } from '../protocol.ts';
import { PrefixMap } from './prefix-map.ts';

export interface DiskRecord {
  readonly name: string;
  readonly sizeBytes: number;
  readonly baseKey?: string;
  /** Name of the disk that it was made from. */
  readonly fromDisk?: string;
  /** What was written to it, base64; absent when blank, or too long to be kept. */
  readonly content?: string;
}

/** A base counts when its marker exists; without one it is what a killed import left. */
export interface BaseRecord {
  readonly key: string;
  readonly format: ImageFormat;
  readonly importId: number;
  readonly marker?: BaseImage;
  /** What was imported, packed (packed.ts); absent when it was too long to be kept. */
  readonly content?: string;
}

interface Pool {
  readonly capacityBytes: number;
  readonly disks: PrefixMap<DiskRecord>;
  readonly bases: Map<string, BaseRecord>;
  usedBytes: number;
  /** Its disks are there as the host's shape says: none is made, grown or removed, and no journal keeps them. */
  readonly isExisting?: true;
  /** Its disks are whole copies: none stands on anything, and none is grown. */
  readonly isCopying: boolean;
}

/** Told of every change, for the journal; `undefined` is a removal. */
export type StorageChange =
  | { readonly kind: 'Disk'; readonly pool: string; readonly name: string; readonly record: DiskRecord | undefined }
  | { readonly kind: 'Base'; readonly pool: string; readonly name: string; readonly record: BaseRecord | undefined };

/** Contents of disks and bases are kept while they are together no larger than this (base64). */
const KEPT_CONTENT_BYTES = 64 * 1024 * 1024;

export class Storage {
  readonly #pools = new Map<string, Pool>();
  readonly #changed: (change: StorageChange) => void;
  #keptContent = 0;
  #lastImport = 0;

  constructor(changed: (change: StorageChange) => void) {
    this.#changed = changed;
  }

  /** Makes a pool, or gives the one there is another capacity. */
  setPool(name: string, capacityBytes: number, isCopying = this.#pools.get(name)?.isCopying ?? false): void {
    const { disks = new PrefixMap<DiskRecord>(), bases = new Map<string, BaseRecord>(), usedBytes = 0 } = this.#pools.get(name) ?? {};
    this.#pools.set(name, { capacityBytes, disks, bases, usedBytes, isCopying });
  }

  /** Makes a pool of disks that exist already, or gives the one there is others: sizes by name. */
  setExisting(name: string, sizes: Readonly<Record<string, number>>): void {
    const disks = new PrefixMap<DiskRecord>();
    for (const [disk, sizeBytes] of Object.entries(sizes)) disks.set(disk, { name: disk, sizeBytes });
    const usedBytes = Object.values(sizes).reduce((sum, bytes) => sum + bytes, 0);
    this.#pools.set(name, { capacityBytes: usedBytes, disks, bases: new Map(), usedBytes, isExisting: true, isCopying: false });
  }

  facts(): readonly PoolFacts[] {
    return [...this.#pools].map(([name, { capacityBytes, usedBytes, isExisting }]): PoolFacts => {
      const facts = { name, capacityBytes, availableBytes: Math.max(0, capacityBytes - usedBytes) };
      return isExisting ? Object.assign(facts, { disks: 'Existing' as const }) : facts;
    });
  }

  disk({ pool, name }: DiskRef): DiskRecord | undefined {
    return this.#pools.get(pool)?.disks.get(name);
  }

  /** Disks and bases of every pool, as changes from nothing. */
  *contents(): Iterable<StorageChange> {
    for (const [pool, { disks, bases, isExisting }] of this.#pools) {
      if (isExisting) continue;
      for (const record of disks.startingWith('')) yield { kind: 'Disk', pool, name: record.name, record };
      for (const [name, record] of bases) yield { kind: 'Base', pool, name, record };
    }
  }

  /** Puts back what a journal remembers, without telling of it. */
  restore(change: StorageChange): void {
    if (!this.#pools.has(change.pool)) this.setPool(change.pool, 0);
    if (change.kind === 'Disk') this.#setDisk(this.#pool(change.pool), change.name, change.record);
    else this.#setBase(this.#pool(change.pool), change.name, change.record);
    this.#lastImport = Math.max(this.#lastImport, change.kind === 'Base' ? (change.record?.importId ?? 0) : 0);
  }

  createDisk({ pool, name, sizeBytes: asked, baseKey, fromDisk }: DiskSpec): void {
    const { disks, bases, isCopying } = this.#making(pool);
    const there = disks.get(name);
    // It never cuts off the end of what it begins as.
    const sizeBytes = Math.max(asked, fromDisk === undefined ? 0 : this.#origin(pool, name, fromDisk).sizeBytes);
    if (there !== undefined) {
      if (there.sizeBytes === sizeBytes && (isCopying || (there.baseKey === baseKey && there.fromDisk === fromDisk))) return;
      throw new DriverError('Conflict', `Disk ${name} of pool ${pool} exists, with another size or origin`, { reason: 'DiskExists' });
    }
    if (baseKey !== undefined && bases.get(baseKey)?.marker === undefined) {
      throw new DriverError('NotFound', `Base image ${baseKey} is not in pool ${pool}`, { reason: 'BaseNotFound' });
    }
    const origin = { ...(baseKey !== undefined && { baseKey }), ...(fromDisk !== undefined && { fromDisk }) };
    this.#putDisk(pool, { name, sizeBytes, ...(isCopying ? {} : origin) });
  }

  #origin(pool: string, name: string, fromDisk: string): DiskRecord {
    if (!isMadeFrom(name, fromDisk))
      throw new DriverError('InvalidSpec', `Disk ${name} is not named after ${fromDisk}, which it is made from`);
    const origin = this.#pool(pool).disks.get(fromDisk);
    if (origin !== undefined) return origin;
    throw new DriverError('NotFound', `Disk ${fromDisk} is not in pool ${pool}`, { reason: 'DiskNotFound' });
  }

  /** From now on it stands on what the lowest of those that it was made from stands on. */
  mergeDisk({ pool, name }: DiskRef): void {
    const { disks } = this.#pool(pool);
    const record = disks.get(name);
    if (record === undefined) return;
    let lowest = record;
    for (let below = disks.get(record.fromDisk ?? ''); below !== undefined; below = disks.get(below.fromDisk ?? '')) lowest = below;
    const { fromDisk: _, ...rest } = record;
    this.#putDisk(pool, { ...rest, ...(lowest.baseKey !== undefined && { baseKey: lowest.baseKey }) });
  }

  writeDisk({ pool, name }: DiskRef, sizeBytes: number, content: string | undefined): void {
    this.#making(pool);
    const kept = content !== undefined && this.#keptContent + content.length <= KEPT_CONTENT_BYTES;
    this.#putDisk(pool, { name, sizeBytes, ...(kept && { content }) });
  }

  growDisk({ pool, name }: DiskRef, sizeBytes: number): void {
    const { disks, isCopying } = this.#making(pool);
    const there = disks.get(name);
    if (there === undefined) throw new DriverError('NotFound', `Disk ${name} is not in pool ${pool}`, { reason: 'DiskNotFound' });
    if (there.sizeBytes < sizeBytes && isCopying)
      throw new DriverError('Unsupported', `Disk ${name} is not grown: no disk of pool ${pool} is`, { reason: 'PoolTypeUnsupported' });
    if (there.sizeBytes < sizeBytes) this.#putDisk(pool, { ...there, sizeBytes });
  }

  listDisks(pools: readonly string[], namePrefix: string): readonly Disk[] {
    return pools.flatMap((pool) => {
      const found = [...this.#pool(pool).disks.startingWith(namePrefix)];
      return found.map(({ name, sizeBytes }) => ({ pool, name, capacityBytes: sizeBytes }));
    });
  }

  deleteDisk({ pool, name }: DiskRef): void {
    const there = this.#making(pool);
    if (there.disks.get(name) === undefined) return;
    const user = [...there.disks.startingWith(stemOf(name))].find(({ fromDisk }) => fromDisk === name);
    if (user !== undefined) {
      throw new DriverError('Conflict', `Disk ${name} of pool ${pool} is what disk ${user.name} stands on: that one goes first`, {
        reason: 'DiskInUse',
      });
    }
    this.#setDisk(there, name, undefined);
    this.#changed({ kind: 'Disk', pool, name, record: undefined });
  }

  findBase(pool: string, key: string): BaseImage | undefined {
    return this.#making(pool).bases.get(key)?.marker;
  }

  listBases(pool: string, keyPrefix: string): readonly string[] {
    return [...this.#making(pool).bases.keys()].filter((key) => key.startsWith(keyPrefix));
  }

  /** The import's number; an incomplete base of that key is replaced. A complete one is kept, and is the answer. */
  beginImport(pool: string, key: string, format: ImageFormat, sizeBytes = 0): number | BaseImage {
    const complete = this.findBase(pool, key);
    if (complete !== undefined) return complete;
    this.#needSpace(pool, sizeBytes);
    this.#lastImport += 1;
    this.#putBase(pool, { key, format, importId: this.#lastImport });
    return this.#lastImport;
  }

  exportBase(pool: string, key: string): ExportedBase {
    const record = this.#pool(pool).bases.get(key);
    if (record?.marker === undefined)
      throw new DriverError('NotFound', `Base image ${key} is not in pool ${pool}`, { reason: 'BaseNotFound' });
    return { base: record.marker, ...(record.content !== undefined && { content: record.content }) };
  }

  finishImport(pool: string, importId: number, base: BaseImage, content?: string): void {
    const there = this.#pool(pool);
    if (there.bases.get(base.key)?.importId !== importId) {
      throw new DriverError('Conflict', `The import of ${base.key} was replaced by another`, { reason: 'ImportReplaced' });
    }
    this.#needSpace(pool, base.sizeBytes);
    const kept = content !== undefined && this.#keptContent + content.length <= KEPT_CONTENT_BYTES;
    this.#putBase(pool, { key: base.key, format: base.format, importId, marker: base, ...(kept && { content }) });
  }

  cancelImport(pool: string, key: string, importId: number): void {
    if (this.#pool(pool).bases.get(key)?.importId === importId) this.deleteBase(pool, key);
  }

  deleteBase(pool: string, key: string): void {
    const there = this.#making(pool);
    if (!there.bases.has(key)) return;
    const user = [...there.disks.startingWith('')].find(({ baseKey }) => baseKey === key);
    if (user !== undefined) {
      throw new DriverError('Conflict', `Base image ${key} is used by disk ${user.name}`, { reason: 'BaseInUse' });
    }
    this.#setBase(there, key, undefined);
    this.#changed({ kind: 'Base', pool, name: key, record: undefined });
  }

  #pool(name: string): Pool {
    const pool = this.#pools.get(name);
    if (pool === undefined) throw new DriverError('NotFound', `The host has no pool ${name}`, { reason: 'PoolNotFound' });
    return pool;
  }

  /** A pool that disks and images are made in. */
  #making(name: string): Pool {
    const pool = this.#pool(name);
    if (pool.isExisting === undefined) return pool;
    const message = `The disks of pool ${name} exist already: none is made, grown or removed there: name another pool`;
    throw new DriverError('Unsupported', message, { reason: 'PoolTypeUnsupported' });
  }

  #needSpace(pool: string, bytes: number): void {
    const { capacityBytes, usedBytes } = this.#pool(pool);
    if (usedBytes + bytes <= capacityBytes) return;
    throw new DriverError('InsufficientCapacity', `Pool ${pool} has no room for ${bytes} bytes more`, { reason: 'OutOfSpace' });
  }

  #putDisk(pool: string, record: DiskRecord): void {
    const there = this.#pool(pool);
    this.#needSpace(pool, record.sizeBytes - (there.disks.get(record.name)?.sizeBytes ?? 0));
    this.#setDisk(there, record.name, record);
    this.#changed({ kind: 'Disk', pool, name: record.name, record });
  }

  #putBase(pool: string, record: BaseRecord): void {
    this.#setBase(this.#pool(pool), record.key, record);
    this.#changed({ kind: 'Base', pool, name: record.key, record });
  }

  #setDisk(pool: Pool, name: string, record: DiskRecord | undefined): void {
    const old = pool.disks.get(name);
    pool.usedBytes += (record?.sizeBytes ?? 0) - (old?.sizeBytes ?? 0);
    this.#keptContent += (record?.content?.length ?? 0) - (old?.content?.length ?? 0);
    if (record === undefined) pool.disks.delete(name);
    else pool.disks.set(name, record);
  }

  #setBase(pool: Pool, key: string, record: BaseRecord | undefined): void {
    const old = pool.bases.get(key);
    pool.usedBytes += (record?.marker?.sizeBytes ?? 0) - (old?.marker?.sizeBytes ?? 0);
    this.#keptContent += (record?.content?.length ?? 0) - (old?.content?.length ?? 0);
    if (record === undefined) pool.bases.delete(key);
    else pool.bases.set(key, record);
  }
}
