/**
 * Disks in a volume group: whole copies, since nothing stands on anything there.
 *
 * A new logical volume holds what its earlier owner left in it, so every byte of one is written before it counts: the host
 * itself converts a file of that size into it, which is empty, or stands on the base or the disk that it begins as. That file,
 * in the pool of files beside the group, is also the sign that the disk is not whole yet: while it is there the disk is not
 * told of, whoever was killed meanwhile, and it is made anew. The conversion goes on beyond the call that began it.
 */
import { ErrorCode, isLibvirtError, type LibvirtClient } from 'node-libvirt';
import { DISK_BEING_MADE, DriverError } from '../../labels.ts';
import { ownTime, pause, type Left } from '../time.ts';
import { pathIn, type Pool, type Pools } from './pools.ts';
import { deleteVolume, deviceVolume, once, qcow2Volume, viewVolume, volumeRef, type Backing } from './volumes.ts';

export interface DeviceDisk {
  readonly name: string;
  readonly sizeBytes: number;
  readonly backing?: Backing | undefined;
  /** What it begins with, behind which it is empty. */
  readonly content?: Uint8Array;
}

const SUFFIX = '.making';
/** libvirt rounds sizes to its own taste, one up and the other down: what is a multiple of this it leaves alone. */
const BLOCK_BYTES = 4096;
/** However large a disk is. */
const LONGEST_MS = 24 * 3_600_000;
/** What a call keeps of its time, to answer in. */
const ANSWER_MS = 1_000;
/** Groups give out space in pieces of so many bytes at most: a disk is larger by less. */
const LARGEST_EXTENT = 2 ** 30;
const ZEROS = new Uint8Array(2 ** 20);

export class Devices {
  readonly #client: LibvirtClient;
  readonly #pools: Pools;
  /** By path. */
  readonly #making = new Map<string, Promise<void>>();

  constructor(client: LibvirtClient, pools: Pools) {
    this.#client = client;
    this.#pools = pools;
  }

