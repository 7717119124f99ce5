/** Whether a statement that a host is off may be believed: see `hypervisors/fence.ts`. */
import type { Hypervisor } from '../../crds/hypervisor.ts';
import { judgeFence } from '../hypervisors/fence.ts';
import type { Host } from '../hypervisors/host.ts';

export const isFenced = ({ spec }: Hypervisor, host: Host, now: number): boolean =>
  judgeFence(spec.fence, host.reachability(), now)?.status === 'True';
