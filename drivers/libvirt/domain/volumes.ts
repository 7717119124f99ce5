/**
 * Volumes in a definition: disks with a life of their own, known by an alias that names them. They stand behind the machine's
 * own disks, and what is between them and the bus stays where it is while others come and go.
 */
import type { MachineVolume } from '../../contract.ts';
import { attribute, child, children, type XmlElement } from '../xml.ts';
import { rbdSource, type RbdPool } from '../storage/rbd.ts';
import { luksEncryption } from '../storage/volumes.ts';
import { scsiAddress } from './buses.ts';
import { diskTarget } from './names.ts';

const PREFIX = 'ua-volume-';

export const volumeAlias = (id: string): string => PREFIX + id;

/** The id that an alias of ours names; undefined for any other alias. */
export const idOfVolumeAlias = (alias: string | undefined): string | undefined =>
  alias?.startsWith(PREFIX) === true ? alias.slice(PREFIX.length) : undefined;

export interface PlacedVolume extends Pick<MachineVolume, 'id' | 'serial' | 'readOnly' | 'shared' | 'secretId' | 'bus'> {
  readonly path: string;
  /** The definition does not name it by its path: what lies there is raw. Absent: a file. */
  readonly named?: NamedDisk;
}

/** By its pool, or, of Ceph, by how that is reached. */
export type NamedDisk =
  | { readonly kind: 'Volume'; readonly pool: string; readonly volume: string }
  | { readonly kind: 'Rbd'; readonly pool: RbdPool; readonly image: string };

/** Targets from here on are for volumes: what a machine gets of its own later, or has CD-ROMs in, does not take theirs. */
const FIRST_TARGET = { virtio: 8, scsi: 2, sata: 2 } as const;

/** What is kept of how the machine has it, or another of its disks, by now. */
export interface Placing {
  readonly target: string;
  readonly cache: string;
  readonly address?: XmlElement | undefined;
}

/** Format as `createDisk` makes it; a guest can write any header into its own disk. */
export function volumeElement(
  { id, serial, readOnly, shared, secretId, bus, path, named }: PlacedVolume,
  { target, cache, address }: Placing,
): XmlElement {
  return {
    '@type': sourceType(named),
    '@device': 'disk',
    driver: {
      '@name': 'qemu',
      '@type': shared === 'Write' || secretId !== undefined || named !== undefined ? 'raw' : 'qcow2',
      '@cache': cache,
      '@discard': readOnly ? undefined : 'unmap',
    },
    source: sourceOf(path, named),
    target: { '@dev': target, '@bus': bus ?? 'virtio' },
    serial,
    readonly: readOnly ? {} : undefined,
    encryption: secretId === undefined ? undefined : luksEncryption(secretId),
    shareable: shared === 'Write' ? {} : undefined,
    alias: { '@name': volumeAlias(id) },
    address: bus === 'scsi' ? scsiAddress(target) : address,
  };
}

export const sourceType = (named: NamedDisk | undefined): 'file' | 'network' | 'volume' =>
  named === undefined ? 'file' : named.kind === 'Rbd' ? 'network' : 'volume';

export function sourceOf(path: string, named: NamedDisk | undefined): XmlElement {
  if (named === undefined) return { '@file': path };
  return named.kind === 'Rbd' ? rbdSource(named.pool, named.image) : { '@pool': named.pool, '@volume': named.volume };
}

/** Adds volumes to a definition that was just built; each keeps the target that it has in `before`. */
export function withVolumes(built: XmlElement, volumes: readonly PlacedVolume[], before: XmlElement | undefined): XmlElement {
  if (volumes.length === 0) return built;
  const devices = child(built, 'devices') ?? {};
  const disks = [...children(devices, 'disk')];
  for (const volume of volumes) {
    const known = attribute(child(volumeIn(before, volume.id), 'target'), 'dev');
    const target = known !== undefined && !targetsOf(disks).has(known) ? known : freeTarget(volume.bus, disks, diskElements(before));
    disks.push(volumeElement(volume, { target, cache: cacheOf(disks) }));
  }
  return { ...built, devices: { ...devices, disk: disks } };
}

export const volumeIn = (domain: XmlElement | undefined, id: string): XmlElement | undefined =>
  diskElements(domain).find((disk) => attribute(child(disk, 'alias'), 'name') === volumeAlias(id));

export const diskElements = (domain: XmlElement | undefined): readonly XmlElement[] => children(child(domain, 'devices'), 'disk');

/** The first that no disk of any of the lists has. */
export function freeTarget(bus: MachineVolume['bus'], ...lists: readonly (readonly XmlElement[])[]): string {
  const taken = targetsOf(lists.flat());
  for (let index = FIRST_TARGET[bus ?? 'virtio']; ; index += 1) {
    const target = diskTarget(bus === undefined ? 'vd' : 'sd', index);
    if (!taken.has(target)) return target;
  }
}

const targetsOf = (disks: readonly XmlElement[]): ReadonlySet<string | undefined> =>
  new Set(disks.map((disk) => attribute(child(disk, 'target'), 'dev')));

/** Whether the host's cache can be bypassed was found out with the machine's first disk. */
export const cacheOf = ([first]: readonly XmlElement[]): string => attribute(child(first, 'driver'), 'cache') ?? 'none';
