/** Network cards of hosts, and VLANs on them. */
import type { Ref } from '../../../drivers/xen/model/model.ts';
import type { SomeHandlers } from '../rpc/handler.ts';
import { failure } from '../wire/failure.ts';
import type { World } from '../world/world.ts';

/** @returns the card of the VLAN. @throws VLAN_TAG_INVALID, PIF_VLAN_EXISTS */
export function createVlan({ store }: World, tagged: Ref, network: Ref, tag: number): Ref {
  const { host, device, MAC, MTU, VLAN } = store.get('PIF', tagged);
  store.get('network', network);
  if (tag < 0 || tag > 4094) throw failure('VLAN_TAG_INVALID', String(tag));
  if (VLAN >= 0) throw failure('PIF_IS_VLAN', tagged);
  const same = store.all('PIF').find(([, pif]) => pif.host === host && pif.device === device && pif.VLAN === tag);
  if (same !== undefined) throw failure('PIF_VLAN_EXISTS', same[0]);
  const untagged = store.create('PIF', {
    device,
    host,
    network,
    MAC,
    MTU,
    VLAN: tag,
    currently_attached: true,
    ip_configuration_mode: 'None',
    ipv6_configuration_mode: 'None',
  });
  const vlan = store.create('VLAN', { tagged_PIF: tagged, untagged_PIF: untagged, tag });
  store.update('PIF', untagged, { VLAN_master_of: vlan });
  return untagged;
}

function destroyVlan({ store }: World, vlan: Ref): void {
  const { untagged_PIF: untagged } = store.get('VLAN', vlan);
  const { network } = store.get('PIF', untagged);
  const inUse = store.get('network', network).VIFs.find((vif) => store.get('VIF', vif).currently_attached);
  if (inUse !== undefined) throw failure('VIF_IN_USE', network, inUse);
  store.destroy('VLAN', vlan);
  store.destroy('PIF', untagged);
}

export const pifHandlers = {
  'PIF.create_VLAN': ({ world }, { device, network, host, VLAN }) => {
    const tagged = world.store.all('PIF').find(([, pif]) => pif.host === host && pif.device === device && pif.physical);
    if (tagged === undefined) throw failure('INVALID_DEVICE', device);
    return createVlan(world, tagged[0], network, VLAN);
  },
  'PIF.destroy': ({ world }, { self }) => {
    const { physical, VLAN_master_of: vlan } = world.store.get('PIF', self);
    if (physical) throw failure('PIF_IS_PHYSICAL', self);
    destroyVlan(world, vlan);
  },
  'PIF.plug': ({ world: { store } }, { self }) => store.update('PIF', self, { currently_attached: true }),
  'PIF.unplug': ({ world: { store } }, { self }) => {
    const { management, disallow_unplug: kept } = store.get('PIF', self);
    if (management) throw failure('PIF_IS_MANAGEMENT_INTERFACE', self);
    if (kept) throw failure('PIF_DOES_NOT_ALLOW_UNPLUG', self);
    store.update('PIF', self, { currently_attached: false });
  },
  'PIF.scan': () => undefined,
  'PIF.forget': ({ world: { store } }, { self }) => {
    const { management, physical } = store.get('PIF', self);
    if (management) throw failure('PIF_IS_MANAGEMENT_INTERFACE', self);
    if (!physical) throw failure('PIF_IS_NOT_PHYSICAL', self);
    store.destroy('PIF', self);
  },
  'PIF.reconfigure_ip': ({ world: { store } }, { self, mode, IP, netmask, gateway, DNS }) =>
    store.update('PIF', self, { ip_configuration_mode: mode, IP, netmask, gateway, DNS }),
  'VLAN.create': ({ world }, { tagged_PIF, tag, network }) => {
    const untagged = createVlan(world, tagged_PIF, network, tag);
    return world.store.get('PIF', untagged).VLAN_master_of;
  },
  'VLAN.destroy': ({ world }, { self }) => destroyVlan(world, self),
} as const satisfies SomeHandlers;
