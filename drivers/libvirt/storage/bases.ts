/** Base images: uploaded once to a pool, never changed, counted only with their marker. */
import { ErrorCode, isLibvirtError, type LibvirtClient, type StorageVolume } from 'node-libvirt';
import type { BaseImage, BaseImageSpec } from '../../contract.ts';
import { DriverError } from '../../labels.ts';
import { ownTime, type Left } from '../time.ts';
import { bootable, draftName, keyOf, markerName, readMarker, writeMarker, type MarkedBase } from './marker.ts';
import { pathIn, refreshPool, type Pool, type Pools } from './pools.ts';
import { HEADER_BYTES, refusalOf } from './qcow2.ts';
import { needRoom } from './room.ts';
import { Watched } from './watched.ts';
import { findDiskOn } from './users.ts';
import { deleteVolume, isGone, once, rawVolume, viewVolume, volumeRef } from './volumes.ts';

/** A marker is smaller by far; more than this is something else. */
const LONGEST_MARKER = 4096;
const REFUSALS = {
  NotQcow2: 'it is no qcow2 file',
  HasBackingFile: 'it is based on another file',
  HasExternalData: 'its data is in another file',
} as const;
const CLEAN_UP_MS = 10_000;
/** Markers read lately, so that a disk is made without reading one; each is checked to be there still before it is believed. */
const REMEMBERED = 256;

export class Bases {
  readonly #client: LibvirtClient;
  readonly #pools: Pools;
  readonly #remembered = new Map<string, MarkedBase>();
  readonly #importing = new Set<string>();

  constructor(client: LibvirtClient, pools: Pools) {
    this.#client = client;
    this.#pools = pools;
  }

  async find(poolName: string, key: string, left: Left): Promise<BaseImage | undefined> {
    return (await this.located(poolName, key, left))?.base;
  }

  /** The base and its path, if it is complete. */
  async located(poolName: string, key: string, left: Left): Promise<{ readonly base: MarkedBase; readonly path: string } | undefined> {
    const pool = await this.#pools.ofImages(poolName, left);
    const path = pathIn(pool, key);
    const [image, marker] = await Promise.all(
      [key, markerName(key)].map((name) => this.#client.volumes.lookupByName(pool.ref, name, left())),
    );
    if (image === undefined || marker === undefined) {
      this.#remembered.delete(path);
      return undefined;
    }
    const base = this.#remembered.get(path) ?? (await this.#read(pool, key, left));
    if (base !== undefined) this.#remember(path, base);
    return base && { base, path };
  }

  async import(spec: BaseImageSpec, content: AsyncIterable<Uint8Array>, left: Left): Promise<BaseImage> {
    const { key, pool: poolName } = spec;
    const format = bootable(spec.format);
    const complete = await this.find(poolName, key, left);
    if (complete !== undefined) return complete;
    const pool = await this.#pools.ofImages(poolName, left);
    const made = await this.#replacing(pool, key, left, async () => {
      await needRoom(this.#client, pool, spec.sizeBytes ?? 0, left);
      const volume = await this.#create(pool, spec, left);
      return volume && (await this.#upload(pool, volume, spec, format, content, left));
    });
    return made ?? this.#madeElsewhere(pool, key, left);
  }

  /** For who would make it: complete, or undefined. Who made it may have been cut off before the draft of its marker went. */
  async made(poolName: string, key: string, left: Left): Promise<BaseImage | undefined> {
    const complete = await this.find(poolName, key, left);
    if (complete === undefined) return undefined;
    await deleteVolume(this.#client, volumeRef(await this.#pools.ofImages(poolName, left), draftName(key)), left);
    return complete;
  }

  /** A qcow2 base whose volume `fill` makes on the host itself; what came of it is looked at, and marked. A complete one is kept. */
  async make(poolName: string, key: string, fill: () => Promise<void>, left: Left): Promise<BaseImage> {
    const complete = await this.made(poolName, key, left);
    if (complete !== undefined) return complete;
    const pool = await this.#pools.ofImages(poolName, left);
    return this.#replacing(pool, key, left, async () => {
      await fill();
      return this.#seal(pool, key, left);
    });
  }

