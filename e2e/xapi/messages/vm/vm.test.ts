/** What is done to VMs: the order of checks, what waits for what, and what comes of it. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { RecordOf } from '../../../../drivers/xen/model/model.ts';
import { templateRecord } from '../../scene/templates.ts';
import { testPool, type TestPool } from '../../xapi.testing.ts';

const MIB = 1024 ** 2;
const NULL = 'OpaqueRef:NULL';

let pool: TestPool;
beforeEach(async () => {
  pool = await testPool({ hosts: 2 });
});

/** What a client gives to VM.create. */
const record = (change: object = {}) => ({
  ...templateRecord({ name: 'vm', memoryBytes: 64 * MIB }),
  is_a_template: false,
  affinity: NULL,
  VCPUs_params: {},
  actions_after_reboot: 'restart',
  PV_bootloader: '',
  PV_kernel: '',
  PV_ramdisk: '',
  PV_args: '',
  PV_bootloader_args: '',
  PV_legacy_args: '',
  PCI_bus: '',
  other_config: { mine: 'yes' },
  ...change,
});
const create = async (change?: object) => pool.call<string>('VM.create', record(change));
const vm = (ref: string): RecordOf<'VM'> => pool.world.store.get('VM', ref);
const vdi = async (sr = pool.scene.sharedSr, bytes = 4 * MIB) =>
  pool.call<string>('VDI.create', {
    SR: sr,
    virtual_size: String(bytes),
    type: 'user',
    sharable: false,
    read_only: false,
    other_config: {},
    name_label: 'd',
  });
const disk = async (of: string, VDI: string, change: object = {}) =>
  pool.call<string>('VBD.create', {
    VM: of,
    VDI,
    userdevice: '0',
    bootable: true,
    mode: 'RW',
    type: 'Disk',
    empty: false,
    other_config: {},
    qos_algorithm_type: '',
    qos_algorithm_params: {},
    ...change,
  });

describe('checks, in order', () => {
  test('blocked comes before the power state, that before another operation', async () => {
    const ref = await create();
    await pool.call('VM.add_to_blocked_operations', ref, 'pause', 'locked');
    await expect(pool.call('VM.pause', ref)).rejects.toThrow(`OPERATION_BLOCKED(${ref}, locked)`);
    await pool.call('VM.remove_from_blocked_operations', ref, 'pause');
    pool.world.store.update('VM', ref, { current_operations: { t: 'start' } });
    await expect(pool.call('VM.pause', ref)).rejects.toThrow(`VM_BAD_POWER_STATE(${ref}, running, halted)`);
    await expect(pool.call('VM.hard_shutdown', ref)).rejects.toThrow(`VM_BAD_POWER_STATE(${ref}, paused, running, suspended, halted)`);
  });

  test('another operation comes before what a template refuses', async () => {
    const ref = await create({ is_a_template: true });
    await expect(pool.call('VM.start', ref, false, false)).rejects.toThrow(`VM_IS_TEMPLATE(${ref})`);
    pool.world.store.update('VM', ref, { current_operations: { t: 'clone' } });
    await expect(pool.call('VM.assert_operation_valid', ref, 'start')).rejects.toThrow(`OTHER_OPERATION_IN_PROGRESS(VM, ${ref}, clone, t)`);
  });

  test('a guest without tools does not shut down, suspend or move by itself', async () => {
    pool.world.guests.tools = false;
    const ref = await create();
    await pool.call('VM.start', ref, false, false);
    for (const message of ['VM.clean_shutdown', 'VM.clean_reboot', 'VM.suspend'])
      await expect(pool.call(message, ref)).rejects.toThrow(`VM_LACKS_FEATURE(${ref})`);
    await expect(pool.call('VM.pool_migrate', ref, pool.scene.hosts[1], {})).rejects.toThrow('VM_LACKS_FEATURE');
    expect(vm(ref)).toMatchObject({ power_state: 'Running', guest_metrics: NULL, current_operations: {} });
    await pool.call('VM.hard_shutdown', ref);
  });

  test('a plugin is refused, at once', async () => {
    const ref = await create();
    await pool.call('VM.start', ref, false, false);
    await expect(pool.call('VM.call_plugin', ref, 'agent', 'version', {})).rejects.toThrow('XENAPI_MISSING_PLUGIN(agent)');
    pool.world.plugins.set('agent.version', ({ of = '' }) => `1 ${of}`);
    expect(await pool.call('host.call_plugin', pool.scene.hosts[0], 'agent', 'version', { of: 'x' })).toBe('1 x');
    await expect(pool.call('host.call_plugin', pool.scene.hosts[0], 'agent', 'other', {})).rejects.toThrow('XENAPI_PLUGIN_FAILURE');
    pool.world.store.update('VM', ref, { current_operations: { t: 'pause' } });
    await expect(pool.call('VM.call_plugin', ref, 'agent', 'version', {})).rejects.toThrow('OTHER_OPERATION_IN_PROGRESS');
  });
});

