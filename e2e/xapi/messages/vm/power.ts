/** Starting, stopping and what is in between. */
import type { Ref } from '../../../../drivers/xen/model/model.ts';
import { NULL_REF } from '../../../../drivers/xen/model/notation.ts';
import type { Call, SomeHandlers } from '../../rpc/handler.ts';
import { failure } from '../../wire/failure.ts';
import { assertCanBoot, assertDisksFree, chooseHost, occupy, refreshFreeMemory, vacate } from '../../world/domain.ts';
import { operate, refreshAllowed } from '../../world/operation.ts';
import { createDisk, destroyDisk } from '../../world/disks.ts';

/** A cold boot: `host` undefined lets the pool choose. */
async function boot(
  { world, task }: Call,
  vm: Ref,
  host: Ref | undefined,
  paused: boolean,
  operation: 'start' | 'start_on',
): Promise<void> {
  await operate(world, task, vm, operation, async () => {
    const target = host ?? chooseHost(world, vm);
    if (host !== undefined) assertCanBoot(world, vm, host);
    assertDisksFree(world, vm);
    world.store.update('VM', vm, { scheduled_to_be_resident_on: target });
    try {
      await world.work(`VM.${operation}`, task);
      if (host !== undefined || world.store.has('host', target)) assertCanBoot(world, vm, target);
      occupy(world, vm, target, paused ? 'Paused' : 'Running');
    } finally {
      world.store.updateIfThere('VM', vm, { scheduled_to_be_resident_on: NULL_REF });
    }
    if (!paused) world.guests.boot(world, vm);
  });
}

async function shutDown({ world, task }: Call, vm: Ref, operation: 'clean_shutdown' | 'hard_shutdown'): Promise<void> {
  await operate(world, task, vm, operation, async () => {
    if (operation === 'clean_shutdown') world.guests.requireTools(world, vm);
    await world.work(`VM.${operation}`, task);
    stop(world, vm);
  });
}

function stop(world: Call['world'], vm: Ref): void {
  const { suspend_VDI: saved } = world.store.get('VM', vm);
  vacate(world, vm, 'Halted');
  world.store.update('VM', vm, { suspend_VDI: NULL_REF });
  if (saved !== NULL_REF && world.store.has('VDI', saved)) destroyDisk(world, saved);
}

async function reboot({ world, task }: Call, vm: Ref, operation: 'clean_reboot' | 'hard_reboot'): Promise<void> {
  await operate(world, task, vm, operation, async () => {
    if (operation === 'clean_reboot') world.guests.requireTools(world, vm);
    const host = world.store.get('VM', vm).resident_on;
    await world.work(`VM.${operation}`, task);
    vacate(world, vm, 'Halted');
    occupy(world, vm, host, 'Running');
    world.guests.boot(world, vm);
  });
}

async function suspend({ world, task }: Call, vm: Ref): Promise<void> {
  await operate(world, task, vm, 'suspend', async () => {
    world.guests.requireTools(world, vm);
    const { store } = world;
    const before = store.get('VM', vm);
    if (before.other_config['pci'] !== undefined) throw failure('VM_HAS_PCI_ATTACHED', vm);
    const SR = [before.suspend_SR, world.pool.suspend_image_SR, world.pool.default_SR].find((sr) => store.has('SR', sr));
    if (SR === undefined) throw failure('VM_NO_SUSPEND_SR', vm);
    await world.work('VM.suspend', task);
    const saved = createDisk(world, { SR, type: 'suspend', name_label: 'Suspend image', virtual_size: before.memory_static_max });
    vacate(world, vm, 'Suspended');
    store.update('VM', vm, { suspend_VDI: saved });
  });
}

async function resume({ world, task }: Call, vm: Ref, host: Ref | undefined, paused: boolean): Promise<void> {
  await operate(world, task, vm, host === undefined ? 'resume' : 'resume_on', async () => {
    const target = host ?? chooseHost(world, vm);
    assertCanBoot(world, vm, target);
    assertDisksFree(world, vm);
    await world.work('VM.resume', task);
    const saved = world.store.get('VM', vm).suspend_VDI;
    occupy(world, vm, target, paused ? 'Paused' : 'Running');
    world.store.update('VM', vm, { suspend_VDI: NULL_REF });
    if (world.store.has('VDI', saved)) destroyDisk(world, saved);
    world.guests.boot(world, vm);
  });
}

export const powerHandlers = {
  'VM.start': async (call, { vm, start_paused }) => boot(call, vm, undefined, start_paused, 'start'),
  'VM.start_on': async (call, { vm, host, start_paused }) => {
    call.world.store.get('host', host);
    await boot(call, vm, host, start_paused, 'start_on');
  },
  'VM.pause': async ({ world, task }, { vm }) => {
    await operate(world, task, vm, 'pause', async () => {
      await world.work('VM.pause', task);
      world.store.update('VM', vm, { power_state: 'Paused' });
    });
  },
  'VM.unpause': async ({ world, task }, { vm }) => {
    await operate(world, task, vm, 'unpause', async () => {
      await world.work('VM.unpause', task);
      world.store.update('VM', vm, { power_state: 'Running' });
      if (world.store.get('VM', vm).guest_metrics === NULL_REF) world.guests.boot(world, vm);
    });
  },
  'VM.clean_shutdown': async (call, { vm }) => shutDown(call, vm, 'clean_shutdown'),
  'VM.hard_shutdown': async (call, { vm }) => shutDown(call, vm, 'hard_shutdown'),
  'VM.shutdown': async (call, { vm }) => {
    const clean = call.world.store.get('VM', vm).power_state === 'Running' && call.world.guests.hasTools(call.world.store.get('VM', vm));
    await shutDown(call, vm, clean ? 'clean_shutdown' : 'hard_shutdown');
  },
  'VM.clean_reboot': async (call, { vm }) => reboot(call, vm, 'clean_reboot'),
  'VM.hard_reboot': async (call, { vm }) => reboot(call, vm, 'hard_reboot'),
  'VM.suspend': async (call, { vm }) => suspend(call, vm),
  'VM.resume': async (call, { vm, start_paused }) => resume(call, vm, undefined, start_paused),
  'VM.resume_on': async (call, { vm, host, start_paused }) => resume(call, vm, host, start_paused),
  'VM.power_state_reset': ({ world }, { vm }) => {
    const { store } = world;
    const { resident_on: host, is_control_domain: control } = store.get('VM', vm);
    if (control) throw failure('OPERATION_NOT_ALLOWED', 'a control domain is not reset');
    const living = store.find('host', host);
    if (living !== undefined && store.get('host_metrics', living.metrics).live) throw failure('HOST_IS_LIVE', host);
    stop(world, vm);
    store.update('VM', vm, { current_operations: {} });
    refreshAllowed(world, vm);
    refreshFreeMemory(world, host);
  },
} as const satisfies SomeHandlers;
