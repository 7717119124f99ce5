/** The storage pools of a host that an Instance has to do with, by the names that the host knows them by. */
import type { HostPool } from '../../../crds/hypervisor.ts';
import type { Pass } from '../pass.ts';
import { ourTwins } from '../plan/twins.ts';
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

/** Pools of this host that the host of another machine with our mark reaches, too. */
export function poolsOfTwins({ services, scene, status }: Pass): ReadonlySet<string> {
  const poolsOn = (name: string): readonly HostPool[] => Object.values(services.caches.hypervisors.get(name)?.spec.pools ?? {});
  const theirs = new Set(
    ourTwins(scene.world.elsewhere).flatMap(({ hypervisorName }) => poolsOn(hypervisorName).map(({ sharedId }) => sharedId)),
  );
  const shared = poolsOn(status.hypervisorName ?? '').filter(({ sharedId }) => sharedId !== undefined && theirs.has(sharedId));
  return new Set(shared.map(({ pool }) => pool));
}