describe('operations that meet', () => {
  test('are shown by their task, and the second waits for the first', async () => {
    const ref = await create();
    pool.world.durations = { '*': 40 };
    const task = await pool.call<string>('Async.VM.start', ref, false, false);
    const pausing = pool.task('VM.pause', ref);
    const starting = pool.task('VM.start', ref, false, false);
    await new Promise((resolve) => {
      setTimeout(resolve, 15);
    });
    expect(vm(ref).current_operations).toEqual({ [task]: 'start' });
    // A pause asked for too early is refused; a second start waits, and then finds that it runs.
    expect(await pausing).toMatchObject({ status: 'failure', error_info: ['VM_BAD_POWER_STATE', ref, 'running', 'halted'] });
    expect(await starting).toMatchObject({ status: 'failure', error_info: ['VM_BAD_POWER_STATE', ref, 'halted', 'running'] });
    expect(vm(ref)).toMatchObject({ power_state: 'Running', current_operations: {} });
  });

  test('a hard shutdown ends a clean one', async () => {
    const ref = await create();
    await pool.call('VM.start', ref, false, false);
    pool.world.durations = { '*': 1, 'VM.clean_shutdown': 60_000 };
    const clean = pool.task('VM.clean_shutdown', ref);
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
    await pool.call('VM.hard_shutdown', ref);
    expect(await clean).toMatchObject({ status: 'cancelled', error_info: ['TASK_CANCELLED', expect.any(String)] });
    expect(vm(ref).power_state).toBe('Halted');
  });

  test('a cancelled task leaves the VM as it was', async () => {
    const ref = await create();
    pool.world.durations = { '*': 60_000 };
    const task = await pool.call<string>('Async.VM.start', ref, false, false);
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
    await pool.call('task.cancel', task);
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
    expect(await pool.call('task.get_status', task)).toBe('cancelled');
    expect(vm(ref)).toMatchObject({ power_state: 'Halted', current_operations: {}, scheduled_to_be_resident_on: NULL });
  });

  test('a restart of the toolstack forgets tasks, and what they did stands still', async () => {
    const ref = await create();
    pool.world.durations = { '*': 60_000 };
    await pool.call('Async.VM.start', ref, false, false);
    pool.world.restartToolstack();
    expect(pool.world.store.count('task')).toBe(0);
    await expect(pool.call('VM.get_all')).rejects.toThrow('SESSION_INVALID');
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
    expect(vm(ref)).toMatchObject({ power_state: 'Halted', current_operations: {} });
  });
});

