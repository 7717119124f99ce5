/** The guests in running VMs: whether they have tools, and what these tell. */
import type { RecordOf, Ref } from '../../../drivers/xen/model/model.ts';
import { NULL_REF } from '../../../drivers/xen/model/notation.ts';
import { failure } from '../wire/failure.ts';
import type { World } from './world.ts';

export class Guests {
  /** Whether guests have tools, unless said otherwise of one by the name of its VM. */
  tools = true;
  readonly #withTools = new Map<string, boolean>();
  readonly #addresses = new Map<Ref, string>();

  setTools(vmName: string, installed: boolean): void {
    this.#withTools.set(vmName, installed);
  }

  hasTools({ name_label: name }: RecordOf<'VM'>): boolean {
    return this.#withTools.get(name) ?? this.tools;
  }

  /** What the guest answers at this card; else one is made up. */
  setAddress(vif: Ref, address: string): void {
    this.#addresses.set(vif, address);
  }

  /** The guest has booted: its tools tell of it. */
  boot(world: World, ref: Ref): void {
    const { store } = world;
    const vm = store.get('VM', ref);
    if (!this.hasTools(vm)) return;
    const metrics = store.create('VM_guest_metrics', {
      os_version: { name: 'Simulated Linux 1', uname: '6.1.0', distro: 'debian', major: '12', minor: '0' },
      PV_drivers_version: { major: '8', minor: '3', micro: '0', build: '1' },
      PV_drivers_up_to_date: true,
      PV_drivers_detected: true,
      can_use_hotplug_vbd: 'yes',
      can_use_hotplug_vif: 'yes',
      live: true,
      last_updated: world.dateTime,
      networks: this.#networksOf(world, vm),
      other: {
        'feature-shutdown': '1',
        'feature-reboot': '1',
        'feature-suspend': '1',
        'feature-poweroff': '1',
        'data-updated': '1',
      },
    });
    store.update('VM', ref, { guest_metrics: metrics });
  }

  /** Its cards changed, and its tools tell of it. */
  refreshNetworks(world: World, ref: Ref): void {
    const vm = world.store.find('VM', ref);
    if (vm === undefined || vm.guest_metrics === NULL_REF) return;
    world.store.updateIfThere('VM_guest_metrics', vm.guest_metrics, {
      networks: this.#networksOf(world, vm),
      last_updated: world.dateTime,
    });
  }

  /** @throws VM_LACKS_FEATURE where the guest has no tools that would do it */
  requireTools(world: World, ref: Ref): void {
    if (!this.hasTools(world.store.get('VM', ref))) throw failure('VM_LACKS_FEATURE', ref);
  }

  #networksOf({ store }: World, vm: RecordOf<'VM'>): Readonly<Record<string, string>> {
    const told: Record<string, string> = {};
    for (const ref of vm.VIFs) {
      const vif = store.find('VIF', ref);
      if (vif === undefined || !vif.currently_attached) continue;
      const address = this.#addresses.get(ref) ?? configured(vm, vif) ?? madeUp(vif.MAC);
      told[`${vif.device}/ip`] = address;
      told[`${vif.device}/ipv4/0`] = address;
      for (const [index, one] of vif.ipv6_addresses.entries()) told[`${vif.device}/ipv6/${index}`] = one.split('/')[0] ?? '';
    }
    return told;
  }
}

/** What the pool was told of the card, or the guest by its XenStore. */
function configured({ xenstore_data: told }: RecordOf<'VM'>, { ipv4_addresses: [address], device }: RecordOf<'VIF'>): string | undefined {
  return address?.split('/')[0] ?? told[`vm-data/networks/${device}/ip`];
}

/** From the block that is reserved for benchmarks, by the end of the MAC. */
function madeUp(mac: string): string {
  const [, , , , fifth = '0', sixth = '0'] = mac.split(':');
  return `198.18.${Number.parseInt(fifth, 16)}.${Number.parseInt(sixth, 16)}`;
}
