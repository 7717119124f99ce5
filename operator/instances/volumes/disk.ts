/** The disk of a Volume: its name on hosts, what a guest knows it by, and where it can be reached. Pure. */
import type { Hypervisor } from '../../../crds/hypervisor.ts';
import type { Volume } from '../../../crds/volume.ts';
import { parseQuantity } from '../../../crds/quantity.ts';
import type { DiskRef } from '../../../drivers/contract.ts';

/** Never changes, and is nobody else's: it carries the whole uid. */
export const volumeDiskName = (uid: string): string => `volume-${uid}`;

/** What hosts call the disk of a Volume: one that existed already keeps its name. Of a Volume that nobody knows any more, `volumeUid` tells. */
export const diskNameOf = (volume: Pick<Volume, 'metadata' | 'status'> | undefined, volumeUid: string): string =>
  volume?.status?.disk ?? volumeDiskName(volumeUid);

/** As long as virtio lets it be. The beginning of the uid, as `kubectl get` shows it. */
export const volumeSerial = (uid: string): string => uid.slice(0, 20);

export interface MadeVolume {
  /** Only its own host keeps the passphrase. */
  readonly encrypted: boolean;
  readonly hypervisorName: string;
  readonly poolKey: string;
  readonly disk: string;
  readonly capacityBytes: number;
}

/** Undefined: it has not been made yet. */
export function madeVolume({ spec, status }: Pick<Volume, 'spec' | 'status'>): MadeVolume | undefined {
  const { hypervisorName, pool, disk, capacity } = status ?? {};
  if (hypervisorName === undefined || pool === undefined || disk === undefined || capacity === undefined) return undefined;
  return { encrypted: spec.encryption !== undefined, hypervisorName, poolKey: pool, disk, capacityBytes: parseQuantity(capacity) };
}

/** The disk that a Hypervisor offers for a Volume of an existing disk, in the pool of that key; undefined: none. */
export function offeredDisk({ metadata, spec }: Volume, host: Pick<Hypervisor, 'spec'>, poolKey: string | undefined): string | undefined {
  const offered = host.spec.pools?.[poolKey ?? '']?.disks ?? [];
  return offered.find(({ name, namespace }) => name === spec.existing && namespace === metadata.namespace)?.disk;
}

/** Hosts by name, as the API has them. */
export interface HostList {
  get(name: string): Hypervisor | undefined;
}

/**
 * The disk as the host knows it; undefined: the host cannot reach it. It lies where it was made; a pool that another host
 * shares under the same id is the same place.
 */
export function diskOn(
  made: Pick<MadeVolume, 'encrypted' | 'hypervisorName' | 'poolKey' | 'disk'>,
  hypervisorName: string,
  hosts: HostList,
): DiskRef | undefined {
  const home = hosts.get(made.hypervisorName)?.spec.pools?.[made.poolKey];
  const pools = hosts.get(hypervisorName)?.spec.pools ?? {};
  if (made.hypervisorName === hypervisorName) return home && { pool: home.pool, name: made.disk };
  if (made.encrypted) return undefined;
  const same = Object.values(pools).find(({ sharedId }) => sharedId !== undefined && sharedId === home?.sharedId);
  return same && { pool: same.pool, name: made.disk };
}
