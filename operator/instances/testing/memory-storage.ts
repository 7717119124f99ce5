/** What lies in the pools of the hypervisor in memory: bases, disks, secrets. */
import type { BaseImage, Call, Disk, DiskQuery, DiskRef, DiskSpec, HostSecret, Sink } from '../../../drivers/contract.ts';
import { DriverError } from '../../../drivers/labels.ts';
import { deleteBase } from './memory-bases.ts';
import { grow } from './memory-volumes.ts';

export class MemoryStorage {
  /** Size by `pool/name`. */
  readonly disks = new Map<string, number>();
  /** Key of the base that a disk was made on, by `pool/name`. */
  readonly origins = new Map<string, string>();
  /** Those of them that the host knows of only once it was told to look: somebody copied their files there. */
  readonly copied = new Set<string>();
  /** Of those that were written, by `pool/name`. */
  readonly contents = new Map<string, Uint8Array>();
  /** Those that were made from others and need them no more, by `pool/name`; and those that a job works on, with the calls that it still takes. */
  readonly merged = new Set<string>();
  readonly merging = new Map<string, number>();
  /** After how many calls more such a job is over. */
  mergingTakes = 2;
  readonly secrets = new Map<string, string>();
  readonly bases = new Map<string, BaseImage>();
  /** Base of each disk that was made on one. */
  readonly standing = new Map<string, string>();
  /** Verbs that were called, oldest first. */
  readonly calls: string[] = [];
  /** Throws, or never comes back: what the call leads to. Called before anything is done. */
  before: (verb: string) => void | Promise<void> = () => undefined;
  /** Called while the disk of a volume is made anew for one that moves: throws where that is cut off. */
  whileCopied: () => void = () => undefined;

  protected async call(verb: string): Promise<void> {
    this.calls.push(verb);
    await this.before(verb);
  }

  async findBase(pool: string, key: string): Promise<BaseImage | undefined> {
    await this.call('findBase');
    return this.bases.get(`${pool}/${key}`);
  }

  /** The content is as long as it is said to be, and nothing else. */
  async exportBase(pool: string, key: string, sink: Sink, { signal }: Call): Promise<BaseImage> {
    await this.call('exportBase');
    const base = this.bases.get(`${pool}/${key}`);
    if (base === undefined) throw new DriverError('NotFound', `no base ${key}`, { reason: 'BaseNotFound' });
    signal.throwIfAborted();
    await sink(new Uint8Array(base.sizeBytes));
    return base;
  }

  async listBases(pool: string, keyPrefix: string): Promise<readonly string[]> {
    await this.call('listBases');
    const keys = [...this.bases.keys()].filter((path) => path.startsWith(`${pool}/${keyPrefix}`));
    return keys.map((path) => path.slice(pool.length + 1));
  }

  async deleteBase(pool: string, key: string): Promise<void> {
    await this.call('deleteBase');
    deleteBase(this, `${pool}/${key}`);
  }

  async createDisk({ pool, name, sizeBytes, baseKey, fromDisk, secretId }: DiskSpec): Promise<void> {
    await this.call('createDisk');
    if (secretId !== undefined && !this.secrets.has(secretId)) throw new DriverError('NotFound', 'no secret');
    if (fromDisk !== undefined && !this.disks.has(`${pool}/${fromDisk}`)) throw new DriverError('NotFound', `no disk ${fromDisk}`);
    if (baseKey !== undefined) this.standing.set(`${pool}/${name}`, `${pool}/${baseKey}`);
    const known = this.disks.get(`${pool}/${name}`);
    if (known !== undefined && (known !== sizeBytes || this.origins.get(`${pool}/${name}`) !== baseKey))
      throw new DriverError('Conflict', `disk ${name} has another size or origin`, { reason: 'DiskExists' });
    if (baseKey !== undefined) this.origins.set(`${pool}/${name}`, baseKey);
    this.disks.set(`${pool}/${name}`, sizeBytes);
  }

  async writeDisk({ pool, name }: DiskRef, content: Uint8Array): Promise<void> {
    await this.call('writeDisk');
    this.disks.set(`${pool}/${name}`, content.length);
    this.contents.set(`${pool}/${name}`, content);
  }

  async listDisks({ pools, namePrefix, expected = [] }: DiskQuery): Promise<readonly Disk[]> {
    await this.call('listDisks');
    if (expected.some((name) => !pools.some((pool) => this.#isKnown(`${pool}/${name}`)))) this.copied.clear();
    return [...this.disks].flatMap(([path, capacityBytes]) => {
      const [pool = '', name = ''] = path.split('/');
      return pools.includes(pool) && name.startsWith(namePrefix) && this.#isKnown(path) ? [{ pool, name, capacityBytes }] : [];
    });
  }

  #isKnown(path: string): boolean {
    return this.disks.has(path) && !this.copied.has(path);
  }

  async growDisk(disk: DiskRef, sizeBytes: number): Promise<void> {
    await this.call('growDisk');
    grow(this.disks, disk, sizeBytes);
  }

  async keepSecret({ id, value }: HostSecret): Promise<void> {
    await this.call('keepSecret');
    this.secrets.set(id, new TextDecoder().decode(value));
  }

  async forgetSecret(id: string): Promise<void> {
    await this.call('forgetSecret');
    this.secrets.delete(id);
  }
}
