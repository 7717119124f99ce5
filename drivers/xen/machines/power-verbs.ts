/**
 * The verbs that change a machine's power. Each reads the machine afresh, and does only what its state and mark allow. An
 * operation of that kind which is under way, begun before a restart of ours or by somebody else, is waited for instead of begun
 * again.
 */
import type { RunMark } from '../../contract.ts';
import { DriverError } from '../../labels.ts';
import { STARTING, type OwnerMark, type Target } from '../../owner.ts';
import { isThereAlready, isXapi } from '../errors.ts';
import { markOf } from '../mark.ts';
import type { ArgumentsOf, MethodName } from '../model/model.ts';
import { follow, run, TaskVanished } from '../session/tasks.ts';
import type { Site } from '../site.ts';
import { pause as wait, type Left } from '../time.ts';
import { notFound, readFresh, readIdle, readOwned, readPresent, refused, type Vm } from './fresh.ts';
import { bringInLine } from './in-line.ts';
import { writeMark, writeSpec } from './marking.ts';
import { isOn, powerOf, taskOf } from './power.ts';
import { specOf } from './spec-entry.ts';

/** The reason under which `blocked_operations` keeps a machine from being started, where it was us. */
const LOCK = 'hostler.dev: suspended';

type State = Vm['power_state'];

/** Begins it, unless it is under way, and waits. What the server forgot, or found done, is settled by how the machine is then. */
async function bring<M extends MethodName>(
  site: Site,
  vm: Vm,
  to: readonly State[],
  method: M,
  args: ArgumentsOf<M>,
  left: Left,
): Promise<void> {
  const task = taskOf(vm, method.replace('VM.', ''));
  try {
    await (task === undefined ? run(site.pool, method, args, left) : follow(site.pool, task, left));
  } catch (error) {
    if (!(error instanceof TaskVanished) && !isThereAlready(error, ...to.map((state) => state.toLowerCase()))) throw error;
    const after = await readFresh(site, vm.uuid, left);
    if (after === undefined) throw notFound(vm.uuid);
    if (!to.includes(after.power_state)) throw unsettled(after, method, error);
  }
}

const unsettled = (vm: Vm, method: string, cause: unknown): DriverError =>
  new DriverError('Unknown', `machine ${vm.name_label} is ${powerOf(vm).power}, and nobody knows what became of ${method}`, { cause });

export async function startPaused(site: Site, target: Target, { runId, bootHash }: RunMark, left: Left): Promise<void> {
  const vm = await readPresent(site, target, left);
  if (isOn(vm)) return;
  if (vm.power_state !== 'Halted') throw refused(vm, 'start');
  const started = taskOf(vm, 'start_on');
  if (started === undefined) {
    const idle = await readIdle(site, target, left);
    await prepare(site, idle, left);
    const owner = markOf(vm.other_config);
    // The mark first: whatever runs under it was started for this. Until it is unpaused, the mark says that it may not have begun.
    if (owner !== undefined) await writeMark(site, vm, { ...owner, operation: STARTING, runId, bootHash }, left);
  }
  const { ref: host } = site.host();
  try {
    await bring(site, vm, ['Paused', 'Running'], 'VM.start_on', { vm: vm.ref, host, start_paused: true, force: false }, left);
  } catch (error) {
    if (isXapi(error, 'NO_HOSTS_AVAILABLE')) await site.rpc.call('VM.assert_can_boot_here', { self: vm.ref, host }, left);
    throw error;
  }
}

/** What was asked for while it was on, and what a machine that was suspended left. */
async function prepare(site: Site, vm: Vm, left: Left): Promise<void> {
  const entry = specOf(vm.other_config);
  if (entry !== undefined) await bringInLine(site, vm, entry.plan, left);
  if (entry?.applied === false) await writeSpec(site, vm, { ...entry, applied: true }, left);
  await unlock(site, vm, left);
}

export async function unpause(site: Site, target: Target, left: Left): Promise<void> {
  const vm = await readIdle(site, target, left);
  if (vm.power_state === 'Running') return;
  if (vm.power_state !== 'Paused') throw refused(vm, 'unpause');
  const owner = markOf(vm.other_config);
  if (owner?.operation === STARTING) await writeMark(site, vm, withoutOperation(owner), left);
  await bring(site, vm, ['Running'], 'VM.unpause', { vm: vm.ref }, left);
}

function withoutOperation(mark: OwnerMark): OwnerMark {
  const { operation: _, ...rest } = mark;
  return rest;
}