  /** One that is there, whole and of that size is kept. Rejects with reason `DiskBeingMade` while it takes longer than the call. */
  async create(pool: Pool, disk: DeviceDisk, left: Left): Promise<void> {
    const path = pathIn(pool, disk.name);
    if (!this.#making.has(path))
      await this.#begin(pool, { ...disk, sizeBytes: Math.ceil(disk.sizeBytes / BLOCK_BYTES) * BLOCK_BYTES }, left);
    const making = this.#making.get(path);
    if (making === undefined) return;
    const { signal, timeoutMs } = left();
    const late = { signal, timeoutMs: Math.max(0, timeoutMs - ANSWER_MS) };
    const stop = new AbortController();
    const time = pause(late.timeoutMs, () => ({ ...late, signal: AbortSignal.any([signal, stop.signal]) })).then(() => 'Late' as const);
    time.catch(() => undefined);
    const outcome = await Promise.race([making.then(() => 'Made' as const), time]).finally(() => stop.abort());
    if (outcome === 'Late') throw beingMade(disk.name);
  }

  /** In place of one of that name. */
  async replace(pool: Pool, disk: DeviceDisk, left: Left): Promise<void> {
    await this.delete(pool, disk.name, left);
    await this.create(pool, disk, left);
  }

  /** With what is left of making it. `name` may be that of the sign. */
  async delete(pool: Pool, named: string, left: Left): Promise<void> {
    const name = diskNameOf(named);
    const path = pathIn(pool, name);
    if (this.#making.has(path)) throw beingMade(name);
    await this.#remove(pool, name, left);
    const files = await this.#pools.ofImages(pool.ref.name, left);
    await deleteVolume(this.#client, volumeRef(files, name + SUFFIX), left);
  }

  /** Names of the disks that are being made, or were when somebody was killed. */
  async unfinished(pool: Pool, namePrefix: string, left: Left): Promise<ReadonlySet<string>> {
    if (pool.imagePool === undefined) return new Set();
    const files = await this.#pools.ofImages(pool.ref.name, left);
    const names = (await this.#client.volumes.list(files.ref, left())).map(({ name }) => name);
    return new Set(names.filter((name) => name.startsWith(namePrefix) && name.endsWith(SUFFIX)).map(diskNameOf));
  }

  /** Unless it is there. */
  async #begin(pool: Pool, disk: DeviceDisk, left: Left): Promise<void> {
    const { name, sizeBytes, backing } = disk;
    const files = await this.#pools.ofImages(pool.ref.name, left);
    const sign = volumeRef(files, name + SUFFIX);
    const [found, signed] = await Promise.all([
      viewVolume(this.#client, volumeRef(pool, name), left),
      viewVolume(this.#client, sign, left),
    ]);
    if (found !== undefined && signed === undefined) {
      checkSize(disk, pool, found.capacityBytes);
      return;
    }
    await this.#remove(pool, name, left);
    if (signed !== undefined) await deleteVolume(this.#client, sign, left);
    await files.turns.take(left, () => this.#client.volumes.create(files.ref, qcow2Volume(sign.name, sizeBytes, backing), left()));
    const path = pathIn(pool, name);
    const making = this.#make(pool, disk, sign).finally(() => this.#making.delete(path));
    // Whoever asks next is told, or begins it anew.
    making.catch(() => undefined);
    this.#making.set(path, making);
  }

  async #make(pool: Pool, { name, sizeBytes, content }: DeviceDisk, sign: ReturnType<typeof volumeRef>): Promise<void> {
    const left = ownTime(LONGEST_MS);
    const disk = volumeRef(pool, name);
    await this.#client.volumes.createFrom(pool.ref, deviceVolume(name, sizeBytes), sign, left());
    const made = await viewVolume(this.#client, disk, left);
    if (made === undefined) throw new DriverError('Transient', `disk ${name} is gone from pool ${pool.ref.name} since it was made`);
    const rest = made.capacityBytes - sizeBytes;
    if (rest > 0) await this.#client.volumes.upload(disk, zeros(rest), { offset: sizeBytes, length: rest, ...left() });
    if (content !== undefined) await this.#client.volumes.upload(disk, once(content), { length: content.length, ...left() });
    await deleteVolume(this.#client, sign, left);
  }

  async #remove(pool: Pool, name: string, left: Left): Promise<void> {
    try {
      await pool.turns.take(left, () => deleteVolume(this.#client, volumeRef(pool, name), left));
    } catch (error) {
      // The host goes on with what an operator began that is gone.
      if (isLibvirtError(error, ErrorCode.OPERATION_INVALID) && /in use|being allocated/.test(error.message)) throw beingMade(name);
      throw error;
    }
  }
}

export const signOf = (name: string): string => name + SUFFIX;

const diskNameOf = (name: string): string => (name.endsWith(SUFFIX) ? name.slice(0, -SUFFIX.length) : name);

function* pieces(bytes: number): Generator<Uint8Array> {
  for (let left = bytes; left > 0; left -= ZEROS.length) yield ZEROS.subarray(0, Math.min(left, ZEROS.length));
}

async function* zeros(bytes: number): AsyncGenerator<Uint8Array, void, void> {
  yield* pieces(bytes);
  await Promise.resolve();
}

function checkSize({ name, sizeBytes }: DeviceDisk, pool: Pool, capacityBytes: number): void {
  if (capacityBytes >= sizeBytes && capacityBytes < sizeBytes + LARGEST_EXTENT) return;
  const message = `disk ${name} is in pool ${pool.ref.name} already and differs (${capacityBytes} bytes): it is left as it is`;
  throw new DriverError('Conflict', message, { reason: 'DiskExists' });
}

const beingMade = (name: string): DriverError =>
  new DriverError('Conflict', `disk ${name} is being written by the host, all of it: it counts once that has ended`, {
    reason: DISK_BEING_MADE,
  });
