/** VMs as running domains: what they occupy on their host, and what is attached while they run. */
import type { RecordOf, Ref } from '../../../drivers/xen/model/model.ts';
import { NULL_REF } from '../../../drivers/xen/model/notation.ts';
import { failure } from '../wire/failure.ts';
import type { World } from './world.ts';

const OVERHEAD_BYTES = 8 * 1024 ** 2;

/** What a VM takes on a host. */
export const memoryOf = (vm: RecordOf<'VM'>): number =>
  Math.max(vm.memory_dynamic_max, vm.memory_target) + (vm.is_control_domain ? 0 : OVERHEAD_BYTES);

export function refreshFreeMemory({ store }: World, host: Ref): void {
  const found = store.find('host', host);
  if (found === undefined) return;
  const taken = found.resident_VMs.reduce((sum, ref) => sum + memoryOf(store.get('VM', ref)), 0);
  store.update('host_metrics', found.metrics, { memory_free: Math.max(0, store.get('host_metrics', found.metrics).memory_total - taken) });
}

/** @throws whatever keeps the VM from running there, the first in the order of the server */
export function assertCanBoot({ store }: World, ref: Ref, host: Ref): void {
  const vm = store.get('VM', ref);
  const { enabled, metrics, PBDs, PIFs } = store.get('host', host);
  const { live, memory_free: free } = store.get('host_metrics', metrics);
  if (!live) throw failure('HOST_NOT_LIVE');
  if (!enabled) throw failure('HOST_DISABLED', host);
  const attached = new Set(
    PBDs.map((pbd) => store.get('PBD', pbd))
      .filter((pbd) => pbd.currently_attached)
      .map((pbd) => pbd.SR),
  );
  for (const vbd of vm.VBDs.map((one) => store.get('VBD', one))) {
    const sr = vbd.empty ? undefined : store.find('VDI', vbd.VDI)?.SR;
    if (sr !== undefined && !attached.has(sr)) throw failure('VM_REQUIRES_SR', ref, sr);
  }
  const reached = new Set(PIFs.map((pif) => store.get('PIF', pif).network));
  for (const vif of vm.VIFs.map((one) => store.get('VIF', one))) {
    const { PIFs: cards } = store.get('network', vif.network);
    // A network without any card is internal to each host, and reached everywhere.
    if (cards.length > 0 && !reached.has(vif.network)) throw failure('VM_REQUIRES_NETWORK', ref, vif.network);
  }
  const needed = memoryOf(vm);
  if (needed > free) throw failure('HOST_NOT_ENOUGH_FREE_MEMORY', String(needed), String(free));
}

export function possibleHosts(world: World, ref: Ref): readonly Ref[] {
  return world.store
    .all('host')
    .map(([host]) => host)
    .filter((host) => {
      try {
        assertCanBoot(world, ref, host);
        return true;
      } catch {
        return false;
      }
    });
}

/** The VM's own choice first, then the one with most room. @throws NO_HOSTS_AVAILABLE */
export function chooseHost(world: World, ref: Ref): Ref {
  const { store } = world;
  const hosts = possibleHosts(world, ref);
  const { affinity } = store.get('VM', ref);
  const free = (host: Ref) => store.get('host_metrics', store.get('host', host).metrics).memory_free;
  const [best] = hosts.includes(affinity) ? [affinity] : [...hosts].sort((one, other) => free(other) - free(one));
  if (best === undefined) throw failure('NO_HOSTS_AVAILABLE');
  return best;
}

/** @throws VDI_IN_USE where another VM writes to one of the disks */
export function assertDisksFree({ store }: World, ref: Ref): void {
  for (const own of store.get('VM', ref).VBDs) {
    const vbd = store.get('VBD', own);
    const vdi = vbd.empty ? undefined : store.find('VDI', vbd.VDI);
    if (vdi === undefined || vdi.sharable) continue;
    const others = vdi.VBDs.filter((one) => one !== own).map((one) => store.get('VBD', one));
    if (others.some((other) => other.currently_attached && (other.mode === 'RW' || vbd.mode === 'RW')))
      throw failure('VDI_IN_USE', vbd.VDI, 'attach');
  }
}

/** The VM runs there from now on, with all its devices. */
export function occupy(world: World, ref: Ref, host: Ref, state: 'Running' | 'Paused'): void {
  const { store } = world;
  const vm = store.get('VM', ref);
  const domid = world.nextDomain();
  for (const vbd of vm.VBDs) plugDisk(world, vbd);
  for (const vif of vm.VIFs) store.update('VIF', vif, { currently_attached: true });
  store.updateIfThere('VM_metrics', vm.metrics, {
    memory_actual: vm.memory_dynamic_max,
    VCPUs_number: vm.VCPUs_at_startup,
    VCPUs_utilisation: Object.fromEntries(Array.from({ length: vm.VCPUs_at_startup }, (_, index) => [String(index), 0])),
    start_time: world.dateTime,
    last_updated: world.dateTime,
    hvm: vm.domain_type === 'hvm',
    current_domain_type: vm.domain_type,
  });
  const { address } = store.get('host', host);
  if (vm.consoles.length === 0) {
    const protocol = vm.domain_type === 'hvm' ? 'rfb' : 'vt100';
    const uuid = crypto.randomUUID();
    store.create('console', { uuid, protocol, VM: ref, location: `${world.scheme}://${world.authority(address)}/console?uuid=${uuid}` });
  }
  store.update('VM', ref, {
    power_state: state,
    resident_on: host,
    domid,
    domarch: 'x86_64',
    memory_target: vm.memory_dynamic_max,
    requires_reboot: false,
  });
  refreshFreeMemory(world, host);
}

/** It does not run any more, and its devices are free. */
export function vacate(world: World, ref: Ref, state: 'Halted' | 'Suspended'): void {
  const { store } = world;
  const vm = store.get('VM', ref);
  const host = vm.resident_on;
  for (const console of vm.consoles) store.destroy('console', console);
  if (vm.guest_metrics !== NULL_REF && store.has('VM_guest_metrics', vm.guest_metrics)) store.destroy('VM_guest_metrics', vm.guest_metrics);
  store.update('VM', ref, { power_state: state, resident_on: NULL_REF, domid: -1, guest_metrics: NULL_REF });
  for (const vbd of vm.VBDs) store.update('VBD', vbd, { currently_attached: false });
  for (const vif of vm.VIFs) store.update('VIF', vif, { currently_attached: false });
  refreshFreeMemory(world, host);
}

export function plugDisk({ store }: World, ref: Ref): void {
  const vbd = store.get('VBD', ref);
  const device = vbd.device === '' ? deviceName(vbd.userdevice) : vbd.device;
  store.update('VBD', ref, { currently_attached: true, device });
}

/** `xvda` and so on, as the guest sees it. */
export const deviceName = (userdevice: string): string => `xvd${String.fromCodePoint(97 + (Number(userdevice) % 26))}`;
