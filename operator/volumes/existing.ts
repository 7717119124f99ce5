/**
 * Which Volume is which existing disk: no two are the same one. What is about to be written into a status counts as written;
 * a pool that several hosts share is the same place on each.
 */
import type { Hypervisor } from '../../crds/hypervisor.ts';
import type { Volume } from '../../crds/volume.ts';
import type { Cache, Index } from '../kernel/watch/cache.ts';

export class ExistingDisks {
  readonly #volumes: Pick<Cache<Volume>, 'getByUid'>;
  readonly #hypervisors: Pick<Cache<Hypervisor>, 'get'>;
  /** By the name of the disk that they were given. */
  readonly #byDisk: Index<Volume>;
  /** UID of the Volume that a disk was last given to, by place. */
  readonly #given = new Map<string, string>();

  constructor(volumes: Pick<Cache<Volume>, 'getByUid' | 'index'>, hypervisors: Pick<Cache<Hypervisor>, 'get'>) {
    this.#volumes = volumes;
    this.#hypervisors = hypervisors;
    this.#byDisk = volumes.index(({ spec, status }) => (spec.existing === undefined || status?.disk === undefined ? [] : [status.disk]));
  }

  /** The other Volume that is this disk; undefined: none. */
  holderBeside({ metadata }: Volume, hypervisorName: string, poolKey: string, disk: string): Volume | undefined {
    const place = this.#placeOf(hypervisorName, poolKey, disk);
    const given = this.#volumes.getByUid(this.#given.get(place) ?? '');
    if (given !== undefined && given.metadata.uid !== metadata.uid) return given;
    return this.#byDisk
      .get(disk)
      .find(
        ({ metadata: { uid }, status = {} }) =>
          uid !== metadata.uid && this.#placeOf(status.hypervisorName ?? '', status.pool ?? '', disk) === place,
      );
  }

  take({ metadata }: Volume, hypervisorName: string, poolKey: string, disk: string): void {
    this.#given.set(this.#placeOf(hypervisorName, poolKey, disk), metadata.uid);
  }

  forget(uid: string): void {
    for (const [place, holder] of this.#given) if (holder === uid) this.#given.delete(place);
  }

  #placeOf(hypervisorName: string, poolKey: string, disk: string): string {
    const pool = this.#hypervisors.get(hypervisorName)?.spec.pools?.[poolKey];
    const where = pool?.sharedId === undefined ? ['host', hypervisorName, pool?.pool ?? poolKey] : ['shared', pool.sharedId];
    return JSON.stringify([...where, disk]);
  }
}
