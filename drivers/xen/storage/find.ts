/** Disks by the names that the contract has for them. */
import type { DiskRef } from '../../contract.ts';
import { DriverError } from '../../labels.ts';
import type { Kept } from '../session/objects.ts';
import type { Site } from '../site.ts';
import { diskNameOf, isDisk, isUsable } from './names.ts';

/** Repositories of disks that exist already: media, drives of a host, units of a disk array. */
const EXISTING: ReadonlySet<string> = new Set(['iso', 'udev', 'rawhba']);

export const hasExistingDisks = ({ type }: Pick<Kept<'SR'>, 'type'>): boolean => EXISTING.has(type);

export function* vdisIn(site: Site, repository: Pick<Kept<'SR'>, 'ref'>): Generator<Kept<'VDI'>> {
  for (const vdi of site.objects.all('VDI')) if (vdi.SR === repository.ref) yield vdi;
}

/** Every disk that can be had there. */
export function disksIn(site: Site, repository: Kept<'SR'>): readonly Kept<'VDI'>[] {
  return [...vdisIn(site, repository)].filter(hasExistingDisks(repository) ? isUsable : isDisk);
}

/** Throws `NotFound` on an unknown pool. */
export function findDisk(site: Site, { pool, name }: DiskRef): Kept<'VDI'> | undefined {
  return disksIn(site, site.repository(pool)).find((vdi) => diskNameOf(vdi) === name);
}

export function needDisk(site: Site, ref: DiskRef): Kept<'VDI'> {
  const vdi = findDisk(site, ref);
  if (vdi !== undefined) return vdi;
  throw new DriverError('NotFound', `there is no disk ${ref.name} in storage repository ${ref.pool}`, { reason: 'DiskNotFound' });
}

/** One in which disks are made. */
export function repositoryForMaking(site: Site, pool: string): Kept<'SR'> {
  const repository = site.repository(pool);
  if (!hasExistingDisks(repository)) return repository;
  throw new DriverError(
    'Unsupported',
    `the disks of storage repository ${pool} (${repository.type}) exist already: none is made, grown or removed`,
    {
      reason: 'PoolTypeUnsupported',
    },
  );
}

/** Machines that have it, whoever's they are; the control domain has a disk only for a moment, and is none. */
export function usersOf(site: Site, vdi: Kept<'VDI'>): readonly Kept<'VM'>[] {
  const vbds = site.objects.each('VBD', vdi.VBDs);
  return site.objects
    .each(
      'VM',
      vbds.map(({ VM }) => VM),
    )
    .filter(({ is_control_domain }) => !is_control_domain);
}
