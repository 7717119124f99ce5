/** All of this folder, added to a manager: copies made and sent in the background, and the controller of their objects. */
import type { Hosts } from '../hypervisors/host.ts';
import type { FairSlots } from '../images/transfers/fair-slots.ts';
import type { Captures } from '../instances/ports.ts';
import type { Lease } from '../kernel/lease/lease.ts';
import type { Manager } from '../kernel/manager/types.ts';
import { addSends } from '../stores/image-stores.ts';
import type { Stores } from '../stores/stores.ts';
import { BackgroundCaptures } from './captures.ts';
import { addSnapshotController } from './controller.ts';

export interface SnapshotsOptions {
  readonly clusterId: string;
  readonly hosts: Hosts;
  readonly stores: Stores;
  /** Of the hosts, for all that keeps them busy for long. */
  readonly turns: FairSlots;
}

/** Before `manager.run`. The answer is the port `Captures` of the Instance controller. */
export function addSnapshots(manager: Manager, lease: Lease, { turns, ...options }: SnapshotsOptions): Captures {
  const captures = addCaptures(manager, 'captures', turns);
  addSnapshotController(manager, lease, { ...options, captures, sends: addSends(manager, options.stores, turns) });
  return captures;
}

/** Under a name of their own: whoever asks for them is told of them alone. */
export function addCaptures(manager: Manager, name: string, turns: FairSlots): Captures {
  const captures = new BackgroundCaptures({ clock: manager.clock, log: manager.log.child({ controller: name }), turns });
  manager.add({
    name,
    run: async (signal) => {
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      await captures.stop();
    },
  });
  manager.debug(name, () => captures.running());
  return captures;
}
