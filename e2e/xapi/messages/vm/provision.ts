/** A template's wishes become disks, and it becomes a VM. */
import { NULL_REF } from '../../../../drivers/xen/model/notation.ts';
import type { Handler } from '../../rpc/handler.ts';
import { byUuid, withoutKey } from '../../rpc/generic.ts';
import { parseXml } from '../../wire/xml.ts';
import { createDisk } from '../../world/disks.ts';
import { operate } from '../../world/operation.ts';
import type { World } from '../../world/world.ts';

interface Wish {
  readonly device: string;
  readonly size: number;
  readonly sr: string;
  readonly bootable: boolean;
  readonly type: string;
}

/** `<provision><disk device size sr bootable type/></provision>` */
export function wishes(text: string | undefined): readonly Wish[] {
  if (text === undefined || text === '') return [];
  parseXml(text);
  return [...text.matchAll(/<disk\s+([^>]*?)\/?>/g)].map(([, attributes = '']) => {
    const of = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(attributes)?.[1] ?? '';
    return { device: of('device'), size: Number(of('size')), sr: of('sr'), bootable: of('bootable') === 'true', type: of('type') };
  });
}

function fulfil(world: World, vm: string, { device, size, sr, bootable, type }: Wish): void {
  const { store } = world;
  const SR = sr === '' ? world.pool.default_SR : store.has('SR', sr) ? sr : byUuid(store, 'SR', sr);
  const VDI = createDisk(world, { SR, virtual_size: size, type: type === 'system' ? 'system' : 'user', name_label: '0' });
  store.create('VBD', {
    VM: vm,
    VDI,
    userdevice: device,
    device: '',
    bootable,
    mode: 'RW',
    type: 'Disk',
    empty: false,
    unpluggable: type !== 'system',
  });
}

export const provision: Handler<'VM.provision'> = async ({ world, task }, { vm }) => {
  await operate(world, task, vm, 'provision', async () => {
    const { store } = world;
    await world.work('VM.provision', task);
    const { other_config: config } = store.get('VM', vm);
    for (const wish of wishes(config['disks'])) fulfil(world, vm, wish);
    store.update('VM', vm, { is_a_template: false, other_config: withoutKey(config, 'disks'), snapshot_of: NULL_REF });
  });
};
