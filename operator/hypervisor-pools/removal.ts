/**
 * What becomes of the Hypervisors of a HypervisorPool that is being deleted. Nothing on the hosts is touched: as long as
 * anything is placed there it waits, since nobody could reach that without the pool; then it removes what it made.
 */
import type { Hypervisor } from '../../crds/hypervisor.ts';
import { isMadeBy } from './members.ts';

export type Removal =
  | { readonly kind: 'Held'; readonly message: string }
  | { readonly kind: 'Remove'; readonly hypervisors: readonly Hypervisor[] }
  | { readonly kind: 'Done' };

const NAMED = 5;

/** `all`: Hypervisors, also those of other pools. `placed`: how much is on one, Instances and Volumes. Pure. */
export function planRemoval(poolName: string, all: readonly Hypervisor[], placed: (hypervisorName: string) => number): Removal {
  const own = all.filter(({ spec }) => spec.xen?.poolName === poolName);
  const holding = own.map(({ metadata: { name } }) => name).filter((name) => placed(name) > 0);
  if (holding.length > 0) {
    const sum = holding.reduce((count, name) => count + placed(name), 0);
    const named = holding.slice(0, NAMED).join(', ') + (holding.length > NAMED ? ', ...' : '');
    const objects = sum === 1 ? '1 Instance or Volume is' : `${sum} Instances and Volumes are`;
    return {
      kind: 'Held',
      message: `${objects} placed on its hosts (${named}), and reached through it: delete first what is placed there`,
    };
  }
  const made = own.filter((hypervisor) => isMadeBy(hypervisor, poolName));
  return made.length === 0 ? { kind: 'Done' } : { kind: 'Remove', hypervisors: made };
}
