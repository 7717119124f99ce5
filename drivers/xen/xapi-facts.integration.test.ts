/** What XAPI does that others do not, one test for each: the driver's end of it. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { startXenLab, type XenLab } from '../../e2e/support/xen-lab.ts';
import type { Driver, MachineSpec } from '../contract.ts';
import type { OwnerMark, Target } from '../owner.ts';
import { xenDrivers } from './drivers.ts';
import { markOf } from './mark.ts';
import type { RecordOf, Ref } from './model/model.ts';

const MiB = 1024 * 1024;
const CLUSTER = 'cluster';
const RUN = { runId: 'run-1', bootHash: 'hash-1' };

let lab: XenLab;
let driver: Driver;
let count = 0;
let name = '';

beforeAll(async () => {
  lab = await startXenLab({ hosts: 2 });
  lab.simulator.world.store.create('network', { name_label: 'lab', bridge: 'xapi7' });
});
beforeEach(async () => {
  count += 1;
  name = `machine-${count}`;
  driver = xenDrivers().host(lab.host());
  await driver.connect(call());
});
afterEach(async () => {
  const { world } = lab.simulator;
  world.faults.clear();
  world.faults.record(0);
  world.guests.tools = true;
  world.durations = { '*': 1 };
  world.errorsInBody = false;
  await driver.close();
});
afterAll(() => lab.stop());

const call = (timeoutMs = 15_000) => ({ signal: new AbortController().signal, timeoutMs });
const store = () => lab.simulator.world.store;
const faults = () => lab.simulator.world.faults;
const pool = () => store().get('SR', lab.simulator.scene.localSrs[0] ?? '').name_label;
const owner = (): OwnerMark => ({ clusterId: CLUSTER, namespace: 'default', name, uid: name, role: 'main' });
const target = (machineId: string): Target => ({ machineId, clusterId: CLUSTER, uid: name });
const vmsNamed = (label: string): readonly (readonly [Ref, RecordOf<'VM'>])[] =>
  store()
    .all('VM')
    .filter(([, vm]) => vm.name_label === label);
const vm = (): RecordOf<'VM'> => vmsNamed(name)[0]?.[1] ?? ({} as RecordOf<'VM'>);
const refOfVm = (): Ref => vmsNamed(name)[0]?.[0] ?? '';
const tasks = (): readonly string[] =>
  store()
    .all('task')
    .map(([, { name_label }]) => name_label);

const spec = (over: Partial<MachineSpec> = {}): MachineSpec => ({
  name,
  owner: owner(),
  vcpus: 1,
  memoryBytes: 64 * MiB,
  disks: [{ role: 'root', pool: pool(), name: `${name}-root` }],
  interfaces: [{ name: 'eth0', mac: '02:00:00:00:00:01', source: { network: 'lab' } }],
  ...over,
});

async function defined(over: Partial<MachineSpec> = {}): Promise<Target> {
  await driver.createDisk({ pool: pool(), name: `${name}-root`, sizeBytes: 4 * MiB }, call());
  return target((await driver.define(spec(over), call())).machineId);
}

async function running(): Promise<Target> {
  const made = await defined();
  await driver.startPaused(made, RUN, call());
  await driver.unpause(made, call());
  return made;
}

async function until(what: string, check: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!check()) {
    if (performance.now() > deadline) throw new Error(`in vain waited for ${what}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  }
}

test('the mark is in the record that is made: a create whose answer is lost is continued, not done again', async () => {
  await driver.createDisk({ pool: pool(), name: `${name}-root`, sizeBytes: 4 * MiB }, call());
  faults().add({ method: 'VM.create', when: 'After', do: 'Drop' });
  await expect(driver.define(spec(), call())).rejects.toMatchObject({ label: 'HostUnreachable' });
  expect(markOf(vm().other_config)).toEqual(owner());
  await driver.connect(call());
  await driver.define(spec(), call());
  expect(vmsNamed(name)).toHaveLength(1);
  expect(vm().VBDs).toHaveLength(1);
});

test('a machine that ends stays off: restarting is the operator’s', async () => {
  await defined();
  expect(vm()).toMatchObject({ actions_after_shutdown: 'destroy', actions_after_crash: 'destroy' });
});

test('a machine that could not be defined whole is undone', async () => {
  await driver.createDisk({ pool: pool(), name: `${name}-root`, sizeBytes: 4 * MiB }, call());
  faults().add({ method: 'VIF.create', do: { fail: ['MAC_INVALID', 'x'] } });
  await expect(driver.define(spec(), call())).rejects.toMatchObject({ label: 'InvalidSpec', reason: 'MacInvalid' });
  expect(vmsNamed(name)).toHaveLength(0);
  expect(await driver.listDisks({ pools: [pool()], namePrefix: name }, call())).toHaveLength(1);
});

test('the state that was asked for, reached by somebody else, is success', async () => {
  const made = await running();
  faults().add({ method: 'VM.hard_shutdown', when: 'After', do: { fail: ['VM_BAD_POWER_STATE', refOfVm(), 'running', 'halted'] } });
  await driver.powerOff(made, call());
  expect(vm().power_state).toBe('Halted');
});

test('an operation that is blocked says so', async () => {
  const made = await defined();
  store().update('VM', refOfVm(), { blocked_operations: { start_on: 'maintenance' } });
  await expect(driver.startPaused(made, RUN, call())).rejects.toMatchObject({ label: 'Conflict', reason: 'OperationBlocked' });
});

test('tasks are destroyed when they ended, well or not', async () => {
  const made = await running();
  faults().add({ method: 'VM.suspend', do: { fail: ['VM_NON_SUSPENDABLE', refOfVm(), 'PCI'] } });
  await expect(driver.suspendToDisk(made, call())).rejects.toMatchObject({ label: 'Unsupported', reason: 'NotSuspendable' });
  await driver.powerOff(made, call());
  await until('the tasks to be gone', () => tasks().length === 0);
});

test('a suspend that fails leaves no lock behind', async () => {
  const made = await running();
  faults().add({ method: 'VM.suspend', do: { fail: ['VM_LACKS_FEATURE', refOfVm()] } });
  await expect(driver.suspendToDisk(made, call())).rejects.toMatchObject({ reason: 'GuestToolsMissing' });
  expect(vm().blocked_operations).toEqual({});
});

test('while it is suspended nobody starts it, and to resume it or to throw the state away takes the lock away', async () => {
  const made = await running();
  await driver.suspendToDisk(made, call());
  expect(Object.keys(vm().blocked_operations)).toEqual(['start']);
  await driver.restoreFromDisk(made, call());
  expect(vm().blocked_operations).toEqual({});
  await driver.suspendToDisk(made, call());
  await driver.discardSavedState(made, call());
  expect(vm()).toMatchObject({ power_state: 'Halted', blocked_operations: {} });
});

test('a deadline cancels the task; one under way is waited for, and not begun again', async () => {
  const made = await defined();
  lab.simulator.world.durations = { '*': 1, 'VM.start_on': 700 };
  faults().record(1000);
  const begun = driver.startPaused(made, RUN, call());
  await until('the start to begin', () => Object.values(vm().current_operations).includes('start_on'));
  const other = xenDrivers().host(lab.host());
  await other.connect(call());
  await other.startPaused(made, RUN, call());
  await begun;
  expect(faults().calls.filter((method) => method === 'Async.VM.start_on')).toHaveLength(1);
  expect(vm().power_state).toBe('Paused');
  lab.simulator.world.durations = { '*': 1, 'VM.suspend': 60_000 };
  await driver.unpause(made, call());
  await expect(driver.suspendToDisk(made, call(500))).rejects.toMatchObject({ label: 'Unknown', reason: 'DeadlineExceeded' });
  await until('the cancelling', () => faults().calls.includes('task.cancel'));
  await other.close();
});

test('a task that a restart of the toolstack forgot is settled by how the machine is', async () => {
  const made = await defined();
  faults().add({ method: 'Async.VM.start_on', when: 'After', do: { delayMilliseconds: 1 } });
  lab.simulator.world.durations = { '*': 1, 'VM.start_on': 300 };
  const kinds: string[] = [];
  driver.onEvent(({ kind }) => kinds.push(kind));
  const starting = driver.startPaused(made, RUN, call()).catch((error: unknown) => error);
  await until('the start to begin', () => Object.values(vm().current_operations).includes('start_on'));
  lab.simulator.restartToolstack();
  // Whichever is heard first, the end of the task or that of the connection: nobody knows what became of it.
  expect(await starting).toMatchObject({ label: expect.stringMatching(/^(HostUnreachable|Unknown)$/) });
  await until('the loss of the connection', () => kinds.includes('Disconnected'));
  lab.simulator.world.durations = { '*': 1 };
  await driver.connect(call());
  await driver.startPaused(made, RUN, call());
  expect(vm().power_state).toBe('Paused');
});

test('a guest without tools hears no signal, and is switched off', async () => {
  lab.simulator.world.guests.tools = false;
  const made = await running();
  await driver.signalShutdown(made, call());
  expect(vm().power_state).toBe('Running');
  await driver.powerOff(made, call());
  expect(vm().power_state).toBe('Halted');
});

test('a signal is sent once, and a shutdown that hangs keeps nobody from switching off', async () => {
  const made = await running();
  lab.simulator.world.durations = { '*': 1, 'VM.clean_shutdown': 60_000 };
  faults().record(1000);
  await driver.signalShutdown(made, call());
  await until('the signal', () => Object.values(vm().current_operations).includes('clean_shutdown'));
  await driver.signalShutdown(made, call());
  expect(faults().calls.filter((method) => method === 'Async.VM.clean_shutdown')).toHaveLength(1);
  expect((await driver.observe(call())).machines.find((machine) => machine.name === name)?.busy).toBe(false);
  await driver.powerOff(made, call());
  expect(vm().power_state).toBe('Halted');
});

test('templates, snapshots and control domains are nobody’s machines', async () => {
  await defined();
  const snapshot = store().create('VM', { ...vm(), uuid: 'a-snapshot', VBDs: [], VIFs: [], is_a_template: true, is_a_snapshot: true });
  const { machines } = await driver.observe(call());
  expect(machines.some((machine) => machine.machineId === 'a-snapshot')).toBe(false);
  expect(machines.some((machine) => machine.name.startsWith('Control domain'))).toBe(false);
  expect(await driver.inspect('a-snapshot', call())).toBeUndefined();
  expect(await driver.locate({ machineIds: ['a-snapshot'], name }, call())).toHaveLength(1);
  store().destroy('VM', snapshot);
});

test('a disk that the control domain still holds is tried again, and one that is gone is destroyed', async () => {
  const disk = { pool: pool(), name: `${name}-data` };
  await driver.createDisk({ ...disk, sizeBytes: 2 * MiB }, call());
  faults().add({ method: 'VDI.destroy', times: 2, do: { fail: ['VDI_IN_USE', 'x', 'destroy'] } });
  await driver.deleteDisk(disk, call());
  expect(await driver.listDisks({ pools: [pool()], namePrefix: disk.name }, call())).toEqual([]);
  await driver.createDisk({ ...disk, sizeBytes: 2 * MiB }, call());
  faults().add({ method: 'VDI.destroy', when: 'After', do: { fail: ['HANDLE_INVALID', 'VDI', 'x'] } });
  await driver.deleteDisk(disk, call());
});

test('a disk that stays in use is given up after some tries', async () => {
  const disk = { pool: pool(), name: `${name}-data` };
  await driver.createDisk({ ...disk, sizeBytes: 2 * MiB }, call());
  faults().add({ method: 'VDI.destroy', times: 1000, do: { fail: ['VDI_IN_USE', 'x', 'destroy'] } });
  await expect(driver.deleteDisk(disk, call())).rejects.toMatchObject({ label: 'Conflict', reason: 'DiskInUse' });
});

test('disks that another machine has are not deleted', async () => {
  const made = await defined();
  await expect(driver.deleteDisk({ pool: pool(), name: `${name}-root` }, call())).rejects.toMatchObject({ reason: 'DiskInUse' });
  await driver.undefine(made, call());
  await driver.deleteDisk({ pool: pool(), name: `${name}-root` }, call());
});

test('what is unplugged already is unplugged; a guest that refuses is asked again, and then told of', async () => {
  const made = await running();
  const volume = { id: 'data', serial: 's', readOnly: false, pool: pool(), name: `${name}-volume` };
  await driver.createDisk({ ...volume, sizeBytes: 2 * MiB }, call());
  await driver.attachVolume(made, volume, call());
  faults().add({ method: 'VBD.unplug', times: 2, do: { fail: ['DEVICE_DETACH_REJECTED', 'VBD', 'x', 'in use'] } });
  await driver.detachVolume(made, 'data', call());
  await driver.attachVolume(made, volume, call());
  faults().add({ method: 'VBD.unplug', times: 100, do: { fail: ['DEVICE_DETACH_REJECTED', 'VBD', 'x', 'in use'] } });
  await expect(driver.detachVolume(made, 'data', call())).rejects.toMatchObject({ label: 'Conflict', reason: 'NotReleased' });
});

test('limits of memory are set together, and CPUs in the order in which each moment is allowed', async () => {
  await defined();
  faults().record(1000);
  await driver.define(spec({ vcpus: 4, memoryBytes: 128 * MiB, maximum: { vcpus: 8, memoryBytes: 256 * MiB } }), call());
  const set = () => faults().calls.filter((method) => /^VM\.set_(VCPUs|memory)/.test(method));
  expect(set()).toEqual(['VM.set_memory_limits', 'VM.set_VCPUs_max', 'VM.set_VCPUs_at_startup']);
  expect(vm()).toMatchObject({ VCPUs_max: 8, VCPUs_at_startup: 4, memory_static_max: 256 * MiB, memory_dynamic_max: 128 * MiB });
  faults().record(1000);
  await driver.define(spec({ vcpus: 1 }), call());
  expect(set()).toEqual(['VM.set_memory_limits', 'VM.set_VCPUs_at_startup', 'VM.set_VCPUs_max']);
});

test('what others wrote into the platform stays', async () => {
  await defined();
  store().update('VM', refOfVm(), { platform: { ...vm().platform, theirs: '1', vga: 'cirrus' } });
  await driver.define(spec(), call());
  expect(vm().platform).toMatchObject({ theirs: '1', vga: 'std', acpi: '1' });
});

test('no memory is no capacity, also where the server only says that no host will do', async () => {
  const made = await defined({ memoryBytes: 2 ** 40 });
  await expect(driver.startPaused(made, RUN, call())).rejects.toMatchObject({ label: 'InsufficientCapacity', reason: 'OutOfMemory' });
  faults().add({ method: 'VM.start_on', do: { fail: ['NO_HOSTS_AVAILABLE'] } });
  await expect(driver.startPaused(made, RUN, call())).rejects.toMatchObject({ label: 'InsufficientCapacity', reason: 'OutOfMemory' });
  expect(vm().power_state).toBe('Halted');
});

test('a start that failed is told by the mark', async () => {
  const made = await defined({ memoryBytes: 2 ** 40 });
  await driver.startPaused(made, RUN, call()).catch(() => undefined);
  expect(markOf(vm().other_config)).toMatchObject({ operation: 'Start', runId: 'run-1' });
});

test('high availability that refuses is told, once', async () => {
  const made = await defined();
  faults().record(1000);
  faults().add({ method: 'VM.start_on', times: 5, do: { fail: ['HA_OPERATION_WOULD_BREAK_FAILOVER_PLAN'] } });
  await expect(driver.startPaused(made, RUN, call())).rejects.toMatchObject({ label: 'Conflict', reason: 'RefusedByHighAvailability' });
  expect(faults().calls.filter((method) => method === 'Async.VM.start_on')).toHaveLength(1);
});

test('an image whose transfer failed behind an answer of success does not count', async () => {
  const content = new Uint8Array(4 * MiB);
  const base = { pool: pool(), key: `base-${name}`, format: 'raw' as const, sizeBytes: content.length };
  const verified = () => ({ sha256: 'x', sizeBytes: content.length, virtualSizeBytes: content.length });
  async function* pieces() {
    yield await Promise.resolve(content);
  }
  lab.simulator.world.errorsInBody = true;
  faults().add({ method: 'VDI.import', do: { fail: ['VDI_IO_ERROR', 'x'] } });
  await expect(driver.importBase({ ...base, verified }, pieces(), call())).rejects.toMatchObject({
    label: 'Transient',
    reason: 'DiskError',
  });
  expect(await driver.findBase(base.pool, base.key, call())).toBeUndefined();
  expect(await driver.listBases(base.pool, base.key, call())).toEqual([]);
});

test('an image shorter than was said is refused, and nothing stays', async () => {
  const base = {
    pool: pool(),
    key: `base-${name}`,
    format: 'raw' as const,
    sizeBytes: 4 * MiB,
    verified: () => {
      throw new Error('not reached');
    },
  };
  async function* pieces() {
    yield await Promise.resolve(new Uint8Array(MiB));
  }
  await expect(driver.importBase(base, pieces(), call())).rejects.toMatchObject({ label: 'InvalidSpec', reason: 'SizeMismatch' });
  expect(await driver.listBases(base.pool, base.key, call())).toEqual([]);
});

test('disks on storage of another host than the coordinator are written and read there', async () => {
  const other = xenDrivers().host(lab.host(1));
  await other.connect(call());
  const there = store().get('SR', lab.simulator.scene.localSrs[1] ?? '').name_label;
  const disk = { pool: there, name: `${name}-data` };
  await other.writeDisk(disk, new Uint8Array(2 * MiB).fill(3), call());
  await expect(driver.listDisks({ pools: [there], namePrefix: name }, call())).rejects.toMatchObject({ reason: 'PoolNotFound' });
  await other.deleteDisk(disk, call());
  await other.close();
});

test('a machine is seen by its own host alone, on or off', async () => {
  const made = await running();
  const other = xenDrivers().host(lab.host(1));
  await other.connect(call());
  const seenThere = async () => (await other.observe(call())).machines.some((machine) => machine.name === name);
  expect(await seenThere()).toBe(false);
  await driver.powerOff(made, call());
  expect(await seenThere()).toBe(false);
  expect(await other.inspect(made.machineId, call())).toBeUndefined();
  await expect(other.define(spec({ disks: [] }), call())).rejects.toMatchObject({ label: 'Conflict', reason: 'OnAnotherHost' });
  await other.close();
});

test('of a host that the pool counts as dead nothing is said to be gone', async () => {
  const other = xenDrivers().host(lab.host(1));
  await other.connect(call());
  const { metrics } = store().get('host', lab.simulator.host(1));
  store().update('host_metrics', metrics, { live: false });
  await expect(other.observe(call())).rejects.toMatchObject({ label: 'HostUnreachable', reason: 'HostNotLive' });
  await expect(other.inspect('anything', call())).rejects.toMatchObject({ label: 'HostUnreachable', reason: 'HostNotLive' });
  store().update('host_metrics', metrics, { live: true });
  await other.close();
});

test('an observation is one call, whatever the number of machines', async () => {
  for (let index = 0; index < 20; index += 1) await driver.define(spec({ name: `${name}-${index}`, disks: [] }), call());
  await driver.observe(call());
  faults().record(1000);
  const { machines } = await driver.observe(call());
  expect(machines.filter((machine) => machine.name.startsWith(`${name}-`))).toHaveLength(20);
  expect(faults().calls.filter((method) => method !== 'event.from' && method !== 'task.destroy')).toEqual([]);
});
