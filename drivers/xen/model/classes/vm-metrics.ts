/** What is measured of VMs from outside, and told by their guests. */
import { NULL_REF, init, ro, rw, takes } from '../notation.ts';

export const VM_metrics = {
  fields: {
    uuid: ro('string'),
    memory_actual: ro('int'),
    VCPUs_number: ro('int'),
    VCPUs_utilisation: ro('map int float', {}),
    VCPUs_CPU: ro('map int int'),
    VCPUs_params: ro('map string string'),
    VCPUs_flags: ro('map int set:string'),
    state: ro('set string'),
    start_time: ro('datetime'),
    install_time: ro('datetime'),
    last_updated: ro('datetime'),
    other_config: rw('map string string', {}),
    hvm: ro('bool', false),
    nested_virt: ro('bool', false),
    nomigrate: ro('bool', false),
    current_domain_type: ro('enum:domain_type', 'unspecified'),
    numa_optimised: init('bool', false),
    numa_nodes: init('int', 0),
    numa_node_memory: ro('map int int', {}),
  },
  messages: {},
} as const;

export const VM_guest_metrics = {
  fields: {
    uuid: ro('string'),
    os_version: ro('map string string'),
    netbios_name: ro('map string string', {}),
    PV_drivers_version: ro('map string string'),
    PV_drivers_up_to_date: ro('bool'),
    memory: ro('map string string', {}),
    disks: ro('map string string', {}),
    networks: ro('map string string'),
    other: ro('map string string'),
    last_updated: ro('datetime'),
    other_config: rw('map string string', {}),
    live: ro('bool', false),
    can_use_hotplug_vbd: ro('enum:tristate_type', 'unspecified'),
    can_use_hotplug_vif: ro('enum:tristate_type', 'unspecified'),
    PV_drivers_detected: ro('bool', false),
    services: ro('map string string', {}),
  },
  messages: {},
} as const;

export const console = {
  fields: {
    uuid: ro('string'),
    protocol: ro('enum:console_protocol'),
    location: ro('string'),
    VM: ro('ref:VM'),
    other_config: rw('map string string'),
  },
  messages: {},
} as const;

export const VTPM = {
  fields: {
    uuid: ro('string'),
    allowed_operations: ro('set enum:vtpm_operations', []),
    current_operations: ro('map string enum:vtpm_operations', {}),
    VM: init('ref:VM'),
    backend: ro('ref:VM', NULL_REF),
    persistence_backend: ro('enum:persistence_backend', 'xapi'),
    is_unique: init('bool', false),
    is_protected: ro('bool', false),
  },
  messages: {
    create: takes('ref:VTPM', { vM: 'ref:VM', is_unique: 'bool' }),
    destroy: takes('void', { self: 'ref:VTPM' }),
  },
} as const;
