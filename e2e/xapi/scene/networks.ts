/** The networks of a new pool: that of the first network card, and the internal one of hosts and their guests. */
import type { Ref } from '../../../drivers/xen/model/model.ts';
import type { Store } from '../store/store.ts';

export interface Networks {
  /** `xenbr0`, by which hosts are managed. */
  readonly management: Ref;
  readonly internal: Ref;
}

export function addNetworks(store: Store): Networks {
  return {
    management: store.create('network', { name_label: 'Pool-wide network associated with eth0', bridge: 'xenbr0' }),
    internal: store.create('network', {
      name_label: 'Host internal management network',
      bridge: 'xenapi',
      other_config: {
        is_guest_installer_network: 'true',
        is_host_internal_management_network: 'true',
        ip_begin: '169.254.0.1',
        ip_end: '169.254.255.254',
        netmask: '255.255.0.0',
      },
    }),
  };
}
