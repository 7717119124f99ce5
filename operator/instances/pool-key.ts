/** Pools by the key that the Hypervisor of a pass gives them. */
import type { Pass } from './pass.ts';

/** Of a pool's name on the host; undefined: it has no key. */
export function poolKeyOf({ services, status }: Pass): (name: string) => string | undefined {
  const pools = services.caches.hypervisors.get(status.hypervisorName ?? '')?.spec.pools ?? {};
  return (name) => Object.keys(pools).find((key) => pools[key]?.pool === name);
}
