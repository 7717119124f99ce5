/** Devices of hosts that VMs may be given: on the PCI bus, for graphics, on USB. */
import { NULL_REF, init, ro, rw } from '../notation.ts';

export const PCI = {
  fields: {
    uuid: ro('string'),
    class_id: init('string', ''),
    class_name: init('string', ''),
    vendor_id: init('string', ''),
    vendor_name: init('string', ''),
    device_id: init('string', ''),
    device_name: init('string', ''),
    host: init('ref:host', NULL_REF),
    pci_id: init('string', ''),
    dependencies: ro('set ref:PCI'),
    other_config: rw('map string string', {}),
    subsystem_vendor_id: init('string', ''),
    subsystem_vendor_name: init('string', ''),
    subsystem_device_id: init('string', ''),
    subsystem_device_name: init('string', ''),
    driver_name: init('string', ''),
  },
  messages: {},
} as const;

export const PGPU = {
  fields: {
    uuid: ro('string'),
    PCI: init('ref:PCI', NULL_REF),
    GPU_group: init('ref:GPU_group', NULL_REF),
    host: ro('ref:host', NULL_REF),
    other_config: rw('map string string', {}),
    supported_VGPU_types: ro('set ref:VGPU_type'),
    enabled_VGPU_types: ro('set ref:VGPU_type'),
    resident_VGPUs: ro('set ref:VGPU'),
    supported_VGPU_max_capacities: ro('map ref:VGPU_type int', {}),
    dom0_access: ro('enum:pci_dom0_access', 'enabled'),
    is_system_display_device: ro('bool', false),
    compatibility_metadata: ro('map string string', {}),
  },
  messages: {},
} as const;

export const GPU_group = {
  fields: {
    uuid: ro('string'),
    name_label: rw('string', ''),
    name_description: rw('string', ''),
    PGPUs: ro('set ref:PGPU'),
    VGPUs: ro('set ref:VGPU'),
    GPU_types: ro('set string', []),
    other_config: rw('map string string', {}),
    allocation_algorithm: rw('enum:allocation_algorithm', 'depth_first'),
    supported_VGPU_types: ro('set ref:VGPU_type'),
    enabled_VGPU_types: ro('set ref:VGPU_type'),
  },
  messages: {},
} as const;

export const VGPU = {
  fields: {
    uuid: ro('string'),
    VM: ro('ref:VM'),
    GPU_group: ro('ref:GPU_group'),
    device: ro('string', '0'),
    currently_attached: ro('bool', false),
    other_config: rw('map string string', {}),
    type: ro('ref:VGPU_type', NULL_REF),
    resident_on: ro('ref:PGPU', NULL_REF),
    scheduled_to_be_resident_on: ro('ref:PGPU', NULL_REF),
    compatibility_metadata: ro('map string string', {}),
    extra_args: rw('string', ''),
    PCI: ro('ref:PCI', NULL_REF),
  },
  messages: {},
} as const;

export const VGPU_type = {
  fields: {
    uuid: ro('string'),
    vendor_name: init('string', ''),
    model_name: init('string', ''),
    framebuffer_size: init('int', 0),
    max_heads: init('int', 0),
    max_resolution_x: init('int', 0),
    max_resolution_y: init('int', 0),
    supported_on_PGPUs: ro('set ref:PGPU'),
    enabled_on_PGPUs: ro('set ref:PGPU'),
    VGPUs: ro('set ref:VGPU'),
    supported_on_GPU_groups: ro('set ref:GPU_group'),
    enabled_on_GPU_groups: ro('set ref:GPU_group'),
    implementation: init('enum:vgpu_type_implementation', 'passthrough'),
    identifier: init('string', ''),
    experimental: init('bool', false),
    compatible_types_in_vm: ro('set ref:VGPU_type', []),
  },
  messages: {},
} as const;

export const PUSB = {
  fields: {
    uuid: ro('string'),
    USB_group: init('ref:USB_group', NULL_REF),
    host: init('ref:host', NULL_REF),
    path: init('string', ''),
    vendor_id: init('string', ''),
    vendor_desc: init('string', ''),
    product_id: init('string', ''),
    product_desc: init('string', ''),
    serial: init('string', ''),
    version: init('string', ''),
    description: init('string', ''),
    passthrough_enabled: ro('bool', false),
    other_config: rw('map string string', {}),
    speed: init('float', -1),
  },
  messages: {},
} as const;

export const USB_group = {
  fields: {
    uuid: ro('string'),
    name_label: rw('string', ''),
    name_description: rw('string', ''),
    PUSBs: ro('set ref:PUSB'),
    VUSBs: ro('set ref:VUSB'),
    other_config: rw('map string string', {}),
  },
  messages: {},
} as const;

export const VUSB = {
  fields: {
    uuid: ro('string'),
    allowed_operations: ro('set enum:vusb_operations', []),
    current_operations: ro('map string enum:vusb_operations', {}),
    VM: ro('ref:VM'),
    USB_group: ro('ref:USB_group'),
    other_config: rw('map string string', {}),
    currently_attached: ro('bool', false),
  },
  messages: {},
} as const;
