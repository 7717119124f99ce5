/** The storage pools of a host by name: where each lies, and how many changes at a time it is given. */
import { DeadlineError, ErrorCode, StoragePoolState, isLibvirtError, type LibvirtClient, type StoragePool } from 'node-libvirt';
import { dirname, posix } from 'node:path';
import type { DiskRef, PoolFacts } from '../../contract.ts';
import { DriverError } from '../../labels.ts';
import { Turns, eachOf, isOver, pause, type Left } from '../time.ts';
import { attribute, child, parseXml, textOf } from '../xml.ts';
import { holdingOf, unitAt, whyNotMade } from './pool-kinds.ts';
import { readRbd, type RbdPool } from './rbd.ts';

export interface Pool {
  readonly ref: StoragePool;
  readonly type: string;
  /** What the paths of its disks begin with: the folder of its volumes; of one that definitions name disks by, its name; of Ceph, its pool. */
  readonly path: string;
  /** The folder of devices, of a volume group; '' of any other. */
  readonly devices: string;
  /** Of an iSCSI target, its name; '' of any other. */
  readonly target: string;
  /** Of a pool of Ceph. */
  readonly rbd?: RbdPool;
  /** Name of the pool of files beside it, of a volume group that disks are made in. */
  readonly imagePool?: string;
  readonly turns: Turns;
}

const ACTIVE: ReadonlySet<number> = new Set([StoragePoolState.RUNNING, StoragePoolState.DEGRADED]);
/** Storage locks up when too much is made in one pool at once. */
const CHANGES_AT_ONCE = 4;
const READS_AT_ONCE = 16;
const LOOK_MS = 2_000;

/** Whether its disks are files. */
export const isFolder = ({ type }: Pool): boolean => holdingOf(type) === 'Files';
export const isVolumeGroup = ({ type }: Pool): boolean => holdingOf(type) === 'Devices';
/** Whether disks can be made in it, of whatever kind. */
export const isMade = (pool: Pool): boolean => isFolder(pool) || pool.rbd !== undefined || pool.imagePool !== undefined;
/** Whether disks in it can be had: in no other there is one of ours. */
export const isOfUse = ({ type }: Pool): boolean => holdingOf(type) !== undefined;

/** There for the moment in which a console log is read (insight/console-log.ts), and never told of as a pool of the host. */
export const CONSOLE_POOL = 'hostler-console-logs';

export class Pools {
  readonly #client: LibvirtClient;
  readonly #imagePools: ReadonlyMap<string, string>;
  #known = new Map<string, Pool>();

  /** `imagePools`: the pool of files beside a volume group, both by name. */
  constructor(client: LibvirtClient, imagePools: Readonly<Record<string, string>> = {}) {
    this.#client = client;
    this.#imagePools = new Map(Object.entries(imagePools));
  }

