/** Storage repositories, and how hosts are connected to them. */
import type { RecordOf, Ref } from '../../../drivers/xen/model/model.ts';
import type { Call, SomeHandlers } from '../rpc/handler.ts';
import { SHARED_TYPES, SR_TYPES } from '../scene/storage.ts';
import { failure } from '../wire/failure.ts';
import { coalesceLater, isAttached, refreshRepository } from '../world/disks.ts';
import type { World } from '../world/world.ts';

type Sr = RecordOf<'SR'>;

const DEFAULT_BYTES = 1024 ** 4;

function assertType(type: string, shared: boolean, host: Ref): void {
  if (!(SR_TYPES as readonly string[]).includes(type)) throw failure('SR_UNKNOWN_DRIVER', type);
  if (shared && !SHARED_TYPES.includes(type)) throw failure('SR_NOT_SHARABLE', '', host);
}

/** Connected everywhere if it is shared, else to that host alone. */
async function create(
  { world, task }: Call,
  host: Ref,
  config: Readonly<Record<string, string>>,
  given: Partial<Sr> & Pick<Sr, 'type' | 'physical_size'>,
): Promise<Ref> {
  const { store } = world;
  store.get('host', host);
  assertType(given.type, given.shared ?? false, host);
  await world.work('SR.create', task);
  const sr = store.create('SR', { ...given, physical_size: given.physical_size > 0 ? given.physical_size : DEFAULT_BYTES });
  const hosts = given.shared === true ? store.all('host').map(([ref]) => ref) : [host];
  for (const one of hosts) store.create('PBD', { host: one, SR: sr, device_config: config, currently_attached: true });
  return sr;
}

/** @throws SR_HAS_PBD while a host is connected */
function requireUnplugged({ store }: World, sr: Ref): void {
  const { PBDs } = store.get('SR', sr);
  if (PBDs.some((pbd) => store.get('PBD', pbd).currently_attached)) throw failure('SR_HAS_PBD', sr);
}

function forget({ store, disks }: World, sr: Ref): void {
  const { PBDs, VDIs } = store.get('SR', sr);
  for (const pbd of PBDs) store.destroy('PBD', pbd);
  for (const vdi of VDIs) {
    for (const vbd of store.get('VDI', vdi).VBDs) store.destroy('VBD', vbd);
    store.destroy('VDI', vdi);
    disks.delete(vdi);
  }
  store.destroy('SR', sr);
}

function scan(world: World, sr: Ref): void {
  refreshRepository(world, sr);
  coalesceLater(world, sr);
}

const plain =
  <F extends keyof Sr>(field: F) =>
  ({ world: { store } }: Call, { sr, value }: { readonly sr: Ref; readonly value: Sr[F] }) =>
    store.update('SR', sr, { [field]: value });

export const srHandlers = {
  'SR.create': async (call, { host, device_config, ...given }) => create(call, host, device_config, given),
  'SR.make': async (call, { host, device_config, ...given }) => {
    const sr = await create(call, host, device_config, given);
    const { uuid, PBDs } = call.world.store.get('SR', sr);
    for (const pbd of PBDs) call.world.store.destroy('PBD', pbd);
    call.world.store.destroy('SR', sr);
    return uuid;
  },
  'SR.introduce': ({ world: { store } }, { uuid, ...given }) => {
    if (store.byUuid('SR', uuid) !== undefined) throw failure('SR_UUID_EXISTS', uuid);
    assertType(given.type, given.shared, '');
    return store.create('SR', { uuid, physical_size: DEFAULT_BYTES, ...given });
  },
  'SR.forget': ({ world }, { sr }) => {
    requireUnplugged(world, sr);
    forget(world, sr);
  },
  'SR.destroy': ({ world }, { sr }) => {
    requireUnplugged(world, sr);
    if (world.store.get('SR', sr).VDIs.length > 0) throw failure('SR_NOT_EMPTY');
    forget(world, sr);
  },
  'SR.scan': async ({ world, task }, { sr }) => {
    const { PBDs } = world.store.get('SR', sr);
    if (PBDs.length === 0) throw failure('SR_HAS_NO_PBDS', sr);
    if (!PBDs.some((pbd) => world.store.get('PBD', pbd).currently_attached)) throw failure('SR_NOT_ATTACHED', sr);
    await world.work('SR.scan', task);
    scan(world, sr);
  },
  'SR.update': ({ world }, { sr }) => refreshRepository(world, sr),
  'SR.get_supported_types': () => [...SR_TYPES],
  'SR.probe': (_call, { type }) => {
    assertType(type, false, '');
    return '<?xml version="1.0" ?>\n<SRlist>\n</SRlist>\n';
  },
  'SR.set_name_label': plain('name_label'),
  'SR.set_name_description': plain('name_description'),
  'SR.set_shared': plain('shared'),
  'SR.set_physical_size': ({ world: { store } }, { self, value }) => store.update('SR', self, { physical_size: value }),
  'SR.assert_can_host_ha_statefile': ({ world: { store } }, { sr }) => {
    if (!store.get('SR', sr).shared) throw failure('SR_OPERATION_NOT_SUPPORTED', sr);
  },
  'PBD.create': ({ world: { store } }, { args }) => {
    const given = args as Partial<RecordOf<'PBD'>> & Pick<RecordOf<'PBD'>, 'host' | 'SR'>;
    const { PBDs, shared } = store.get('SR', given.SR);
    store.get('host', given.host);
    const same = PBDs.find((pbd) => store.get('PBD', pbd).host === given.host);
    if (same !== undefined) throw failure('PBD_EXISTS', given.SR, given.host, same);
    if (PBDs.length > 0 && !shared) throw failure('SR_NOT_SHARABLE', given.SR, given.host);
    return store.create('PBD', given);
  },
  'PBD.destroy': ({ world: { store } }, { self }) => {
    if (store.get('PBD', self).currently_attached) throw failure('OPERATION_NOT_ALLOWED', 'PBD is currently attached');
    store.destroy('PBD', self);
  },
  'PBD.plug': async ({ world, task }, { self }) => {
    await world.work('PBD.plug', task);
    world.store.update('PBD', self, { currently_attached: true });
  },
  'PBD.unplug': async ({ world, task }, { self }) => {
    const { SR, host } = world.store.get('PBD', self);
    const inUse = world.store.get('SR', SR).VDIs.find((vdi) => {
      const disk = world.store.get('VDI', vdi);
      return isAttached(world, disk) && disk.VBDs.some((vbd) => world.store.get('VM', world.store.get('VBD', vbd).VM).resident_on === host);
    });
    if (inUse !== undefined) throw failure('VDI_IN_USE', inUse, 'unplug');
    await world.work('PBD.unplug', task);
    world.store.update('PBD', self, { currently_attached: false });
  },
  'PBD.set_device_config': ({ world: { store } }, { self, value }) => store.update('PBD', self, { device_config: value }),
} as const satisfies SomeHandlers;
