/** Trusted platform modules of VMs: one at most, made while the VM is off. */
import type { SomeHandlers } from '../rpc/handler.ts';
import { failure } from '../wire/failure.ts';
import { operate } from '../world/operation.ts';

export const vtpmHandlers = {
  'VTPM.create': async ({ world, task }, { vM: vm, is_unique }) =>
    operate(world, task, vm, 'create_vtpm', () => {
      if (world.store.get('VM', vm).VTPMs.length > 0) throw failure('VTPM_MAX_AMOUNT_REACHED', '1');
      return world.store.create('VTPM', { VM: vm, is_unique, allowed_operations: ['destroy'] });
    }),
  'VTPM.destroy': ({ world: { store } }, { self }) => {
    const { VM } = store.get('VTPM', self);
    const { power_state: state } = store.get('VM', VM);
    if (state !== 'Halted') throw failure('VM_BAD_POWER_STATE', VM, 'halted', state.toLowerCase());
    store.destroy('VTPM', self);
  },
} as const satisfies SomeHandlers;
