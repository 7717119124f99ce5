/** Disks in VMs. */
import { NULL_REF, init, ro, rw, takes } from '../notation.ts';

export const VBD = {
  fields: {
    uuid: ro('string'),
    allowed_operations: ro('set enum:vbd_operations', []),
    current_operations: ro('map string enum:vbd_operations', {}),
    VM: init('ref:VM'),
    VDI: init('ref:VDI'),
    device: init('string', ''),
    userdevice: rw('string'),
    bootable: rw('bool'),
    mode: init('enum:vbd_mode'),
    type: rw('enum:vbd_type'),
    unpluggable: rw('bool', true),
    storage_lock: ro('bool'),
    empty: init('bool'),
    other_config: rw('map string string'),
    currently_attached: init('bool', false),
    status_code: ro('int'),
    status_detail: ro('string'),
    runtime_properties: ro('map string string'),
    qos_algorithm_type: rw('string'),
    qos_algorithm_params: rw('map string string'),
    qos_supported_algorithms: ro('set string'),
    metrics: ro('ref:VBD_metrics', NULL_REF),
  },
  messages: {
    create: takes('ref:VBD', { args: 'record:VBD' }),
    destroy: takes('void', { self: 'ref:VBD' }),
    plug: takes('void', { self: 'ref:VBD' }),
    unplug: takes('void', { self: 'ref:VBD' }),
    unplug_force: takes('void', { self: 'ref:VBD' }),
    insert: takes('void', { vbd: 'ref:VBD', vdi: 'ref:VDI' }),
    eject: takes('void', { vbd: 'ref:VBD' }),
    assert_attachable: takes('void', { self: 'ref:VBD' }),
    set_mode: takes('void', { self: 'ref:VBD', value: 'enum:vbd_mode' }),
  },
} as const;

export const VBD_metrics = {
  fields: {
    uuid: ro('string'),
    io_read_kbs: ro('float', 0),
    io_write_kbs: ro('float', 0),
    last_updated: ro('datetime', '19700101T00:00:00Z'),
    other_config: rw('map string string', {}),
  },
  messages: {},
} as const;
