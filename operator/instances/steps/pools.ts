/** The storage pools of a host that an Instance has to do with, by the names that the host knows them by. */
import type { Pass } from '../pass.ts';
import { hostOf } from './host.ts';

/** Pools in which there may be disks of ours: those that disks were made in, and all others of the host that are there. */
export function poolNames(pass: Pass): readonly string[] {
  const pools = pass.services.caches.hypervisors.get(pass.status.hypervisorName ?? '')?.spec.pools ?? {};
  const used = new Set((pass.status.disks ?? []).map(({ pool }) => pool));
  const known = new Set(
    hostOf(pass)
      .facts()
      ?.pools.map(({ name }) => name),
  );
  return [...new Set(Object.entries(pools).flatMap(([key, { pool }]) => (used.has(key) || known.has(pool) ? [pool] : [])))];
}
