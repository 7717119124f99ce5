/** Disks in VMs: made, plugged into running ones, and media of drives. */
import type { RecordOf, Ref } from '../../../drivers/xen/model/model.ts';
import { NULL_REF } from '../../../drivers/xen/model/notation.ts';
import type { SomeHandlers } from '../rpc/handler.ts';
import { failure } from '../wire/failure.ts';
import { deviceName, plugDisk } from '../world/domain.ts';
import type { World } from '../world/world.ts';

type Vbd = RecordOf<'VBD'>;

/** `0`, `xvda` and `hda` are the same place. */
function placeOf(userdevice: string): string {
  const letter = /^(?:xvd|hd|sd)([a-z])$/.exec(userdevice)?.[1];
  return letter === undefined ? userdevice : String((letter.codePointAt(0) ?? 97) - 97);
}

function create({ store }: World, given: Partial<Vbd> & Pick<Vbd, 'VM' | 'VDI' | 'userdevice' | 'type' | 'mode' | 'empty'>): Ref {
  const vm = store.get('VM', given.VM);
  if (given.type === 'CD' && given.mode === 'RW') throw failure('VBD_CDS_MUST_BE_READONLY');
  if (given.empty && given.type === 'Disk') throw failure('VBD_NOT_REMOVABLE_MEDIA', '');
  if (!given.empty) {
    const vdi = store.get('VDI', given.VDI);
    if (vdi.read_only && given.mode === 'RW') throw failure('VDI_READONLY', given.VDI);
  }
  const taken = new Set(vm.VBDs.map((vbd) => placeOf(store.get('VBD', vbd).userdevice)));
  const free = Array.from({ length: 255 }, (_, index) => String(index)).find((place) => !taken.has(place)) ?? '';
  const userdevice = given.userdevice === 'autodetect' ? free : given.userdevice;
  if (!/^\d{1,3}$/.test(placeOf(userdevice))) throw failure('INVALID_DEVICE', userdevice);
  if (taken.has(placeOf(userdevice))) throw failure('DEVICE_ALREADY_EXISTS', userdevice);
  const metrics = store.create('VBD_metrics', {});
  return store.create('VBD', { ...given, userdevice, metrics, VDI: given.empty ? NULL_REF : given.VDI, currently_attached: false });
}

/** @throws VM_BAD_POWER_STATE unless it runs, or is the control domain */
function requireRunning({ store }: World, vm: Ref): void {
  const { power_state: state } = store.get('VM', vm);
  if (state !== 'Running') throw failure('VM_BAD_POWER_STATE', vm, 'running', state.toLowerCase());
}

/** @throws VM_MISSING_PV_DRIVERS: a guest without tools does not plug disks */
function requireHotplug(world: World, ref: Ref): void {
  const vm = world.store.get('VM', ref);
  if (!vm.is_control_domain && vm.domain_type === 'hvm' && !world.guests.hasTools(vm)) throw failure('VM_MISSING_PV_DRIVERS', ref);
}

function assertFree({ store }: World, self: Ref): void {
  const { VDI, mode } = store.get('VBD', self);
  const vdi = store.find('VDI', VDI);
  if (vdi === undefined || vdi.sharable) return;
  const others = vdi.VBDs.filter((vbd) => vbd !== self).map((vbd) => store.get('VBD', vbd));
  if (others.some((other) => other.currently_attached && (other.mode === 'RW' || mode === 'RW')))
    throw failure('VDI_IN_USE', VDI, 'attach');
}

export const vbdHandlers = {
  'VBD.create': ({ world }, { args }) => create(world, args as Parameters<typeof create>[1]),
  'VBD.destroy': ({ world: { store } }, { self }) => {
    const { currently_attached: attached, VM } = store.get('VBD', self);
    if (attached && store.get('VM', VM).power_state !== 'Halted')
      throw failure('OPERATION_NOT_ALLOWED', `VBD '${self}' still attached to '${VM}'`);
    store.destroy('VBD', self);
  },
  'VBD.plug': async ({ world, task }, { self }) => {
    const { VM, currently_attached: attached } = world.store.get('VBD', self);
    requireRunning(world, VM);
    if (attached) throw failure('DEVICE_ALREADY_ATTACHED', self);
    requireHotplug(world, VM);
    assertFree(world, self);
    await world.work('VBD.plug', task);
    plugDisk(world, self);
  },
  'VBD.unplug': async ({ world, task }, { self }) => {
    const { VM, currently_attached: attached, unpluggable } = world.store.get('VBD', self);
    requireRunning(world, VM);
    if (!attached) throw failure('DEVICE_ALREADY_DETACHED', self);
    if (!unpluggable) throw failure('VBD_NOT_UNPLUGGABLE', self);
    requireHotplug(world, VM);
    await world.work('VBD.unplug', task);
    world.store.update('VBD', self, { currently_attached: false });
  },
  'VBD.unplug_force': ({ world: { store } }, { self }) => store.update('VBD', self, { currently_attached: false }),
  'VBD.insert': async ({ world, task }, { vbd, vdi }) => {
    const { type, empty, device, userdevice } = world.store.get('VBD', vbd);
    world.store.get('VDI', vdi);
    if (type === 'Disk') throw failure('VBD_NOT_REMOVABLE_MEDIA', vbd);
    if (!empty) throw failure('VBD_NOT_EMPTY', vbd);
    await world.work('VBD.insert', task);
    world.store.update('VBD', vbd, { VDI: vdi, empty: false, device: device === '' ? deviceName(userdevice) : device });
  },
  'VBD.eject': async ({ world, task }, { vbd }) => {
    const { type, empty } = world.store.get('VBD', vbd);
    if (type === 'Disk') throw failure('VBD_NOT_REMOVABLE_MEDIA', vbd);
    if (empty) throw failure('VBD_IS_EMPTY', vbd);
    await world.work('VBD.eject', task);
    world.store.update('VBD', vbd, { VDI: NULL_REF, empty: true });
  },
  'VBD.assert_attachable': ({ world }, { self }) => assertFree(world, self),
  'VBD.set_mode': ({ world: { store } }, { self, value }) => {
    if (store.get('VBD', self).currently_attached) throw failure('OPERATION_NOT_ALLOWED', 'the mode of an attached disk stays as it is');
    store.update('VBD', self, { mode: value });
  },
} as const satisfies SomeHandlers;
