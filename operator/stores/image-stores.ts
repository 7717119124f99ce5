/** All of this folder, added to a manager. */
import type { FairSlots } from '../images/transfers/fair-slots.ts';
import type { Lease } from '../kernel/lease/lease.ts';
import type { Manager } from '../kernel/manager/types.ts';
import { whenAborted } from '../kernel/timers.ts';
import { IMAGE_STORES } from '../resources.ts';
import { addImageStoreController } from './controller.ts';
import { Sends } from './sends.ts';
import { Stores } from './stores.ts';

export interface StoresOptions {
  /** Of the operator: where the Secrets are that ImageStores name. */
  readonly operatorNamespace: string;
  readonly clusterId: string;
}

/** Before `manager.run`. */
export function addImageStores(manager: Manager, lease: Lease, { operatorNamespace, clusterId }: StoresOptions): Stores {
  const stores = new Stores(manager.client, manager.cache(IMAGE_STORES), operatorNamespace, manager.clock);
  addImageStoreController(manager, lease, stores, clusterId);
  return stores;
}

/** Before `manager.run`. */
export function addSends(manager: Manager, stores: Stores, turns: FairSlots): Sends {
  const { clock, random, log } = manager;
  const sends = new Sends(stores, { clock, random, log: log.child({ controller: 'image-stores' }), turns });
  manager.add({
    name: 'sends',
    run: async (signal) => {
      await whenAborted(signal);
      await sends.stop();
    },
  });
  manager.debug('sends', () => sends.running());
  return sends;
}
