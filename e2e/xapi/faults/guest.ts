/** What guests do by themselves, and people without asking the pool. */
import type { Ref } from '../../../drivers/xen/model/model.ts';
import { occupy, vacate } from '../world/domain.ts';
import type { World } from '../world/world.ts';

/** A guest that runs ends its run; the VM's `actions_after_*` say what comes of it. */
export function guestEnds(world: World, ref: Ref, how: 'Shutdown' | 'Reboot' | 'Crash'): void {
  const vm = world.store.get('VM', ref);
  const action = { Shutdown: vm.actions_after_shutdown, Reboot: vm.actions_after_reboot, Crash: vm.actions_after_crash }[how];
  if (action === 'preserve') {
    world.store.update('VM', ref, { power_state: 'Paused' });
    return;
  }
  const host = vm.resident_on;
  vacate(world, ref, 'Halted');
  if (!action.includes('restart')) return;
  occupy(world, ref, host, 'Running');
  world.guests.boot(world, ref);
}

/** The control domain still holds a disk, as it does for a while after an export or a shutdown: until what is returned is called. */
export function heldByControlDomain({ store }: World, vdi: Ref, host: Ref): () => void {
  const { control_domain: VM } = store.get('host', host);
  const vbd = store.create('VBD', {
    VM,
    VDI: vdi,
    userdevice: `held-${vdi}`,
    type: 'Disk',
    mode: 'RO',
    currently_attached: true,
    empty: false,
  });
  return () => {
    if (store.has('VBD', vbd)) store.destroy('VBD', vbd);
  };
}
