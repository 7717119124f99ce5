/** The disks of machines: overlays on base images, blank disks, and small ones with given content. */
import { ErrorCode, isLibvirtError, type LibvirtClient, type StorageVolume } from 'node-libvirt';
import type { Disk, DiskQuery, DiskRef, DiskSpec } from '../../contract.ts';
import { isMadeFrom } from '../../disk-names.ts';
import { DriverError } from '../../labels.ts';
import { eachOf, type Left } from '../time.ts';
import type { Bases } from './bases.ts';
import { whyNotMade } from './pool-kinds.ts';
import { createBlank, notInCeph } from './ceph.ts';
import { signOf, type Devices } from './devices.ts';
import { isFolder, isMade, isOfUse, isVolumeGroup, pathIn, refreshPool, type Pool, type Pools } from './pools.ts';
import {
  deleteVolume,
  isGone,
  luksVolume,
  once,
  qcow2Volume,
  rawVolume,
  viewVolume,
  volumeRef,
  type Backing,
  type VolumeView,
} from './volumes.ts';

interface SizedBacking extends Backing {
  readonly virtualSizeBytes: number;
}

const LARGEST_CONTENT = 64 * 2 ** 20;
const READS_AT_ONCE = 16;

export class Disks {
  readonly #client: LibvirtClient;
  readonly #pools: Pools;
  readonly #bases: Bases;
  readonly #devices: Devices;

  constructor(client: LibvirtClient, pools: Pools, bases: Bases, devices: Devices) {
    this.#client = client;
    this.#pools = pools;
    this.#bases = bases;
    this.#devices = devices;
  }

