/** Fields of VMs that are not simply written: maps that clients may change, how it boots, and numbers with bounds. */
import type { RecordOf, Ref } from '../../../../drivers/xen/model/model.ts';
import { withKey, withoutKey } from '../../rpc/generic.ts';
import type { SomeHandlers } from '../../rpc/handler.ts';
import { failure } from '../../wire/failure.ts';
import type { World } from '../../world/world.ts';
import { operate, refreshAllowed } from '../../world/operation.ts';
import { bootOf } from './record.ts';

type Vm = RecordOf<'VM'>;
type MapField = 'platform' | 'other_config' | 'blocked_operations' | 'NVRAM';

function add({ store }: World, self: Ref, field: MapField, key: string, value: string): void {
  store.update('VM', self, { [field]: withKey('VM', self, field, store.get('VM', self)[field], key, value) });
}

function remove({ store }: World, self: Ref, field: MapField, key: string): void {
  store.update('VM', self, { [field]: withoutKey(store.get('VM', self)[field], key) });
}

/** Only while the VM is off, and written with what follows from it. */
function setBoot(world: World, self: Ref, change: Partial<Pick<Vm, 'domain_type' | 'HVM_boot_policy'>>): void {
  const { power_state: state, ...vm } = world.store.get('VM', self);
  if (state !== 'Halted') throw failure('VM_BAD_POWER_STATE', self, 'halted', state.toLowerCase());
  // A policy decides the type if only the policy is given.
  const type = change.domain_type ?? (change.HVM_boot_policy === '' ? (vm.domain_type === 'hvm' ? 'pv' : vm.domain_type) : 'hvm');
  world.store.update('VM', self, bootOf({ domain_type: type, HVM_boot_policy: change.HVM_boot_policy ?? vm.HVM_boot_policy }));
}

function setBlocked(world: World, self: Ref, value: Vm['blocked_operations']): void {
  world.store.update('VM', self, { blocked_operations: value });
  refreshAllowed(world, self);
}

const plain =
  <F extends keyof Vm>(field: F) =>
  ({ world: { store } }: { readonly world: World }, { self, value }: { readonly self: Ref; readonly value: Vm[F] }) =>
    store.update('VM', self, { [field]: value });

export const configHandlers = {
  'VM.set_platform': plain('platform'),
  'VM.add_to_platform': ({ world }, { self, key, value }) => add(world, self, 'platform', key, value),
  'VM.remove_from_platform': ({ world }, { self, key }) => remove(world, self, 'platform', key),
  'VM.set_other_config': plain('other_config'),
  'VM.add_to_other_config': ({ world }, { self, key, value }) => add(world, self, 'other_config', key, value),
  'VM.remove_from_other_config': ({ world }, { self, key }) => remove(world, self, 'other_config', key),
  'VM.set_blocked_operations': ({ world }, { self, value }) => setBlocked(world, self, value),
  'VM.add_to_blocked_operations': ({ world }, { self, key, value }) => {
    add(world, self, 'blocked_operations', key, value);
    refreshAllowed(world, self);
  },
  'VM.remove_from_blocked_operations': ({ world }, { self, key }) => {
    remove(world, self, 'blocked_operations', key);
    refreshAllowed(world, self);
  },
  'VM.set_NVRAM': async ({ world, task }, { self, value }) =>
    operate(world, task, self, 'changing_NVRAM', () => world.store.update('VM', self, { NVRAM: value })),
  'VM.add_to_NVRAM': async ({ world, task }, { self, key, value }) =>
    operate(world, task, self, 'changing_NVRAM', () => add(world, self, 'NVRAM', key, value)),
  'VM.remove_from_NVRAM': async ({ world, task }, { self, key }) =>
    operate(world, task, self, 'changing_NVRAM', () => remove(world, self, 'NVRAM', key)),
  'VM.set_HVM_boot_policy': ({ world }, { self, value }) => setBoot(world, self, { HVM_boot_policy: value }),
  'VM.set_domain_type': ({ world }, { self, value }) => setBoot(world, self, { domain_type: value }),
  'VM.set_HVM_shadow_multiplier': async ({ world, task }, { self, value }) => {
    if (value < 1) throw failure('INVALID_VALUE', 'multiplier', String(value));
    await operate(world, task, self, 'changing_shadow_memory', () => world.store.update('VM', self, { HVM_shadow_multiplier: value }));
  },
  'VM.set_actions_after_crash': plain('actions_after_crash'),
  'VM.set_bios_strings': ({ world: { store } }, { self, value }) => {
    if (Object.keys(store.get('VM', self).bios_strings).length > 0) throw failure('VM_BIOS_STRINGS_ALREADY_SET');
    store.update('VM', self, { bios_strings: value });
  },
  'VM.copy_bios_strings': ({ world: { store } }, { vm, host }) =>
    store.update('VM', vm, { bios_strings: store.get('host', host).bios_strings }),
  'VM.set_has_vendor_device': plain('has_vendor_device'),
  'VM.set_start_delay': plain('start_delay'),
  'VM.set_shutdown_delay': plain('shutdown_delay'),
  'VM.set_order': plain('order'),
  'VM.set_suspend_VDI': plain('suspend_VDI'),
  'VM.set_ha_always_run': plain('ha_always_run'),
  'VM.set_ha_restart_priority': ({ world: { store } }, { self, value }) => {
    if (!['', 'restart', 'best-effort'].includes(value)) throw failure('INVALID_VALUE', 'ha_restart_priority', value);
    store.update('VM', self, { ha_restart_priority: value, ha_always_run: value === 'restart' });
  },
} as const satisfies SomeHandlers;
