/** Whether a statement that a host is off may be believed: see `hypervisors/fence.ts`. */
import type { Hypervisor } from '../../crds/hypervisor.ts';
import { judgeFence } from '../hypervisors/fence.ts';
import type { Host } from '../hypervisors/host.ts';

/** Without a session nobody contacts the host: what status recorded of it last stands. */
export function isFenced({ spec, status }: Hypervisor, host: Host | undefined, now: number): boolean {
  const recorded = status?.reachable && { status: status.reachable.status, since: Date.parse(status.reachable.since) };
  const reachability = host?.reachability() ?? recorded;
  return reachability !== undefined && judgeFence(spec.fence, reachability, now)?.status === 'True';
}
