/** What the driver's disks and base images are called: a VDI's own name is for people, and not unique. */
import type { Kept } from '../session/objects.ts';

/** In `other_config`: the name of a disk within its repository. */
export const DISK_KEY = 'hostler.dev/disk';
/** The key of a base image, complete or not. */
export const BASE_KEY = 'hostler.dev/base';

/** What a disk was made from: the key of a base image, or the name of a disk. */
export const FROM_BASE_KEY = 'hostler.dev/from-base';
export const FROM_DISK_KEY = 'hostler.dev/from-disk';

/** How large a disk was to be: repositories round up. */
export const SIZE_KEY = 'hostler.dev/size';

type Vdi = Pick<Kept<'VDI'>, 'other_config' | 'name_label' | 'is_a_snapshot' | 'managed' | 'missing'>;

/** Of one that was not made by us: the name that people see. */
export const diskNameOf = ({ other_config, name_label }: Vdi): string => other_config[DISK_KEY] ?? name_label;

/** Whether it is a disk of ours: no base image, and nothing that the server keeps for itself. */
export const isDisk = (vdi: Vdi): boolean => isUsable(vdi) && vdi.other_config[DISK_KEY] !== undefined;

export const isBase = (vdi: Vdi, key: string): boolean => isUsable(vdi) && vdi.other_config[BASE_KEY] === key;

/** A snapshot belongs to somebody's backup; what is not managed is an inner node of a chain, and what is missing has no content. */
export const isUsable = ({ is_a_snapshot, managed, missing }: Vdi): boolean => !is_a_snapshot && managed && !missing;

/** Disks come in steps of at most 4 MiB. */
const LARGEST_STEP = 4 * 2 ** 20;

/** As it was asked for, unless somebody made it larger since. */
export function sizeOf({ other_config, virtual_size }: Pick<Kept<'VDI'>, 'other_config' | 'virtual_size'>): number {
  const asked = Number(other_config[SIZE_KEY] ?? Number.NaN);
  return asked <= virtual_size && virtual_size - asked < LARGEST_STEP ? asked : virtual_size;
}
