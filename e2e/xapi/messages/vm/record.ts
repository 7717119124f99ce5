/** VM records as such: made, removed, and how they must be. */
import type { RecordOf, Ref } from '../../../../drivers/xen/model/model.ts';
import { NULL_REF } from '../../../../drivers/xen/model/notation.ts';
import type { SomeHandlers } from '../../rpc/handler.ts';
import { failure } from '../../wire/failure.ts';
import type { World } from '../../world/world.ts';
import { operate, refreshAllowed } from '../../world/operation.ts';

type Vm = RecordOf<'VM'>;

/** @throws MEMORY_CONSTRAINT_VIOLATION */
export function assertMemory(vm: Pick<Vm, 'memory_static_min' | 'memory_dynamic_min' | 'memory_dynamic_max' | 'memory_static_max'>): void {
  const { memory_static_min: least, memory_dynamic_min: low, memory_dynamic_max: high, memory_static_max: most } = vm;
  if (least <= low && low <= high && high <= most) return;
  throw failure('MEMORY_CONSTRAINT_VIOLATION', 'Memory limits must satisfy: static_min <= dynamic_min <= dynamic_max <= static_max');
}

/** @throws INVALID_VALUE */
export function assertVcpus({ VCPUs_at_startup: started, VCPUs_max: most }: Pick<Vm, 'VCPUs_at_startup' | 'VCPUs_max'>): void {
  if (started < 1) throw failure('INVALID_VALUE', 'VCPUs_at_startup', String(started));
  if (started > most) throw failure('INVALID_VALUE', 'VCPUs_at_startup', String(started));
}

/** The two ways to say how a VM boots, of which each follows from the other. */
export function bootOf({
  domain_type: type,
  HVM_boot_policy: policy,
}: Pick<Vm, 'domain_type' | 'HVM_boot_policy'>): Pick<Vm, 'domain_type' | 'HVM_boot_policy'> {
  if (type === 'unspecified') return { domain_type: policy === '' ? 'pv' : 'hvm', HVM_boot_policy: policy };
  return { domain_type: type, HVM_boot_policy: type === 'hvm' ? (policy === '' ? 'BIOS order' : policy) : '' };
}

export function createVm(world: World, record: Partial<Vm>): Ref {
  const { store } = world;
  const metrics = store.create('VM_metrics', {
    install_time: world.dateTime,
    last_updated: world.dateTime,
    VCPUs_number: record.VCPUs_at_startup ?? 0,
  });
  const ref = store.create('VM', { domid: -1, ...record, metrics, resident_on: NULL_REF });
  refreshAllowed(world, ref);
  return ref;
}

/** The disks stay; what connects them to the VM goes with it. */
export function removeVm({ store }: World, ref: Ref): void {
  const { VBDs, VIFs, VTPMs, consoles, metrics, guest_metrics: guest } = store.get('VM', ref);
  for (const vbd of VBDs) store.destroy('VBD', vbd);
  for (const vif of VIFs) store.destroy('VIF', vif);
  for (const vtpm of VTPMs) store.destroy('VTPM', vtpm);
  for (const console of consoles) store.destroy('console', console);
  if (store.has('VM_metrics', metrics)) store.destroy('VM_metrics', metrics);
  if (store.has('VM_guest_metrics', guest)) store.destroy('VM_guest_metrics', guest);
  store.destroy('VM', ref);
}

export const recordHandlers = {
  'VM.create': async ({ world, task }, { args }) => {
    const given = args as Partial<Vm> & Pick<Vm, 'HVM_boot_policy' | 'VCPUs_at_startup' | 'VCPUs_max'> & Parameters<typeof assertMemory>[0];
    assertMemory(given);
    if (!(given.is_a_template ?? false)) assertVcpus(given);
    await world.work('VM.create', task);
    const suspended = given.power_state === 'Suspended' && world.store.has('VDI', given.suspend_VDI ?? NULL_REF);
    const boot = bootOf({ domain_type: given.domain_type ?? 'unspecified', HVM_boot_policy: given.HVM_boot_policy });
    return createVm(world, { ...given, ...boot, power_state: suspended ? 'Suspended' : 'Halted', memory_target: 0 });
  },
  'VM.destroy': async ({ world, task }, { self }) => {
    await operate(world, task, self, 'destroy', async () => {
      const { is_control_domain: control, is_default_template: stock } = world.store.get('VM', self);
      if (control) throw failure('OPERATION_NOT_ALLOWED', 'a control domain is not destroyed');
      if (stock) throw failure('VM_IS_TEMPLATE', self);
      await world.work('VM.destroy', task);
      removeVm(world, self);
    });
  },
  'VM.get_boot_record': ({ world: { store } }, { self }) => store.get('VM', self),
  'VM.update_allowed_operations': ({ world }, { self }) => refreshAllowed(world, self),
} as const satisfies SomeHandlers;
