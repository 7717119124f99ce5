/** Networks. */
import type { RecordOf } from '../../../drivers/xen/model/model.ts';
import type { SomeHandlers } from '../rpc/handler.ts';
import { failure } from '../wire/failure.ts';

type Network = RecordOf<'network'>;

export const networkHandlers = {
  'network.create': ({ world: { store } }, { args }) => {
    const given = args as Partial<Network>;
    const bridges = new Set(store.all('network').map(([, { bridge }]) => bridge));
    const free = Array.from({ length: bridges.size + 1 }, (_, index) => `xapi${index}`).find((name) => !bridges.has(name));
    const bridge = given.bridge === undefined || given.bridge === '' ? (free ?? '') : given.bridge;
    if (given.bridge === bridge && bridges.has(bridge)) throw failure('BRIDGE_NAME_EXISTS', bridge);
    return store.create('network', { ...given, bridge });
  },
  'network.destroy': ({ world: { store } }, { self }) => {
    const { PIFs, VIFs, other_config: config } = store.get('network', self);
    if (config['is_host_internal_management_network'] === 'true') throw failure('CANNOT_DESTROY_SYSTEM_NETWORK', self);
    if (PIFs.length > 0) throw failure('NETWORK_CONTAINS_PIF', PIFs.join(','));
    const attached = VIFs.filter((vif) => store.get('VIF', vif).currently_attached);
    if (attached.length > 0) throw failure('NETWORK_CONTAINS_VIF', attached.join(','));
    for (const vif of VIFs) store.destroy('VIF', vif);
    store.destroy('network', self);
  },
  'network.set_default_locking_mode': ({ world: { store } }, { network, value }) => {
    const attached = store.get('network', network).VIFs.find((vif) => store.get('VIF', vif).currently_attached);
    if (attached !== undefined) throw failure('VIF_IN_USE', network, attached);
    store.update('network', network, { default_locking_mode: value });
  },
  'network.add_purpose': ({ world: { store } }, { self, value }) => {
    const { purpose } = store.get('network', self);
    const other = purpose.find((one) => one !== value);
    if (other !== undefined) throw failure('NETWORK_INCOMPATIBLE_PURPOSES', value, other);
    store.update('network', self, { purpose: [value] });
  },
  'network.remove_purpose': ({ world: { store } }, { self, value }) =>
    store.update('network', self, { purpose: store.get('network', self).purpose.filter((one) => one !== value) }),
} as const satisfies SomeHandlers;