describe('life', () => {
  test('a VM that runs has a host, a domain, metrics, a console and a guest that tells of itself; off, it has none', async () => {
    const ref = await create();
    expect(vm(ref)).toMatchObject({ power_state: 'Halted', domid: -1, other_config: { mine: 'yes' }, domain_type: 'hvm' });
    await pool.call('VM.start_on', ref, pool.scene.hosts[1], true, false);
    expect(vm(ref)).toMatchObject({ power_state: 'Paused', resident_on: pool.scene.hosts[1], guest_metrics: NULL });
    await pool.call('VM.unpause', ref);
    const running = vm(ref);
    expect(running.domid).toBeGreaterThan(0);
    expect(pool.world.store.get('console', running.consoles[0] ?? '').location).toContain('127.0.0.2');
    expect(pool.world.store.get('VM_guest_metrics', running.guest_metrics).other).toHaveProperty('feature-shutdown');
    await expect(pool.call('VM.destroy', ref)).rejects.toThrow('VM_BAD_POWER_STATE');
    await pool.call('VM.clean_reboot', ref);
    expect(vm(ref).domid).toBeGreaterThan(running.domid);
    await pool.call('VM.clean_shutdown', ref);
    expect(vm(ref)).toMatchObject({ power_state: 'Halted', resident_on: NULL, consoles: [], guest_metrics: NULL, domid: -1 });
    await pool.call('VM.destroy', ref);
    await expect(pool.call('VM.get_record', ref)).rejects.toThrow(`HANDLE_INVALID(VM, ${ref})`);
  });

  test('suspend keeps memory on a disk; a hard shutdown drops it', async () => {
    const ref = await create();
    await pool.call('VM.start', ref, false, false);
    await pool.call('VM.suspend', ref);
    const saved = vm(ref).suspend_VDI;
    expect(pool.world.store.get('VDI', saved).type).toBe('suspend');
    await expect(pool.call('VM.destroy', ref)).rejects.toThrow(`VM_BAD_POWER_STATE(${ref}, halted, suspended)`);
    await pool.call('VM.resume', ref, false, false);
    expect(vm(ref)).toMatchObject({ power_state: 'Running', suspend_VDI: NULL });
    await pool.call('VM.suspend', ref);
    await pool.call('VM.hard_shutdown', ref);
    expect(pool.world.store.all('VDI').filter(([, { type }]) => type === 'suspend')).toEqual([]);
  });

  test('memory that no host has: the pool says no host, a host says how much', async () => {
    const bytes = 100 * 1024 * MIB;
    const ref = await create({ memory_static_max: bytes, memory_dynamic_max: bytes });
    await expect(pool.call('VM.start', ref, false, false)).rejects.toThrow('NO_HOSTS_AVAILABLE');
    await expect(pool.call('VM.start_on', ref, pool.scene.hosts[0], false, false)).rejects.toThrow(
      /^HOST_NOT_ENOUGH_FREE_MEMORY\(\d+, \d+\)$/,
    );
    await expect(pool.call('VM.assert_can_boot_here', ref, pool.scene.hosts[0])).rejects.toThrow('HOST_NOT_ENOUGH_FREE_MEMORY');
  });

  test('a disk of one host keeps the VM there, and a disk that another writes to keeps it off', async () => {
    const [one, other] = [await create(), await create()];
    const local = await vdi(pool.scene.localSrs[1]);
    for (const ref of [one, other]) await disk(ref, local);
    await expect(pool.call('VM.start_on', one, pool.scene.hosts[0], false, false)).rejects.toThrow(
      `VM_REQUIRES_SR(${one}, ${pool.scene.localSrs[1]})`,
    );
    await pool.call('VM.start', one, false, false);
    expect(vm(one).resident_on).toBe(pool.scene.hosts[1]);
    await expect(pool.call('VM.start', other, false, false)).rejects.toThrow(`VDI_IN_USE(${local}, attach)`);
  });

  test('memory and processors', async () => {
    const ref = await create();
    await expect(pool.call('VM.set_memory_static_max', ref, String(32 * MIB))).rejects.toThrow('MEMORY_CONSTRAINT_VIOLATION');
    const limits = ['32', '128', '64', '128'].map((mib) => String(Number(mib) * MIB));
    await pool.call('VM.set_memory_limits', ref, ...limits);
    expect(vm(ref)).toMatchObject({
      memory_static_min: 32 * MIB,
      memory_static_max: 128 * MIB,
      memory_dynamic_min: 64 * MIB,
      memory_dynamic_max: 128 * MIB,
    });
    await expect(pool.call('VM.set_VCPUs_at_startup', ref, '2')).rejects.toThrow('INVALID_VALUE(VCPUs_at_startup, 2)');
    await pool.call('VM.set_VCPUs_max', ref, '2');
    await pool.call('VM.set_VCPUs_at_startup', ref, '2');
    await expect(pool.call('VM.set_VCPUs_max', ref, '1')).rejects.toThrow('INVALID_VALUE(VCPUs_max, 1)');
    await pool.call('VM.start', ref, false, false);
    await expect(pool.call('VM.set_memory_limits', ref, ...limits)).rejects.toThrow('VM_BAD_POWER_STATE');
    await expect(pool.call('VM.set_VCPUs_max', ref, '4')).rejects.toThrow('VM_BAD_POWER_STATE');
    await expect(pool.call('VM.create', record({ memory_static_min: '1000000000' }))).rejects.toThrow('MEMORY_CONSTRAINT_VIOLATION');
  });

  test('how it boots: the type and the policy follow each other', async () => {
    const ref = await create({ domain_type: 'unspecified', HVM_boot_policy: '' });
    expect(vm(ref).domain_type).toBe('pv');
    await pool.call('VM.set_HVM_boot_policy', ref, 'BIOS order');
    expect(vm(ref).domain_type).toBe('hvm');
    await pool.call('VM.set_domain_type', ref, 'pvh');
    expect(vm(ref)).toMatchObject({ domain_type: 'pvh', HVM_boot_policy: '' });
    await pool.call('VM.set_domain_type', ref, 'hvm');
    expect(vm(ref).HVM_boot_policy).toBe('BIOS order');
    await pool.call('VTPM.create', ref, false);
    await expect(pool.call('VTPM.create', ref, false)).rejects.toThrow('VTPM_MAX_AMOUNT_REACHED');
  });

  test('a dead host: its VMs stay Running until they are reset, which is refused while it counts as live', async () => {
    const ref = await create();
    const host = pool.scene.hosts[1] ?? '';
    await pool.call('VM.start_on', ref, host, false, false);
    await expect(pool.call('VM.power_state_reset', ref)).rejects.toThrow(`HOST_IS_LIVE(${host})`);
    pool.world.store.update('host_metrics', pool.world.store.get('host', host).metrics, { live: false });
    await pool.call('VM.power_state_reset', ref);
    expect(vm(ref)).toMatchObject({ power_state: 'Halted', resident_on: NULL });
    await pool.call('VM.start', ref, false, false);
    expect(vm(ref).resident_on).toBe(pool.scene.hosts[0]);
  });

  test('moves to another host of the pool, with its disks where it is told', async () => {
    const ref = await create();
    const local = await vdi(pool.scene.localSrs[0]);
    const vbd = await disk(ref, local);
    await pool.call('VM.start', ref, false, false);
    const [, target = ''] = pool.scene.hosts;
    await expect(pool.call('VM.pool_migrate', ref, target, {})).rejects.toThrow('VM_REQUIRES_SR');
    const destination = await pool.call('host.migrate_receive', target, pool.scene.networks.management, {});
    await expect(pool.call('VM.assert_can_migrate', ref, destination, true, {}, {}, {})).rejects.toThrow('VM_REQUIRES_SR');
    await pool.call('VM.migrate_send', ref, destination, true, { [local]: pool.scene.sharedSr }, {}, {});
    expect(vm(ref).resident_on).toBe(target);
    expect(pool.world.store.get('VDI', pool.world.store.get('VBD', vbd).VDI).SR).toBe(pool.scene.sharedSr);
    await pool.call('VM.pool_migrate', ref, pool.scene.hosts[0], {});
    expect(vm(ref).resident_on).toBe(pool.scene.hosts[0]);
  });
});

