/** Where a VM can run, and moving it there. */
import type { Ref } from '../../../../drivers/xen/model/model.ts';
import { NULL_REF } from '../../../../drivers/xen/model/notation.ts';
import type { Call, SomeHandlers } from '../../rpc/handler.ts';
import { failure } from '../../wire/failure.ts';
import { assertCanBoot, possibleHosts, refreshFreeMemory } from '../../world/domain.ts';
import { moveDisk } from '../../world/disks.ts';
import { objection, operate } from '../../world/operation.ts';
import type { World } from '../../world/world.ts';

const MAX_VBDS = 255;
const MAX_VIFS = 7;

const free = (most: number, taken: readonly string[]): readonly string[] =>
  Array.from({ length: most }, (_, index) => String(index)).filter((device) => !taken.includes(device));

/** The host named by what `host.migrate_receive` gave. @throws HOST_UNKNOWN_TO_MASTER */
export function receiver({ store }: World, destination: Readonly<Record<string, string>>): Ref {
  const host = destination['host'] ?? '';
  if (!store.has('host', host)) throw failure('HOST_UNKNOWN_TO_MASTER', host);
  return host;
}

/** The VM as it would run there, with its disks where the map says. */
function assertCanMove(world: World, vm: Ref, host: Ref, disks: Readonly<Record<string, Ref>>): void {
  const { store } = world;
  const { power_state: state, VBDs, resident_on: here } = store.get('VM', vm);
  if (state === 'Running') world.guests.requireTools(world, vm);
  const attached = new Set(store.get('host', host).PBDs.map((pbd) => store.get('PBD', pbd).SR));
  for (const vbd of VBDs.map((one) => store.get('VBD', one))) {
    if (vbd.empty) continue;
    const sr = disks[vbd.VDI] ?? store.get('VDI', vbd.VDI).SR;
    if (!attached.has(sr)) throw failure('VM_REQUIRES_SR', vm, sr);
  }
  if (host !== here) assertRoom(world, vm, host);
}

function assertRoom(world: World, vm: Ref, host: Ref): void {
  try {
    assertCanBoot(world, vm, host);
  } catch (error) {
    // The disks are looked at by those who know where they will be.
    if (!(error instanceof Error) || !error.message.startsWith('VM_REQUIRES_SR')) throw error;
  }
}

function arrive(world: World, vm: Ref, host: Ref): void {
  const before = world.store.get('VM', vm).resident_on;
  world.store.update('VM', vm, { resident_on: host, domid: world.nextDomain() });
  for (const one of [before, host]) refreshFreeMemory(world, one);
}

async function poolMigrate({ world, task }: Call, vm: Ref, host: Ref): Promise<void> {
  world.store.get('host', host);
  await operate(world, task, vm, 'pool_migrate', async () => {
    assertCanBoot(world, vm, host);
    world.guests.requireTools(world, vm);
    world.store.update('VM', vm, { scheduled_to_be_resident_on: host });
    try {
      await world.work('VM.pool_migrate', task);
      if (host !== world.store.get('VM', vm).resident_on) arrive(world, vm, host);
    } finally {
      world.store.updateIfThere('VM', vm, { scheduled_to_be_resident_on: NULL_REF });
    }
  });
}

export const placementHandlers = {
  'VM.assert_can_boot_here': ({ world }, { self, host }) => assertCanBoot(world, self, host),
  'VM.get_possible_hosts': ({ world }, { vm }) => possibleHosts(world, vm),
  'VM.assert_operation_valid': ({ world }, { self, op }) => {
    const found = objection(world, self, op);
    if (found !== undefined) throw found.failure;
  },
  'VM.get_allowed_VBD_devices': ({ world: { store } }, { vm }) =>
    free(
      MAX_VBDS,
      store.get('VM', vm).VBDs.map((vbd) => store.get('VBD', vbd).userdevice),
    ),
  'VM.get_allowed_VIF_devices': ({ world: { store } }, { vm }) =>
    free(
      MAX_VIFS,
      store.get('VM', vm).VIFs.map((vif) => store.get('VIF', vif).device),
    ),
  'VM.get_cooperative': () => true,
  'VM.pool_migrate': async (call, { vm, host }) => poolMigrate(call, vm, host),
  'VM.assert_can_migrate': ({ world }, { vm, dest, vdi_map }) => assertCanMove(world, vm, receiver(world, dest), vdi_map),
  'VM.migrate_send': async ({ world, task }, { vm, dest, vdi_map, vif_map }) => {
    const host = receiver(world, dest);
    return operate(world, task, vm, 'migrate_send', async () => {
      assertCanMove(world, vm, host, vdi_map);
      await world.work('VM.migrate_send', task);
      for (const [vdi, sr] of Object.entries(vdi_map)) if (world.store.get('VDI', vdi).SR !== sr) moveDisk(world, vdi, sr);
      for (const [vif, network] of Object.entries(vif_map)) world.store.update('VIF', vif, { network });
      if (world.store.get('VM', vm).power_state === 'Running') arrive(world, vm, host);
      return vm;
    });
  },
} as const satisfies SomeHandlers;