  /** By the names of volumes: a base, its marker, or both. */
  async list(poolName: string, keyPrefix: string, left: Left): Promise<readonly string[]> {
    const pool = await this.#pools.ofImages(poolName, left);
    const volumes = await this.#client.volumes.list(pool.ref, left());
    return [...new Set(volumes.filter(({ name }) => name.startsWith(keyPrefix)).map(({ name }) => keyOf(name)))];
  }

  /** What is unfinished goes; of a complete one first all disks of the pool are looked at. */
  async delete(poolName: string, key: string, left: Left): Promise<void> {
    const pool = await this.#pools.ofImages(poolName, left);
    if ((await this.#client.volumes.lookupByName(pool.ref, markerName(key), left())) !== undefined) {
      // Another host that shares the pool may have made disks in it.
      await refreshPool(this.#client, pool, left);
      const user = await findDiskOn(this.#client, pool, pathIn(pool, key), left);
      if (user !== undefined)
        throw new DriverError('Conflict', `disk ${user} of pool ${poolName} stands on base image ${key}`, { reason: 'BaseInUse' });
    }
    await this.#remove(pool, key, left);
  }

  /** Left-overs of this key go before `work`, and what it made when it fails. */
  async #replacing<T>(pool: Pool, key: string, left: Left, work: () => Promise<T>): Promise<T> {
    const path = pathIn(pool, key);
    if (this.#importing.has(path))
      throw new DriverError('Conflict', `base image ${key} is being made in pool ${pool.ref.name}`, { reason: 'Busy' });
    this.#importing.add(path);
    try {
      await this.#remove(pool, key, left);
      return await work();
    } catch (error) {
      await this.#tidyUp(pool, key);
      throw error;
    } finally {
      this.#importing.delete(path);
    }
  }

  /** What the host copied itself is looked at by its header alone: it is as long as the disk was, and never left the host. */
  async #seal(pool: Pool, key: string, left: Left): Promise<BaseImage> {
    const view = await viewVolume(this.#client, volumeRef(pool, key), left);
    if (view === undefined) throw new DriverError('Transient', `base image ${key} is gone from pool ${pool.ref.name} since it was copied`);
    const base: MarkedBase = { key, format: 'qcow2', sizeBytes: view.physicalBytes, virtualSizeBytes: view.capacityBytes };
    await this.#checkArrived(pool, base, base.sizeBytes, left);
    await this.#markForGood(pool, base, left);
    this.#remember(pathIn(pool, key), base);
    return base;
  }

  /** Undefined: there is a file of that name, which libvirt did not know of. */
  async #create(pool: Pool, { key, sizeBytes = 0 }: BaseImageSpec, left: Left): Promise<StorageVolume | undefined> {
    try {
      return await pool.turns.take(left, () => this.#client.volumes.create(pool.ref, rawVolume(key, sizeBytes), left()));
    } catch (error) {
      if (isLibvirtError(error, ErrorCode.STORAGE_VOL_EXIST)) return undefined;
      if (isLibvirtError(error) && /[Ff]ile exists|already exists/.test(error.message)) return undefined;
      throw error;
    }
  }

  /** Another host that shares the pool put it there, past this one's libvirt. */
  async #madeElsewhere(pool: Pool, key: string, left: Left): Promise<BaseImage> {
    await refreshPool(this.#client, pool, left);
    const complete = await this.find(pool.ref.name, key, left);
    if (complete !== undefined) return complete;
    throw new DriverError('Conflict', `base image ${key} is in pool ${pool.ref.name} and not complete: another host may be importing it`, {
      reason: 'Busy',
    });
  }

  async #upload(
    pool: Pool,
    volume: StorageVolume,
    spec: BaseImageSpec,
    format: MarkedBase['format'],
    content: AsyncIterable<Uint8Array>,
    left: Left,
  ): Promise<BaseImage> {
    const { key } = spec;
    const counted = new Watched(content, left);
    await this.#client.volumes.upload(volume, counted, left());
    const base: MarkedBase = { key, format, ...(spec.clusterId !== undefined && { clusterId: spec.clusterId }), ...spec.verified() };
    await this.#checkArrived(pool, base, counted.bytes, left);
    await this.#mark(pool, base, left);
    this.#remember(pathIn(pool, key), base);
    return base;
  }

  /** What lies on the host is as long as what was sent, and stands alone: looked at there, whatever the sender found. */
  async #checkArrived(pool: Pool, { key, format }: MarkedBase, sentBytes: number, left: Left): Promise<void> {
    const arrived = await viewVolume(this.#client, volumeRef(pool, key), left);
    if (arrived?.physicalBytes !== sentBytes) {
      throw new DriverError('Transient', `base image ${key} has ${arrived?.physicalBytes ?? 0} bytes on the host, ${sentBytes} were sent`);
    }
    if (format !== 'qcow2') return;
    const refusal = refusalOf(await this.#download(volumeRef(pool, key), HEADER_BYTES, left));
    if (refusal === undefined) return;
    throw new DriverError('InvalidSpec', `base image ${key} is refused: ${REFUSALS[refusal]}`, { reason: `Image${refusal}` });
  }

  async #mark(pool: Pool, base: MarkedBase, left: Left): Promise<void> {
    await this.#write(pool, markerName(base.key), writeMarker(base), left);
  }

  /**
   * Of what is nowhere else: a marker that is lost with the power would take the base with it. libvirt flushes raw volumes that
   * it makes from others, but no uploads.
   */
  async #markForGood(pool: Pool, base: MarkedBase, left: Left): Promise<void> {
    const content = writeMarker(base);
    const draft = await this.#write(pool, draftName(base.key), content, left);
    await this.#client.volumes.createFrom(pool.ref, rawVolume(markerName(base.key), content.length), draft, left());
    await deleteVolume(this.#client, draft, left);
  }

  async #write(pool: Pool, name: string, content: Uint8Array, left: Left): Promise<StorageVolume> {
    const volume = await this.#client.volumes.create(pool.ref, rawVolume(name, content.length), left());
    await this.#client.volumes.upload(volume, once(content), left());
    return volume;
  }

  async #read(pool: Pool, key: string, left: Left): Promise<MarkedBase | undefined> {
    try {
      return readMarker(key, await this.#download(volumeRef(pool, markerName(key)), LONGEST_MARKER, left));
    } catch (error) {
      if (isGone(error)) return undefined;
      throw error;
    }
  }

  async #download(volume: StorageVolume, length: number, left: Left): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.#client.volumes.download(volume, { length, ...left() })) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  /** The marker first: from then on the base does not count. */
  async #remove(pool: Pool, key: string, left: Left): Promise<void> {
    this.#remembered.delete(pathIn(pool, key));
    for (const name of [markerName(key), draftName(key), key]) {
      await pool.turns.take(left, () => deleteVolume(this.#client, volumeRef(pool, name), left));
    }
  }

  /**
   * Best effort: what stays has no marker, and the next import replaces it. A base that is complete by now is somebody
   * else's work, who took over while ours was being given up: disks may stand on it.
   */
  async #tidyUp(pool: Pool, key: string): Promise<void> {
    const left = ownTime(CLEAN_UP_MS);
    try {
      if ((await this.#read(pool, key, left)) === undefined) await this.#remove(pool, key, left);
    } catch {
      // Nobody waits for it, and there is nothing to tell that the failure of the import does not.
    }
  }

  #remember(path: string, base: MarkedBase): void {
    this.#remembered.delete(path);
    this.#remembered.set(path, base);
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size > REMEMBERED && oldest !== undefined) this.#remembered.delete(oldest);
  }
}
