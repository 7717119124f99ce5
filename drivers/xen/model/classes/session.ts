/** Who is connected, what the server is doing, and what changes. */
import { NULL_REF, init, ro, rw, sync, takes } from '../notation.ts';

export const session = {
  fields: {
    uuid: ro('string'),
    this_host: ro('ref:host'),
    this_user: ro('ref:user'),
    last_active: ro('datetime'),
    pool: ro('bool'),
    other_config: rw('map string string', {}),
    is_local_superuser: ro('bool', false),
    subject: ro('ref:subject', NULL_REF),
    validation_time: ro('datetime', '19700101T00:00:00Z'),
    auth_user_sid: ro('string', ''),
    auth_user_name: ro('string', ''),
    rbac_permissions: init('set string', []),
    tasks: ro('set ref:task'),
    parent: init('ref:session', NULL_REF),
    originator: ro('string', ''),
    client_certificate: ro('bool', false),
  },
  messages: {
    login_with_password: sync('ref:session', { uname: 'string', pwd: 'string', version: 'string?', originator: 'string?' }),
    slave_local_login_with_password: sync('ref:session', { uname: 'string', pwd: 'string' }),
    logout: sync('void', {}),
    local_logout: sync('void', {}),
  },
} as const;

export const task = {
  fields: {
    uuid: ro('string'),
    name_label: ro('string', ''),
    name_description: ro('string', ''),
    allowed_operations: ro('set enum:task_allowed_operations', []),
    current_operations: ro('map string enum:task_allowed_operations', {}),
    created: ro('datetime'),
    finished: ro('datetime'),
    status: ro('enum:task_status_type'),
    resident_on: ro('ref:host'),
    progress: ro('float'),
    type: ro('string'),
    result: ro('string'),
    error_info: ro('set string'),
    other_config: ro('map string string', {}),
    subtask_of: ro('ref:task', NULL_REF),
    subtasks: ro('set ref:task'),
    backtrace: ro('string', '()'),
  },
  messages: {
    create: sync('ref:task', { label: 'string', description: 'string' }),
    destroy: sync('void', { self: 'ref:task' }),
    cancel: takes('void', { task: 'ref:task' }),
    set_status: sync('void', { self: 'ref:task', value: 'enum:task_status_type' }),
    set_progress: sync('void', { self: 'ref:task', value: 'float' }),
    set_result: sync('void', { self: 'ref:task', value: 'string' }),
    set_error_info: sync('void', { self: 'ref:task', value: 'set string' }),
    set_other_config: sync('void', { self: 'ref:task', value: 'map string string' }),
    add_to_other_config: sync('void', { self: 'ref:task', key: 'string', value: 'string' }),
    remove_from_other_config: sync('void', { self: 'ref:task', key: 'string' }),
  },
} as const;

export const event = {
  fields: {
    snapshot: ro('snapshot'),
    id: init('int'),
    timestamp: init('datetime'),
    class: init('string'),
    operation: init('enum:event_operation'),
    ref: init('string'),
    obj_uuid: init('string'),
  },
  messages: {
    register: takes('void', { classes: 'set string' }),
    unregister: takes('void', { classes: 'set string' }),
    next: sync('set record:event', {}),
    from: sync('record:event_batch', { classes: 'set string', token: 'string', timeout: 'float' }),
    inject: sync('string', { class: 'string', ref: 'string' }),
    get_current_id: sync('int', {}),
  },
} as const;

export const message = {
  fields: {
    uuid: ro('string'),
    name: ro('string'),
    priority: ro('int'),
    cls: ro('enum:cls'),
    obj_uuid: ro('string'),
    timestamp: ro('datetime'),
    body: ro('string'),
  },
  messages: {
    create: sync('ref:message', { name: 'string', priority: 'int', cls: 'enum:cls', obj_uuid: 'string', body: 'string' }),
    destroy: sync('void', { self: 'ref:message' }),
    destroy_many: sync('void', { messages: 'set ref:message' }),
    get: sync('map ref:message record:message', { cls: 'enum:cls', obj_uuid: 'string', since: 'datetime' }),
    get_all: sync('set ref:message', {}),
    get_since: sync('map ref:message record:message', { since: 'datetime' }),
    get_record: sync('record:message', { self: 'ref:message' }),
    get_by_uuid: sync('ref:message', { uuid: 'string' }),
    get_all_records: sync('map ref:message record:message', {}),
    get_all_records_where: sync('map ref:message record:message', { expr: 'string' }),
  },
} as const;