  /** Reads all pools anew: also of one that is stopped it is known where its disks lie. Gives the room in those that are active. */
  async readAll(left: Left): Promise<readonly PoolFacts[]> {
    const refs = (await this.#client.pools.list(left())).filter(({ name }) => name !== CONSOLE_POOL);
    const read = (await eachOf(refs, READS_AT_ONCE, (ref) => this.#readWithRoom(ref, left))).filter((one) => one !== undefined);
    this.#known = new Map(read.map(({ pool }) => [pool.ref.name, pool]));
    return read.flatMap(({ facts }) => facts);
  }

  /** A pool of whatever type. `NotFound` when the host has no such pool. */
  async named(name: string, left: Left): Promise<Pool> {
    return this.#known.get(name) ?? (await this.#find(name, left));
  }

  /** A pool of files. `NotFound` when the host has no such pool, `Unsupported` when it is of another type. */
  async folder(name: string, left: Left): Promise<Pool> {
    return refusingUnless(isFolder, await this.named(name, left));
  }

  /** A pool that disks can be made in. Rejects as `folder` does. */
  async made(name: string, left: Left): Promise<Pool> {
    return refusingUnless(isMade, await this.named(name, left));
  }

  /** The pool of files in which the images for disks of a pool are kept: itself, or the one beside it. Rejects as `folder` does. */
  async ofImages(name: string, left: Left): Promise<Pool> {
    const pool = await this.named(name, left);
    return pool.imagePool === undefined ? refusingUnless(isFolder, pool) : this.folder(pool.imagePool, left);
  }

  /** A pool that has disks which machines can be given. `NotFound` when the host has no such pool, `Unsupported` when it is of no use. */
  withDisks(name: string, left: Left): Promise<Pool> {
    return this.named(name, left).then((pool) => refusingUnless(isOfUse, pool));
  }

  /** The disk that lies at a path, or that a definition names by its pool; what is in no known pool keeps its path for a name. */
  diskAt(path: string): DiskRef {
    const folder = dirname(path);
    const pool = [...this.#known.values()].find((candidate) => candidate.path === folder || candidate.ref.name === folder);
    return pool === undefined ? { pool: '', name: path } : { pool: pool.ref.name, name: posix.basename(path) };
  }

  async #find(name: string, left: Left): Promise<Pool> {
    const ref = await this.#client.pools.lookupByName(name, left());
    if (ref === undefined) throw new DriverError('NotFound', `the host has no storage pool ${name}`, { reason: 'PoolNotFound' });
    const pool = await this.#read(ref, left);
    this.#known.set(name, pool);
    return pool;
  }

  /** Undefined: it is gone meanwhile. */
  async #readWithRoom(ref: StoragePool, left: Left): Promise<{ readonly pool: Pool; readonly facts: readonly PoolFacts[] } | undefined> {
    try {
      const pool = await this.#read(ref, left);
      if (isFolder(pool)) await this.#lookAnew(pool, left);
      const info = await this.#client.pools.info(ref, left());
      const facts = { name: ref.name, capacityBytes: info.capacityBytes, availableBytes: info.availableBytes };
      // Started or not, it is of no use.
      if (!isOfUse(pool)) return { pool, facts: [{ ...facts, unfit: whyNotMade(pool.type) }] };
      return { pool, facts: ACTIVE.has(info.state) ? [told(pool, facts)] : [] };
    } catch (error) {
      if (isLibvirtError(error, ErrorCode.NO_STORAGE_POOL)) return undefined;
      throw error;
    }
  }

  /**
   * Guests fill a pool past libvirt, which remembers what was free when it last looked. A pool that is stopped, in which a volume
   * is being made, or that takes long to be read, is told of as it was then.
   */
  async #lookAnew(pool: Pool, left: Left): Promise<void> {
    const { signal, timeoutMs } = left();
    try {
      await this.#client.pools.refresh(pool.ref, { signal, timeoutMs: Math.min(timeoutMs, LOOK_MS) });
    } catch (error) {
      const isLate = error instanceof DeadlineError && !isOver(left);
      if (!isLate && !isLibvirtError(error)) throw error;
    }
  }

  async #read(ref: StoragePool, left: Left): Promise<Pool> {
    const xml = parseXml('pool', await this.#client.pools.xml(ref, left()));
    const type = attribute(xml, 'type') ?? '';
    const folder = textOf(child(xml, 'target', 'path')).replace(/(?<=.)\/+$/, '');
    const rbd = type === 'rbd' ? readRbd(xml) : undefined;
    const imagePool = type === 'logical' ? this.#imagePools.get(ref.name) : undefined;
    return {
      ref,
      type,
      path: rbd === undefined ? (isNamed(type) ? ref.name : folder) : `rbd:${rbd.name}`,
      devices: type === 'logical' ? folder : '',
      target: type === 'iscsi-direct' ? (attribute(child(xml, 'source', 'device'), 'path') ?? '') : '',
      turns: this.#known.get(ref.name)?.turns ?? new Turns(CHANGES_AT_ONCE),
      ...(rbd && { rbd }),
      ...(imagePool !== undefined && { imagePool }),
    };
  }
}

/** Definitions name a disk of it by its pool. */
const isNamed = (type: string): boolean => holdingOf(type) === 'Existing' || holdingOf(type) === 'Devices';

function told(pool: Pool, facts: PoolFacts): PoolFacts {
  if (!isMade(pool)) return { ...facts, disks: 'Existing' };
  return pool.rbd === undefined ? facts : { ...facts, disks: 'Blank' };
}

function refusingUnless(isFit: (pool: Pool) => boolean, pool: Pool): Pool {
  if (isFit(pool)) return pool;
  const message = `storage pool ${pool.ref.name} is ${whyNotMade(pool.type)}: name another pool`;
  throw new DriverError('Unsupported', message, { reason: 'PoolTypeUnsupported' });
}

const REFRESH_TRIES = 5;
const BETWEEN_TRIES_MS = 100;

/** Reads the whole pool: only where libvirt's view of it is, or may be, wrong. Refused for the moment in which a volume is made in it. */
export async function refreshPool(client: LibvirtClient, pool: Pool, left: Left): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await pool.turns.take(left, () => client.pools.refresh(pool.ref, left()));
    } catch (error) {
      if (attempt === REFRESH_TRIES || !(isLibvirtError(error) && error.message.includes('asynchronous jobs'))) throw error;
    }
    await pause(BETWEEN_TRIES_MS, left);
  }
}

/** How a definition may name a disk of the pool, in the words of `pathOfDisk` (domain/view.ts). */
export function pathsOf(pool: Pool, name: string): ReadonlySet<string> {
  const unit = pool.target === '' ? undefined : unitAt(pool.target, name);
  const devices =
    pool.devices === '' ? [] : [`${pool.devices}/${name}`, `/dev/mapper/${mapped(posix.basename(pool.devices))}-${mapped(name)}`];
  return new Set([pathIn(pool, name), `${pool.ref.name}/${name}`, unit, ...devices].filter((path) => path !== undefined));
}

/** As the device mapper writes the name of a volume group, or of what is in it, between hyphens of its own. */
const mapped = (name: string): string => name.replaceAll('-', '--');

/** Path of a volume in a pool. Throws `InvalidSpec` on a name that would lie elsewhere. */
export function pathIn(pool: Pool, name: string): string {
  if (name === '' || name === '.' || name === '..' || name.includes('/')) {
    throw new DriverError('InvalidSpec', `${JSON.stringify(name)} is no name for a disk`, { reason: 'InvalidName' });
  }
  return posix.join(pool.path, name);
}
