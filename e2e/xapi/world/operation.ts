/**
 * What is being done to an object, and who must wait for it.
 *
 * The checks have the order of the server: blocked by the user, power state, another operation, template, and after those what
 * the operation itself demands. Whoever meets another operation waits for its end, for two hours, and is checked anew.
 */
import type { EnumValue, RecordOf, Ref } from '../../../drivers/xen/model/model.ts';
import { failure, type Failure } from '../wire/failure.ts';
import { withoutKey } from '../rpc/generic.ts';
import type { Task } from './task.ts';
import type { World } from './world.ts';

export type VmOperation = EnumValue<'vm_operations'>;
export type PowerState = EnumValue<'vm_power_state'>;

const ANY: readonly PowerState[] = ['Halted', 'Paused', 'Running', 'Suspended'];
const OFF: readonly PowerState[] = ['Halted'];
const ON: readonly PowerState[] = ['Running'];

/** In which states an operation is done; those not named here: in any. */
const STATES: Partial<Record<VmOperation, readonly PowerState[]>> = {
  start: OFF,
  start_on: OFF,
  provision: OFF,
  clone: ['Halted', 'Suspended'],
  copy: ['Halted', 'Suspended'],
  destroy: OFF,
  make_into_template: OFF,
  checkpoint: ['Running', 'Suspended'],
  pause: ON,
  unpause: ['Paused'],
  suspend: ON,
  resume: ['Suspended'],
  resume_on: ['Suspended'],
  clean_shutdown: ON,
  clean_reboot: ON,
  hard_shutdown: ['Paused', 'Running', 'Suspended'],
  hard_reboot: ['Paused', 'Running'],
  pool_migrate: ON,
  changing_memory_live: ON,
  awaiting_memory_live: ON,
  changing_VCPUs_live: ON,
  changing_dynamic_range: ['Halted', 'Running'],
  changing_static_range: OFF,
  changing_memory_limits: OFF,
  changing_shadow_memory: OFF,
  changing_VCPUs: OFF,
  changing_NVRAM: OFF,
  create_vtpm: OFF,
  call_plugin: ON,
  send_sysrq: ON,
  send_trigger: ON,
};

/** What may be done to templates and snapshots. */
const ON_TEMPLATES: ReadonlySet<VmOperation> = new Set<VmOperation>([
  'clone',
  'copy',
  'destroy',
  'provision',
  'revert',
  'snapshot',
  'create_template',
  'make_into_template',
  'changing_dynamic_range',
  'changing_static_range',
  'changing_memory_limits',
  'changing_shadow_memory',
  'changing_VCPUs',
  'changing_NVRAM',
  'create_vtpm',
  'export',
  'power_state_reset',
  'get_boot_record',
]);

/** What a hard shutdown puts an end to. */
const GIVES_WAY: ReadonlySet<string> = new Set<VmOperation>([
  'clean_shutdown',
  'clean_reboot',
  'hard_reboot',
  'suspend',
  'pool_migrate',
  'shutdown',
]);

/** What does not wait but fails at once. */
const IMPATIENT: ReadonlySet<VmOperation> = new Set<VmOperation>(['call_plugin', 'send_sysrq', 'send_trigger']);

export const QUEUE_MILLISECONDS = 2 * 3_600_000;

export function requireState(ref: Ref, vm: RecordOf<'VM'>, states: readonly PowerState[]): void {
  if (states.includes(vm.power_state)) return;
  throw failure('VM_BAD_POWER_STATE', ref, states.map((state) => state.toLowerCase()).join(', '), vm.power_state.toLowerCase());
}

/** What stands against the operation right now, or nothing. `busy` is the only one that passes. */
export function objection(
  world: World,
  ref: Ref,
  operation: VmOperation,
): { readonly busy: boolean; readonly failure: Failure } | undefined {
  const vm = world.store.get('VM', ref);
  const blocked = vm.blocked_operations[operation];
  if (blocked !== undefined) return { busy: false, failure: failure('OPERATION_BLOCKED', ref, blocked) };
  try {
    requireState(ref, vm, STATES[operation] ?? ANY);
  } catch (error) {
    return { busy: false, failure: error as Failure };
  }
  const other = Object.entries(vm.current_operations).find(([, one]) => !(operation === 'hard_shutdown' && GIVES_WAY.has(one)));
  if (other !== undefined) return { busy: true, failure: failure('OTHER_OPERATION_IN_PROGRESS', 'VM', ref, other[1], other[0]) };
  if ((vm.is_a_template || vm.is_a_snapshot) && !ON_TEMPLATES.has(operation))
    return { busy: false, failure: failure('VM_IS_TEMPLATE', ref) };
  return undefined;
}

/** Does the work as that operation of the VM, which `current_operations` shows meanwhile. */
export async function operate<T>(world: World, task: Task, ref: Ref, operation: VmOperation, work: () => T | Promise<T>): Promise<T> {
  const until = world.now() + QUEUE_MILLISECONDS;
  for (;;) {
    task.signal.throwIfAborted();
    const found = objection(world, ref, operation);
    if (found === undefined) break;
    if (!found.busy || IMPATIENT.has(operation) || world.now() > until) throw found.failure;
    await world.nextChange(task);
  }
  const { store } = world;
  if (operation === 'hard_shutdown') endWhatGivesWay(world, ref);
  store.update('VM', ref, { current_operations: { ...store.get('VM', ref).current_operations, [task.ref]: operation } });
  refreshAllowed(world, ref);
  try {
    return await work();
  } finally {
    const now = store.find('VM', ref);
    if (now !== undefined) {
      store.update('VM', ref, { current_operations: withoutKey(now.current_operations, task.ref) });
      refreshAllowed(world, ref);
    }
  }
}

function endWhatGivesWay(world: World, ref: Ref): void {
  for (const [other, operation] of Object.entries(world.store.get('VM', ref).current_operations)) {
    if (GIVES_WAY.has(operation)) world.tasks.abort(other, failure('TASK_CANCELLED', other));
  }
}

const SHOWN: readonly VmOperation[] = [
  'snapshot',
  'clone',
  'copy',
  'checkpoint',
  'provision',
  'start',
  'start_on',
  'pause',
  'unpause',
  'clean_shutdown',
  'clean_reboot',
  'hard_shutdown',
  'hard_reboot',
  'suspend',
  'resume',
  'resume_on',
  'pool_migrate',
  'destroy',
  'changing_memory_limits',
  'changing_VCPUs',
  'changing_VCPUs_live',
  'changing_dynamic_range',
  'changing_static_range',
  'make_into_template',
  'export',
];

/** `allowed_operations`, which is advice. */
export function refreshAllowed(world: World, ref: Ref): void {
  world.store.update('VM', ref, { allowed_operations: SHOWN.filter((operation) => objection(world, ref, operation) === undefined) });
}
