/** The pool as a whole: who leads it, what it may, and high availability. */
import type { SomeHandlers } from '../rpc/handler.ts';
import { failure } from '../wire/failure.ts';
import { createVlan } from './pif.ts';

export const poolHandlers = {
  'pool.designate_new_master': ({ world }, { host }) => {
    if (host === world.pool.master) return;
    world.store.get('host', host);
    // The answer goes out before the connections break.
    setTimeout(() => world.changeMaster(host), 10);
  },
  'pool.sync_database': () => undefined,
  'pool.get_license_state': () => ({ edition: 'xcp-ng', expiry: 'never' }),
  'pool.has_extension': () => false,
  'pool.create_VLAN': ({ world }, { device, network, VLAN }) =>
    world.store
      .all('PIF')
      .filter(([, pif]) => pif.device === device && pif.physical)
      .map(([pif]) => createVlan(world, pif, network, VLAN)),
  'pool.create_VLAN_from_PIF': ({ world }, { pif, network, VLAN }) => {
    const { device } = world.store.get('PIF', pif);
    return world.store
      .all('PIF')
      .filter(([, one]) => one.device === device && one.physical)
      .map(([one]) => createVlan(world, one, network, VLAN));
  },
  'pool.enable_ha': async ({ world, task }, { heartbeat_srs, configuration }) => {
    const { store, pool, poolRef } = world;
    if (pool.ha_enabled) throw failure('HA_IS_ENABLED');
    for (const sr of heartbeat_srs) if (!store.get('SR', sr).shared) throw failure('SR_OPERATION_NOT_SUPPORTED', sr);
    await world.work('pool.enable_ha', task);
    store.update('pool', poolRef, {
      ha_enabled: true,
      ha_configuration: configuration,
      ha_statefiles: heartbeat_srs,
      ha_plan_exists_for: store.count('host') - 1,
    });
  },
  'pool.disable_ha': ({ world: { store, pool, poolRef } }) => {
    if (!pool.ha_enabled) throw failure('HA_NOT_ENABLED');
    store.update('pool', poolRef, { ha_enabled: false, ha_statefiles: [], ha_plan_exists_for: 0 });
  },
  'pool.set_ha_host_failures_to_tolerate': ({ world: { store } }, { self, value }) => {
    if (value >= store.count('host')) throw failure('HA_NO_PLAN');
    store.update('pool', self, { ha_host_failures_to_tolerate: value });
  },
  'pool.ha_compute_hypothetical_max_host_failures_to_tolerate': ({ world: { store } }) => store.count('host') - 1,
} as const satisfies SomeHandlers;