  async create(disk: DiskSpec, left: Left): Promise<void> {
    const pool = await this.#pools.made(disk.pool, left);
    pathIn(pool, disk.name);
    if (!isFolder(pool)) refuseEncryption(pool, disk);
    if (pool.rbd !== undefined) return createBlank(this.#client, pool, disk, left);
    const backing = await this.#origin(pool, disk, left);
    // What it begins as may be larger than what the flavor says; a disk that cuts it off would lose its end.
    const sizeBytes = Math.max(disk.sizeBytes, backing?.virtualSizeBytes ?? 0);
    if (isVolumeGroup(pool)) return this.#devices.create(pool, { name: disk.name, sizeBytes, backing }, left);
    const xml = volumeOf(disk, sizeBytes, backing);
    if (await this.#make(pool, disk.name, xml, left)) return;
    const found = await viewVolume(this.#client, volumeRef(pool, disk.name), left);
    // libvirt may remember one whose file somebody deleted.
    if (found === undefined) await this.#makeAnew(pool, xml, left);
    else checkSame(disk, found, sizeBytes, backing);
  }

  async write({ pool: poolName, name }: DiskRef, content: Uint8Array, left: Left): Promise<void> {
    if (content.length > LARGEST_CONTENT) {
      throw new DriverError('InvalidSpec', `disk ${name} would have ${content.length} bytes: at most ${LARGEST_CONTENT} can be written`);
    }
    const pool = await this.#pools.made(poolName, left);
    pathIn(pool, name);
    if (pool.rbd !== undefined) throw notInCeph(pool, name);
    if (isVolumeGroup(pool)) return this.#devices.replace(pool, { name, sizeBytes: content.length, content }, left);
    const xml = rawVolume(name, content.length);
    if (!(await this.#make(pool, name, xml, left))) {
      // A fresh one has no other length, and nothing of what was there.
      await deleteVolume(this.#client, volumeRef(pool, name), left);
      await this.#make(pool, name, xml, left);
    }
    await this.#client.volumes.upload(volumeRef(pool, name), once(content), left());
  }

  /** libvirt knows the files that were there when it last read a pool, and those it made: for others it is told to read it again. */
  async list({ pools: poolNames, namePrefix, expected = [] }: DiskQuery, left: Left): Promise<readonly Disk[]> {
    const pools = (await Promise.all(poolNames.map((name) => this.#pools.named(name, left)))).filter(isOfUse);
    const known = await this.#listAll(pools, namePrefix, left);
    // Nothing is made where disks exist: a target that does not answer keeps nobody waiting but who asks for it alone.
    const looked = pools.length === 1 ? pools : pools.filter((pool) => isFolder(pool) || pool.imagePool !== undefined);
    if (looked.length === 0 || hasAll(known, expected)) return known;
    const refreshed = await Promise.allSettled(looked.map((pool) => refreshPool(this.#client, pool, left)));
    const found = await this.#listAll(pools, namePrefix, left);
    const failed = refreshed.find((one) => one.status === 'rejected');
    // Whether it is there can be told only of a pool that was read.
    if (failed !== undefined && !hasAll(found, expected)) throw failed.reason;
    return found;
  }

  async delete({ pool: poolName, name }: DiskRef, left: Left): Promise<void> {
    const pool = await this.#pools.named(poolName, left);
    if (!isOfUse(pool)) return;
    if (!isMade(pool)) {
      const message = `disk ${name} is not removed: storage pool ${poolName} is ${whyNotMade(pool.type)}`;
      throw new DriverError('Unsupported', message, { reason: 'PoolTypeUnsupported' });
    }
    if (isVolumeGroup(pool)) return this.#devices.delete(pool, name, left);
    const user = isFolder(pool) ? await this.#userOf(pool, name, left) : undefined;
    if (user !== undefined) {
      throw new DriverError('Conflict', `disk ${name} of pool ${poolName} is what disk ${user.name} stands on: that one goes first`, {
        reason: 'DiskInUse',
      });
    }
    await pool.turns.take(left, () => deleteVolume(this.#client, volumeRef(pool, name), left));
  }

  /** Of those made from it, one that was not merged yet. */
  async #userOf(pool: Pool, name: string, left: Left): Promise<StorageVolume | undefined> {
    const path = pathIn(pool, name);
    const made = (await this.#client.volumes.list(pool.ref, left())).filter((volume) => isMadeFrom(volume.name, name));
    const standing = await eachOf(made, READS_AT_ONCE, async (volume) => {
      const view = await viewVolume(this.#client, volume, left);
      return view?.backingPath === path ? volume : undefined;
    });
    return standing.find((volume) => volume !== undefined);
  }

  async #listAll(pools: readonly Pool[], namePrefix: string, left: Left): Promise<readonly Disk[]> {
    const lists = await Promise.all(pools.map((pool) => this.#listOne(pool, namePrefix, left)));
    return lists.flat();
  }

  async #listOne(pool: Pool, namePrefix: string, left: Left): Promise<readonly Disk[]> {
    const unfinished = await this.#devices.unfinished(pool, namePrefix, left);
    const all = await this.#client.volumes.list(pool.ref, left());
    const volumes = all.filter(({ name }) => name.startsWith(namePrefix) && !unfinished.has(name));
    const disks = await eachOf(volumes, READS_AT_ONCE, async (volume): Promise<Disk | undefined> => {
      try {
        const { capacityBytes } = await this.#client.volumes.info(volume, left());
        // A target has a unit that is no disk, for the target itself.
        if (capacityBytes === 0 && !isFolder(pool)) return undefined;
        return { pool: pool.ref.name, name: volume.name, capacityBytes };
      } catch (error) {
        if (isGone(error)) return undefined;
        throw error;
      }
    });
    // What is not whole is told of by another name than it will have: it can be removed, and is not there.
    const signs = [...unfinished].map((name): Disk => ({ pool: pool.ref.name, name: signOf(name), capacityBytes: 0 }));
    return [...disks.filter((disk) => disk !== undefined), ...signs];
  }

  async #origin(pool: Pool, { pool: poolName, name, baseKey, fromDisk }: DiskSpec, left: Left): Promise<SizedBacking | undefined> {
    if (fromDisk !== undefined) return this.#standingDisk(pool, fromDisk, name, left);
    return baseKey === undefined ? undefined : this.#backing(poolName, baseKey, left);
  }

  /** The overlay holds what is written from now on; the disk below it keeps what it has. */
  async #standingDisk(pool: Pool, fromDisk: string, name: string, left: Left): Promise<SizedBacking> {
    if (!isMadeFrom(name, fromDisk))
      throw new DriverError('InvalidSpec', `disk ${name} is not named after ${fromDisk}, which it is made from`);
    const found = await viewVolume(this.#client, volumeRef(pool, fromDisk), left);
    if (found === undefined) {
      throw new DriverError('NotFound', `disk ${fromDisk} is not in pool ${pool.ref.name}`, { reason: 'DiskNotFound' });
    }
    const lies = isVolumeGroup(pool)
      ? ({ path: `${pool.devices}/${fromDisk}`, format: 'raw' } as const)
      : ({ path: pathIn(pool, fromDisk), format: 'qcow2' } as const);
    return { ...lies, virtualSizeBytes: found.capacityBytes };
  }

  async #backing(poolName: string, key: string, left: Left): Promise<SizedBacking> {
    const found = await this.#bases.located(poolName, key, left);
    if (found === undefined) throw new DriverError('NotFound', `base image ${key} is not in pool ${poolName}`, { reason: 'BaseNotFound' });
    return { path: found.path, format: found.base.format, virtualSizeBytes: found.base.virtualSizeBytes };
  }

  /** False: there is one of that name. */
  async #make(pool: Pool, name: string, xml: string, left: Left): Promise<boolean> {
    const create = () => pool.turns.take(left, () => this.#client.volumes.create(pool.ref, xml, left()));
    try {
      await create();
      return true;
    } catch (error) {
      if (isLibvirtError(error, ErrorCode.STORAGE_VOL_EXIST)) return false;
      if (!isStaleView(error)) throw error;
    }
    // A file that libvirt does not know of.
    await refreshPool(this.#client, pool, left);
    if ((await this.#client.volumes.lookupByName(pool.ref, name, left())) !== undefined) return false;
    await create();
    return true;
  }

  async #makeAnew(pool: Pool, xml: string, left: Left): Promise<void> {
    await refreshPool(this.#client, pool, left);
    await pool.turns.take(left, () => this.#client.volumes.create(pool.ref, xml, left()));
  }
}

const hasAll = (disks: readonly Disk[], names: readonly string[]): boolean =>
  names.every((name) => disks.some((disk) => disk.name === name));

function volumeOf({ name, format, secretId }: DiskSpec, sizeBytes: number, backing: Backing | undefined): string {
  if (secretId !== undefined) return luksVolume(name, sizeBytes, secretId);
  return format === 'raw' ? rawVolume(name, sizeBytes) : qcow2Volume(name, sizeBytes, backing);
}

/** What libvirt makes of an encrypted one is no more than its file: such a name is not given twice. */
function checkSame(
  { name, pool, format: asked, secretId }: DiskSpec,
  found: VolumeView,
  sizeBytes: number,
  backing: Backing | undefined,
): void {
  if (secretId !== undefined) return;
  if (found.format === (asked ?? 'qcow2') && found.capacityBytes === sizeBytes && found.backingPath === backing?.path) return;
  const what = `${found.format} of ${found.capacityBytes} bytes on ${found.backingPath ?? 'nothing'}`;
  throw new DriverError('Conflict', `disk ${name} is in pool ${pool} already and differs (${what}): it is left as it is`, {
    reason: 'DiskExists',
  });
}

function refuseEncryption(pool: Pool, { name, secretId }: DiskSpec): void {
  if (secretId === undefined) return;
  const message = `disk ${name} cannot be encrypted: libvirt makes no encrypted disks in a pool of type ${pool.type} (${pool.ref.name}): name a pool of files`;
  throw new DriverError('Unsupported', message, { reason: 'PoolTypeUnsupported' });
}

const isStaleView = (error: unknown): boolean => isLibvirtError(error) && /[Ff]ile exists|already exists|No such file/.test(error.message);
