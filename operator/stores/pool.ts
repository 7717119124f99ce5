/** A store that is a storage pool which Hypervisors share: who has it, and where copies for it are made. Pure. */
import type { Hypervisor } from '../../crds/hypervisor.ts';
import { waysTo } from '../images/reach.ts';
import type { Readiness } from '../reporting/readiness.ts';

const NAMED = 5;

export function judgePool(sharedId: string, hypervisors: Iterable<Hypervisor>): Readiness {
  const names = [...new Set(waysTo(hypervisors, sharedId).map(({ hypervisorName }) => hypervisorName))];
  if (names.length === 0)
    return {
      kind: 'Waiting',
      reason: 'PoolNotFound',
      message: `waits until a Hypervisor has a pool with sharedId ${sharedId} in spec.pools`,
    };
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  const alone = names.length === 1 ? ' alone: what is lost with it is lost' : '';
  return { kind: 'Settled', reason: 'Shared', message: `is a pool of Hypervisors ${names.slice(0, NAMED).join(', ')}${more}${alone}` };
}

/** Key of the pool of the host that is the store: that of the disk before others. Undefined: it has none. */
export function poolOfStore(hypervisor: Hypervisor, sharedId: string, diskPool: string): string | undefined {
  const keys = waysTo([hypervisor], sharedId).map(({ pool }) => pool);
  return keys.includes(diskPool) ? diskPool : keys[0];
}
