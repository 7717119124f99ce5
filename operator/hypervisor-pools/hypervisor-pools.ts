/** All of this folder, added to a manager. */
import type { PoolDrivers } from '../../drivers/pool-contract.ts';
import type { Lease } from '../kernel/lease/lease.ts';
import type { Manager } from '../kernel/manager/types.ts';
import { addHypervisorPoolController } from './controller.ts';
import { PoolRegistry } from './registry.ts';
import { addPoolSessionsController } from './sessions-controller.ts';

export interface HypervisorPoolsOptions {
  /** Of the operator: where the Secrets are that HypervisorPools name. */
  readonly operatorNamespace: string;
  readonly drivers: PoolDrivers;
}

/** Before `manager.run`. */
export function addHypervisorPools(manager: Manager, lease: Lease, options: HypervisorPoolsOptions): void {
  const { clock, random, log } = manager;
  const registry = new PoolRegistry({ clock, random, log });
  addPoolSessionsController(manager, registry, options);
  addHypervisorPoolController(manager, registry, lease);
}