describe('copies', () => {
  test('a snapshot is a template with disks of its own, and the way back keeps the VM', async () => {
    const ref = await create();
    const first = await vdi();
    await disk(ref, first);
    const taken = await pool.call<string>('VM.snapshot', ref, 'before');
    expect(vm(taken)).toMatchObject({ is_a_snapshot: true, is_a_template: true, snapshot_of: ref, name_label: 'before' });
    expect(vm(ref)).toMatchObject({ snapshots: [taken], parent: taken });
    const kept = pool.world.store.get('VBD', vm(taken).VBDs[0] ?? '').VDI;
    expect(pool.world.store.get('VDI', kept)).toMatchObject({ is_a_snapshot: true, snapshot_of: first });
    await expect(pool.call('VM.start', taken, false, false)).rejects.toThrow('VM_IS_TEMPLATE');
    await expect(pool.call('VM.checkpoint', ref, 'c')).rejects.toThrow('VM_BAD_POWER_STATE');
    await pool.call('VM.revert', taken);
    const now = pool.world.store.get('VBD', vm(ref).VBDs[0] ?? '').VDI;
    expect(now).not.toBe(first);
    expect(pool.world.store.has('VDI', first)).toBe(false);
    expect(vm(ref)).toMatchObject({ name_label: 'vm', is_a_template: false, is_a_snapshot: false, power_state: 'Halted' });
    await expect(pool.call('VM.snapshot_with_quiesce', ref, 'q')).rejects.toThrow('VM_SNAPSHOT_WITH_QUIESCE_NOT_SUPPORTED');
  });

  test('a template is cloned, and its wishes become disks', async () => {
    const [template = ''] = await pool.call<string[]>('VM.get_by_name_label', 'Debian Bookworm 12');
    const made = await pool.call<string>('VM.clone', template, 'new');
    expect(vm(made)).toMatchObject({ is_a_template: true, is_default_template: false });
    await pool.call('VM.provision', made);
    const vbd = pool.world.store.get('VBD', vm(made).VBDs[0] ?? '');
    expect(vbd).toMatchObject({ userdevice: '0', bootable: true, type: 'Disk' });
    expect(pool.world.store.get('VDI', vbd.VDI)).toMatchObject({ virtual_size: 10 * 1024 * MIB, SR: pool.scene.sharedSr });
    expect(vm(made)).toMatchObject({ is_a_template: false });
    expect(vm(made).other_config).not.toHaveProperty('disks');
    await expect(pool.call('VM.destroy', template)).rejects.toThrow('VM_IS_TEMPLATE');
  });
});
