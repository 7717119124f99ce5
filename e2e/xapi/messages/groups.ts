/** What is only kept for clients, and does nothing by itself: appliances, groups, secrets. */
import type { SomeHandlers } from '../rpc/handler.ts';

export const groupHandlers = {
  'VM_appliance.create': ({ world: { store } }, { args }) => store.create('VM_appliance', args),
  'VM_appliance.destroy': ({ world: { store } }, { self }) => store.destroy('VM_appliance', self),
  'VM_group.create': ({ world: { store } }, { args }) => store.create('VM_group', args),
  'VM_group.destroy': ({ world: { store } }, { self }) => store.destroy('VM_group', self),
  'secret.create': ({ world: { store } }, { args }) => store.create('secret', args),
  'secret.destroy': ({ world: { store } }, { self }) => store.destroy('secret', self),
} as const satisfies SomeHandlers;
