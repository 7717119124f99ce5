/** Disks. */
import type { RecordOf, Ref } from '../../../drivers/xen/model/model.ts';
import { NULL_REF } from '../../../drivers/xen/model/notation.ts';
import type { Call, SomeHandlers } from '../rpc/handler.ts';
import { failure } from '../wire/failure.ts';
import { blocksOf, branch, createDisk, destroyDisk, isAttached, moveDisk, refreshUsage } from '../world/disks.ts';
import type { World } from '../world/world.ts';

type Vdi = RecordOf<'VDI'>;
type VdiOperation = 'clone' | 'copy' | 'resize' | 'snapshot' | 'destroy' | 'forget';

/** One operation at a time. @throws OTHER_OPERATION_IN_PROGRESS */
async function operate<T>({ world, task }: Call, self: Ref, operation: VdiOperation, work: () => T): Promise<T> {
  const { store } = world;
  const [other] = Object.entries(store.get('VDI', self).current_operations);
  if (other !== undefined) throw failure('OTHER_OPERATION_IN_PROGRESS', 'VDI', self, other[1], other[0]);
  store.update('VDI', self, { current_operations: { [task.ref]: operation } });
  try {
    await world.work(`VDI.${operation}`, task);
    return work();
  } finally {
    store.updateIfThere('VDI', self, { current_operations: {} });
  }
}

function requireDetached(world: World, self: Ref, operation: string): void {
  if (isAttached(world, world.store.get('VDI', self))) throw failure('VDI_IN_USE', self, operation);
}

/** @throws SR_OPERATION_NOT_SUPPORTED for repositories that only show what is there */
function requireWritable({ store }: World, SR: Ref): void {
  if (['iso', 'udev'].includes(store.get('SR', SR).type)) throw failure('SR_OPERATION_NOT_SUPPORTED', SR);
}

const MAX_BYTES = 2040 * 1024 ** 3;
/** Sizes are whole numbers of these. */
const GRAIN_BYTES = 2 * 1024 ** 2;

const rounded = (bytes: number): number => Math.ceil(bytes / GRAIN_BYTES) * GRAIN_BYTES;

async function resize(call: Call, self: Ref, size: number, online: boolean): Promise<void> {
  const { world } = call;
  if (!online) requireDetached(world, self, 'resize');
  if (size < world.store.get('VDI', self).virtual_size)
    throw failure('VDI_TOO_SMALL', self, String(world.store.get('VDI', self).virtual_size));
  await operate(call, self, 'resize', () => {
    blocksOf(world, self).resize(rounded(size));
    world.store.update('VDI', self, { virtual_size: rounded(size) });
    refreshUsage(world, self);
  });
}

const plain =
  <F extends keyof Vdi>(field: F) =>
  ({ world: { store } }: Call, { self, value }: { readonly self: Ref; readonly value: Vdi[F] }) =>
    store.update('VDI', self, { [field]: value });

export const vdiHandlers = {
  'VDI.create': async ({ world, task }, { args }) => {
    const given = args as Partial<Vdi> & Pick<Vdi, 'SR' | 'virtual_size'>;
    world.store.get('SR', given.SR);
    requireWritable(world, given.SR);
    if (given.virtual_size <= 0) throw failure('INVALID_VALUE', 'virtual_size', String(given.virtual_size));
    if (given.virtual_size > MAX_BYTES) throw failure('VDI_TOO_LARGE', NULL_REF, String(MAX_BYTES));
    await world.work('VDI.create', task);
    return createDisk(world, { ...given, virtual_size: rounded(given.virtual_size) });
  },
  'VDI.destroy': async (call, { self }) => {
    const { world } = call;
    requireWritable(world, world.store.get('VDI', self).SR);
    requireDetached(world, self, 'destroy');
    if (!world.store.get('VDI', self).managed) throw failure('VDI_NOT_MANAGED', self);
    await operate(call, self, 'destroy', () => destroyDisk(world, self));
  },
  'VDI.snapshot': async (call, { vdi, driver_params: sm = {} }) =>
    operate(call, vdi, 'snapshot', () =>
      branch(call.world, vdi, { is_a_snapshot: true, snapshot_of: vdi, snapshot_time: call.world.dateTime, sm_config: sm }),
    ),
  'VDI.clone': async (call, { vdi }) => operate(call, vdi, 'clone', () => branch(call.world, vdi, {})),
  'VDI.copy': async (call, { vdi, sr = NULL_REF, into_vdi: into = NULL_REF }) => {
    const { world } = call;
    const { store } = world;
    const { uuid: _uuid, VBDs: _vbds, snapshots: _snapshots, location: _location, ...from } = store.get('VDI', vdi);
    return operate(call, vdi, 'copy', () => {
      if (into === NULL_REF) {
        const SR = sr === NULL_REF ? from.SR : sr;
        return createDisk(
          world,
          { ...from, SR, current_operations: {}, is_a_snapshot: false, snapshot_of: NULL_REF, sm_config: {} },
          blocksOf(world, vdi).copy(),
        );
      }
      const target = store.get('VDI', into);
      if (target.virtual_size < from.virtual_size) throw failure('VDI_TOO_SMALL', into, String(from.virtual_size));
      world.disks.set(into, blocksOf(world, vdi).copy(target.virtual_size));
      refreshUsage(world, into);
      return into;
    });
  },
  'VDI.resize': async (call, { vdi, size }) => resize(call, vdi, size, false),
  'VDI.resize_online': async (call, { vdi, size }) => resize(call, vdi, size, true),
  'VDI.introduce': (
    { world: { store } },
    { uuid, name_label, name_description, SR, type, sharable, read_only, other_config, location, ...rest },
  ) => {
    if (store.byUuid('VDI', uuid) !== undefined) throw failure('LOCATION_NOT_UNIQUE', SR, location);
    return store.create('VDI', {
      uuid,
      name_label,
      name_description,
      SR,
      type,
      sharable,
      read_only,
      other_config,
      location,
      managed: true,
      ...rest,
    });
  },
  'VDI.forget': ({ world }, { vdi }) => {
    requireDetached(world, vdi, 'forget');
    world.store.destroy('VDI', vdi);
  },
  'VDI.update': ({ world }, { vdi }) => refreshUsage(world, vdi),
  'VDI.pool_migrate': async (call, { vdi, sr }) => {
    const { world } = call;
    world.store.get('SR', sr);
    if (!isAttached(world, world.store.get('VDI', vdi))) throw failure('VDI_NEEDS_VM_FOR_MIGRATE', vdi);
    return operate(call, vdi, 'copy', () => moveDisk(world, vdi, sr));
  },
  'VDI.set_name_label': plain('name_label'),
  'VDI.set_name_description': plain('name_description'),
  'VDI.set_sharable': plain('sharable'),
  'VDI.set_read_only': plain('read_only'),
  'VDI.set_on_boot': ({ world }, { self, value }) => {
    requireDetached(world, self, 'set_on_boot');
    world.store.update('VDI', self, { on_boot: value });
  },
  'VDI.set_allow_caching': plain('allow_caching'),
} as const satisfies SomeHandlers;
