/** What a pool is made of when it is new: hosts, networks, storage, and the templates that every pool has. */
import type { Ref } from '../../../drivers/xen/model/model.ts';
import type { World } from '../world/world.ts';
import { addHost, type HostPlan } from './host.ts';
import { addNetworks, type Networks } from './networks.ts';
import { addLocalStorage, addSharedStorage, addStorageManagers } from './storage.ts';
import { addTemplates } from './templates.ts';

export interface ScenePlan {
  readonly poolName?: string;
  /** The first is the master. */
  readonly hosts: readonly HostPlan[];
}

export interface Scene {
  readonly pool: Ref;
  readonly hosts: readonly Ref[];
  readonly networks: Networks;
  /** Shared by all hosts, and the pool's default. */
  readonly sharedSr: Ref;
  /** One per host, in the order of the hosts. */
  readonly localSrs: readonly Ref[];
}

export function setScene(world: World, { poolName = 'lab', hosts: plans }: ScenePlan): Scene {
  const { store } = world;
  const networks = addNetworks(store);
  const hosts = plans.map((plan, index) => addHost(world, networks, plan, index));
  addStorageManagers(store);
  const localSrs = hosts.map((host, index) => addLocalStorage(store, host, plans[index]?.localBytes));
  const sharedSr = addSharedStorage(store, hosts);
  const [master = ''] = hosts;
  const pool = store.create('pool', {
    name_label: poolName,
    master,
    default_SR: sharedSr,
    suspend_image_SR: sharedSr,
    crash_dump_SR: sharedSr,
    cpu_info: { cpu_count: '16', socket_count: '1', vendor: 'GenuineIntel', features: '', features_pv: '', features_hvm: '' },
    restrictions: { restrict_pool: 'false', restrict_vlan: 'false', restrict_vif_filtering: 'false', restrict_ha: 'false' },
  });
  addTemplates(store);
  return { pool, hosts, networks, sharedSr, localSrs };
}
