/** Memory and processors. */
import type { RecordOf, Ref } from '../../../../drivers/xen/model/model.ts';
import { withKey } from '../../rpc/generic.ts';
import type { Call, SomeHandlers } from '../../rpc/handler.ts';
import { failure } from '../../wire/failure.ts';
import { memoryOf, refreshFreeMemory } from '../../world/domain.ts';
import { operate, type VmOperation } from '../../world/operation.ts';
import { assertMemory } from './record.ts';

type Vm = RecordOf<'VM'>;

async function limit({ world, task }: Call, vm: Ref, operation: VmOperation, change: Partial<Vm>): Promise<void> {
  await operate(world, task, vm, operation, () => {
    const { store } = world;
    const before = store.get('VM', vm);
    assertMemory({ ...before, ...change });
    store.update('VM', vm, change);
    if (before.power_state !== 'Running') return;
    const target = store.get('VM', vm).memory_dynamic_max;
    store.update('VM', vm, { memory_target: target });
    store.update('VM_metrics', before.metrics, { memory_actual: target });
    refreshFreeMemory(world, before.resident_on);
  });
}

const VCPUS_LIVE: VmOperation = 'changing_VCPUs_live';

async function changeVcpus({ world, task }: Call, vm: Ref, change: Partial<Vm>): Promise<void> {
  await operate(world, task, vm, 'changing_VCPUs', () => {
    const { VCPUs_max: most, VCPUs_at_startup: started } = { ...world.store.get('VM', vm), ...change };
    if (started < 1 || started > most) {
      throw failure('INVALID_VALUE', Object.keys(change)[0] ?? '', String(change.VCPUs_max ?? change.VCPUs_at_startup));
    }
    world.store.update('VM', vm, change);
  });
}

export const resourceHandlers = {
  'VM.set_memory_limits': async (call, { self, static_min, static_max, dynamic_min, dynamic_max }) =>
    limit(call, self, 'changing_memory_limits', {
      memory_static_min: static_min,
      memory_static_max: static_max,
      memory_dynamic_min: dynamic_min,
      memory_dynamic_max: dynamic_max,
    }),
  'VM.set_memory': async (call, { self, value }) => {
    const { memory_static_min: least } = call.world.store.get('VM', self);
    await limit(call, self, 'changing_memory_limits', {
      memory_static_min: Math.min(least, value),
      memory_static_max: value,
      memory_dynamic_min: value,
      memory_dynamic_max: value,
    });
  },
  'VM.set_memory_static_min': async (call, { self, value }) => limit(call, self, 'changing_static_range', { memory_static_min: value }),
  'VM.set_memory_static_max': async (call, { self, value }) => limit(call, self, 'changing_static_range', { memory_static_max: value }),
  'VM.set_memory_static_range': async (call, { self, min, max }) =>
    limit(call, self, 'changing_static_range', { memory_static_min: min, memory_static_max: max }),
  'VM.set_memory_dynamic_min': async (call, { self, value }) => limit(call, self, 'changing_dynamic_range', { memory_dynamic_min: value }),
  'VM.set_memory_dynamic_max': async (call, { self, value }) => limit(call, self, 'changing_dynamic_range', { memory_dynamic_max: value }),
  'VM.set_memory_dynamic_range': async (call, { self, min, max }) =>
    limit(call, self, 'changing_dynamic_range', { memory_dynamic_min: min, memory_dynamic_max: max }),
  'VM.set_memory_target_live': async (call, { self, target }) =>
    limit(call, self, 'changing_dynamic_range', { memory_dynamic_min: target, memory_dynamic_max: target }),
  'VM.wait_memory_target_live': () => undefined,
  'VM.compute_memory_overhead': ({ world: { store } }, { vm }) => memoryOf(store.get('VM', vm)) - store.get('VM', vm).memory_dynamic_max,
  'VM.maximise_memory': (_call, { total }) => total,
  'VM.set_VCPUs_max': async (call, { self, value }) => changeVcpus(call, self, { VCPUs_max: value }),
  'VM.set_VCPUs_at_startup': async (call, { self, value }) => changeVcpus(call, self, { VCPUs_at_startup: value }),
  'VM.set_VCPUs_number_live': async ({ world, task }, { self, nvcpu }) => {
    await operate(world, task, self, VCPUS_LIVE, () => {
      const { VCPUs_max: most, metrics } = world.store.get('VM', self);
      if (nvcpu < 1 || nvcpu > most) throw failure('OPERATION_NOT_ALLOWED', `VCPUs_number_live must be between 1 and ${most}`);
      world.store.update('VM', self, { VCPUs_at_startup: nvcpu });
      world.store.update('VM_metrics', metrics, { VCPUs_number: nvcpu });
    });
  },
  'VM.add_to_VCPUs_params_live': async ({ world, task }, { self, key, value }) => {
    await operate(world, task, self, VCPUS_LIVE, () => {
      world.store.update('VM', self, {
        VCPUs_params: withKey('VM', self, 'VCPUs_params', world.store.get('VM', self).VCPUs_params, key, value),
      });
    });
  },
} as const satisfies SomeHandlers;
