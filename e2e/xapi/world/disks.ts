/**
 * Disks and their bytes. A disk holds the blocks that were written to it and reads the others from its parent, as VHD files do:
 * a snapshot or a clone makes what was there a hidden parent of both. A parent with one child left is merged into it some time
 * later; two children keep it.
 */
import type { RecordOf, Ref } from '../../../drivers/xen/model/model.ts';
import { withoutKey } from '../rpc/generic.ts';
import { Failure, failure } from '../wire/failure.ts';
import { BlockDevice } from './blocks.ts';
import type { World } from './world.ts';

type Vdi = RecordOf<'VDI'>;

/** @throws SR_BACKEND_FAILURE_44 where the repository has no room */
export function createDisk(world: World, given: Partial<Vdi> & Pick<Vdi, 'SR' | 'virtual_size'>, blocks?: BlockDevice): Ref {
  const { store } = world;
  assertRoom(world, given.SR, blocks === undefined ? given.virtual_size : 0);
  const uuid = given.uuid ?? crypto.randomUUID();
  const ref = store.create('VDI', { managed: true, missing: false, location: uuid, ...given, uuid });
  world.disks.set(ref, blocks ?? new BlockDevice(given.virtual_size));
  // One more disk: not all are counted again, for there may be thousands.
  const { managed, virtual_size: size } = store.get('VDI', ref);
  const { ownBytes: own } = blocksOf(world, ref);
  const { physical_utilisation: used, virtual_allocation: allocated } = store.get('SR', given.SR);
  store.update('VDI', ref, { physical_utilisation: own });
  store.update('SR', given.SR, { physical_utilisation: used + own, virtual_allocation: allocated + (managed ? size : 0) });
  return ref;
}

export function assertRoom({ store }: World, SR: Ref, bytes: number): void {
  const { physical_size: size, physical_utilisation: used, PBDs } = store.get('SR', SR);
  if (!PBDs.some((pbd) => store.get('PBD', pbd).currently_attached))
    throw failure(PBDs.length === 0 ? 'SR_HAS_NO_PBDS' : 'SR_NOT_ATTACHED', SR);
  if (size > 0 && used + bytes > size) throw new Failure('SR_BACKEND_FAILURE_44', ['', 'There is insufficient space', '']);
}

export function destroyDisk(world: World, ref: Ref): void {
  const { SR, VBDs } = world.store.get('VDI', ref);
  for (const vbd of VBDs) world.store.destroy('VBD', vbd);
  world.store.destroy('VDI', ref);
  world.disks.delete(ref);
  refreshRepository(world, SR);
  coalesceLater(world, SR);
}

export function blocksOf(world: World, ref: Ref): BlockDevice {
  const { virtual_size: size } = world.store.get('VDI', ref);
  const blocks = world.disks.get(ref) ?? new BlockDevice(size);
  world.disks.set(ref, blocks);
  return blocks;
}

/** What the disk and its repository say of their room. */
export function refreshUsage(world: World, ref: Ref): void {
  const { SR } = world.store.get('VDI', ref);
  world.store.update('VDI', ref, { physical_utilisation: blocksOf(world, ref).ownBytes });
  refreshRepository(world, SR);
}

export function refreshRepository({ store }: World, SR: Ref): void {
  const repository = store.find('SR', SR);
  if (repository === undefined || repository.is_tools_sr) return;
  const disks = repository.VDIs.map((one) => store.get('VDI', one));
  store.update('SR', SR, {
    physical_utilisation: disks.reduce((sum, disk) => sum + disk.physical_utilisation, 0),
    virtual_allocation: disks.filter((disk) => disk.managed).reduce((sum, disk) => sum + disk.virtual_size, 0),
  });
}

/** A snapshot, or a clone that is written to on its own: in both cases what was there becomes the parent of both. */
export function branch(world: World, ref: Ref, change: Partial<Vdi>): Ref {
  const { store } = world;
  const vdi = store.get('VDI', ref);
  const base = blocksOf(world, ref);
  const parent = createDisk(
    world,
    {
      SR: vdi.SR,
      virtual_size: vdi.virtual_size,
      name_label: 'base copy',
      managed: false,
      read_only: true,
      type: vdi.type,
      sm_config: chained(vdi.sm_config, parentUuid(vdi)),
    },
    base,
  );
  const { uuid } = store.get('VDI', parent);
  world.disks.set(ref, base.child());
  store.update('VDI', ref, { sm_config: chained(vdi.sm_config, uuid) });
  const child = createDisk(
    world,
    {
      SR: vdi.SR,
      virtual_size: vdi.virtual_size,
      name_label: vdi.name_label,
      name_description: vdi.name_description,
      type: vdi.type,
      sharable: vdi.sharable,
      other_config: vdi.other_config,
      xenstore_data: vdi.xenstore_data,
      ...change,
      sm_config: chained({}, uuid),
    },
    base.child(),
  );
  refreshUsage(world, ref);
  return child;
}

const KEY = 'vhd-parent';

export const parentUuid = ({ sm_config: config }: Pick<Vdi, 'sm_config'>): string | undefined => config[KEY];

function chained(config: Readonly<Record<string, string>>, uuid: string | undefined): Readonly<Record<string, string>> {
  const rest = withoutKey(config, KEY);
  return uuid === undefined ? rest : { ...rest, [KEY]: uuid };
}

/** As the storage manager does from time to time, and after a scan. */
export function coalesceLater(world: World, SR: Ref): void {
  if (!world.coalescing) return;
  const timer = setTimeout(() => coalesce(world, SR), world.durations['coalesce'] ?? world.durations['*'] ?? 0);
  timer.unref();
}

export function coalesce(world: World, SR: Ref): void {
  const { store } = world;
  const repository = store.find('SR', SR);
  if (repository === undefined || !world.coalescing) return;
  const disks = repository.VDIs.map((ref) => [ref, store.get('VDI', ref)] as const);
  const hidden = disks.find(([, { managed, uuid }]) => !managed && childrenOf(disks, uuid).length <= 1);
  if (hidden === undefined) return;
  const [ref, base] = hidden;
  const [child] = childrenOf(disks, base.uuid);
  if (child !== undefined) {
    blocksOf(world, child[0]).mergeParent();
    store.update('VDI', child[0], { sm_config: chained(child[1].sm_config, parentUuid(base)) });
  }
  store.destroy('VDI', ref);
  world.disks.delete(ref);
  if (child !== undefined) refreshUsage(world, child[0]);
  coalesce(world, SR);
}

const childrenOf = (disks: readonly (readonly [Ref, Vdi])[], uuid: string) => disks.filter(([, disk]) => parentUuid(disk) === uuid);

/** In use by a VM, or by the control domain. */
export const isAttached = ({ store }: World, vdi: Vdi): boolean => vdi.VBDs.some((vbd) => store.get('VBD', vbd).currently_attached);

/** Its bytes to another repository, and those who use it with it: a new object, as the reference of a moved disk is new. */
export function moveDisk(world: World, ref: Ref, SR: Ref): Ref {
  const { store } = world;
  const { uuid: _uuid, VBDs, snapshots: _snapshots, location: _location, ...vdi } = store.get('VDI', ref);
  const moved = createDisk(world, { ...vdi, SR, sm_config: chained(vdi.sm_config, undefined) }, blocksOf(world, ref).copy());
  for (const vbd of VBDs) store.update('VBD', vbd, { VDI: moved });
  destroyDisk(world, ref);
  return moved;
}
