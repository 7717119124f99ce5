/** All of this folder, added to a manager: copies made and sent in the background, and the controller of their objects. */
import type { Hosts } from '../hypervisors/host.ts';
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
}

/** Before `manager.run`. The answer is the port `Captures` of the Instance controller. */
export function addSnapshots(manager: Manager, lease: Lease, options: SnapshotsOptions): Captures {
  const captures = addCaptures(manager, 'captures');
  addSnapshotController(manager, lease, { ...options, captures, sends: addSends(manager, options.stores) });
  return captures;
}

/** Under a name of their own: whoever asks for them is told of them alone. */
export function addCaptures(manager: Manager, name: string): Captures {
  const captures = new BackgroundCaptures(manager.clock, manager.log.child({ controller: name }));
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