export async function pause(site: Site, target: Target, left: Left): Promise<void> {
  const vm = await readIdle(site, target, left);
  if (vm.power_state === 'Paused') return;
  if (vm.power_state !== 'Running') throw refused(vm, 'pause');
  await bring(site, vm, ['Paused'], 'VM.pause', { vm: vm.ref }, left);
}

/** The guest takes its time, or has nobody who would hear: the server is told once, and nobody waits. */
export async function signalShutdown(site: Site, target: Target, left: Left): Promise<void> {
  const vm = await readOwned(site, target, left);
  if (vm?.power_state !== 'Running' || taskOf(vm, 'clean_shutdown') !== undefined) return;
  try {
    const task = await site.rpc.begin('VM.clean_shutdown', { vm: vm.ref }, left);
    // Only so that it is destroyed when it ended; the guest may do without an answer.
    follow(site.pool, task, () => ({ signal: NEVER, timeoutMs: LONGEST_SHUTDOWN_MS })).catch(() => undefined);
  } catch (error) {
    if (!isThereAlready(error, 'halted', 'paused', 'suspended') && !isXapi(error, 'HANDLE_INVALID')) throw error;
  }
}

const NEVER = new AbortController().signal;
/** After that the server itself has given up. */
const LONGEST_SHUTDOWN_MS = 15 * 60_000;

const POWER_OFF_TRIES = 6;
const BETWEEN_TRIES_MS = 250;

/** It ends a shutdown that the guest does not follow, and a suspend or a move. What runs after it is a new run, whose mark is read before it is ended. */
export async function powerOff(site: Site, target: Target, left: Left): Promise<void> {
  for (let attempt = 0; attempt <= POWER_OFF_TRIES; attempt += 1) {
    if (attempt > 0) await wait(BETWEEN_TRIES_MS, left);
    const vm = await readOwned(site, target, left);
    if (vm === undefined || !isOn(vm)) return;
    try {
      await bring(site, vm, ['Halted', 'Suspended'], 'VM.hard_shutdown', { vm: vm.ref }, left);
    } catch (error) {
      if (isXapi(error, 'HANDLE_INVALID')) return;
      if (!isXapi(error, 'OTHER_OPERATION_IN_PROGRESS', 'TASK_CANCELLED') || attempt === POWER_OFF_TRIES) throw error;
    }
  }
}

export async function suspendToDisk(site: Site, target: Target, left: Left): Promise<void> {
  const vm = await readPresent(site, target, left);
  if (vm.power_state === 'Suspended') return;
  if (!isOn(vm)) throw refused(vm, 'suspend');
  if (taskOf(vm, 'suspend') === undefined) await readIdle(site, target, left);
  await lock(site, vm, left);
  try {
    // The server saves what runs.
    if (vm.power_state === 'Paused') await bring(site, vm, ['Running'], 'VM.unpause', { vm: vm.ref }, left);
    await bring(site, vm, ['Suspended'], 'VM.suspend', { vm: vm.ref }, left);
  } catch (error) {
    if (isXapi(error)) await unlock(site, { ...vm, blocked_operations: { start: LOCK } }, left);
    throw error;
  }
}

/** Never booted instead, whatever comes of it. */
export async function restoreFromDisk(site: Site, target: Target, left: Left): Promise<void> {
  const vm = await readPresent(site, target, left);
  if (isOn(vm)) return;
  if (vm.power_state !== 'Suspended') throw refused(vm, 'restore');
  if (taskOf(vm, 'resume_on') === undefined) await readIdle(site, target, left);
  await unlock(site, vm, left);
  const { ref: host } = site.host();
  await bring(site, vm, ['Running', 'Paused'], 'VM.resume_on', { vm: vm.ref, host, start_paused: false, force: false }, left);
}

export async function discardSavedState(site: Site, target: Target, left: Left): Promise<void> {
  const vm = await readOwned(site, target, left);
  if (vm?.power_state !== 'Suspended') return;
  await bring(site, vm, ['Halted'], 'VM.hard_shutdown', { vm: vm.ref }, left);
  await unlock(site, vm, left);
}

/** There are no filters yet; whose machine it is counts all the same. */
export async function applyFilters(site: Site, target: Target, left: Left): Promise<void> {
  await readIdle(site, target, left);
}

async function lock(site: Site, { ref, blocked_operations }: Vm, left: Left): Promise<void> {
  if (blocked_operations['start'] === undefined) await site.rpc.add('VM', ref, 'blocked_operations', 'start', LOCK, left);
}

/** Only our own: what others lock stays locked. */
async function unlock(site: Site, { ref, blocked_operations }: Vm, left: Left): Promise<void> {
  if (blocked_operations['start'] === LOCK) await site.rpc.remove('VM', ref, 'blocked_operations', 'start', left);
}
