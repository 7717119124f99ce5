/** Placement follows volumes: where one was made it stays, and only hosts that reach it will do. Pure, over the caches. */
import type { Hypervisor } from '../../../crds/hypervisor.ts';
import type { Instance } from '../../../crds/instance.ts';
import type { Volume } from '../../../crds/volume.ts';
import type { Cache } from '../../kernel/watch/cache.ts';
import { diskOn } from './disk.ts';
import { askedVolumes } from './claims.ts';

/** Undefined: there are no volumes to follow. */
export function reachesVolumes(
  instance: Instance,
  volumes: Pick<Cache<Volume>, 'get'>,
  hypervisors: Pick<Cache<Hypervisor>, 'get'>,
): ((hypervisorName: string) => boolean) | undefined {
  const named = askedVolumes(instance).flatMap((key) => volumes.get(key) ?? []);
  if (named.length === 0) return undefined;
  return (hypervisorName) => named.every((volume) => reaches(volume, hypervisorName, hypervisors));
}

/** One that has no place yet gets it there, if it may. */
function reaches({ spec, status }: Volume, hypervisorName: string, hypervisors: Pick<Cache<Hypervisor>, 'get'>): boolean {
  const { hypervisorName: home, pool, disk } = status ?? {};
  if (home !== undefined && pool !== undefined && disk !== undefined) {
    return (
      diskOn({ encrypted: spec.encryption !== undefined, hypervisorName: home, poolKey: pool, disk }, hypervisorName, hypervisors) !==
      undefined
    );
  }
  if (spec.hypervisorName !== undefined && spec.hypervisorName !== hypervisorName) return false;
  return spec.pool === undefined || hypervisors.get(hypervisorName)?.spec.pools?.[spec.pool] !== undefined;
}
