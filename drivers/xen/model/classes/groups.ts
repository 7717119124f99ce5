/** VMs that belong together, and what is kept for clients. */
import { init, ro, rw, sync, takes } from '../notation.ts';

export const VM_appliance = {
  fields: {
    uuid: ro('string'),
    name_label: rw('string', ''),
    name_description: rw('string', ''),
    allowed_operations: ro('set enum:vm_appliance_operation', []),
    current_operations: ro('map string enum:vm_appliance_operation', {}),
    VMs: ro('set ref:VM'),
  },
  messages: {
    create: takes('ref:VM_appliance', { args: 'record:VM_appliance' }),
    destroy: takes('void', { self: 'ref:VM_appliance' }),
  },
} as const;

export const VM_group = {
  fields: {
    uuid: ro('string'),
    name_label: rw('string', ''),
    name_description: rw('string', ''),
    placement: init('enum:placement_policy', 'normal'),
    VMs: ro('set ref:VM'),
  },
  messages: {
    create: sync('ref:VM_group', { args: 'record:VM_group' }),
    destroy: sync('void', { self: 'ref:VM_group' }),
  },
} as const;

export const secret = {
  fields: {
    uuid: ro('string'),
    value: rw('string'),
    other_config: rw('map string string', {}),
  },
  messages: {
    create: takes('ref:secret', { args: 'record:secret' }),
    destroy: takes('void', { self: 'ref:secret' }),
  },
} as const;

export const blob = {
  fields: {
    uuid: ro('string'),
    name_label: rw('string', ''),
    name_description: rw('string', ''),
    size: ro('int'),
    public: rw('bool', false),
    last_updated: init('datetime'),
    mime_type: init('string'),
  },
  messages: {},
} as const;
