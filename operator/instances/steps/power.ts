/** Steps that change the power of the machine: one transition each. */
import { instant } from '../instant.ts';
import { taskFor, type Pass } from '../pass.ts';
import { nextSignal } from '../plan/shutdown.ts';
import { thawFirst } from './freeze.ts';
import { changes, hostOf, QUICK_MS, reads, targetOf, WORK_MS, type Work } from './host.ts';
import type { Undo } from './types.ts';

/** With its CPUs stopped, for the filters come first. The start gets an identity, by which its end will be known. */
export async function startPaused(pass: Pass, register: (undo: Undo) => void): Promise<undefined> {
  const { services, scene } = pass;
  const { host, now, desired } = scene.world;
  const { restarts, runId = services.newId() } = pass.plan;
  const run = { runId, bootHash: desired.bootHash ?? '' };
  register((signal) => powerOffRun(pass, runId, signal));
  await power(pass, WORK_MS, (driver, call) => driver.startPaused(targetOf(pass), run, call));
  const bootId = host?.bootId;
  pass.started = { id: runId, startedAt: instant(now), bootHash: run.bootHash, ...(bootId === undefined ? {} : { bootId }) };
  if (restarts !== undefined) pass.status = { ...pass.status, restarts: { count: restarts.count, lastAt: instant(restarts.lastAt) } };
  return undefined;
}

/** Undoes a start, and nothing else: what somebody else started meanwhile is not ours to end. */
async function powerOffRun(pass: Pass, runId: string, signal: AbortSignal): Promise<void> {
  const target = targetOf(pass);
  const machine = await reads(pass, (driver, call) => driver.inspect(target.machineId, call), QUICK_MS, signal);
  if (machine?.owner?.runId === runId) await power(pass, WORK_MS, (driver, call) => driver.powerOff(target, call), signal);
}

export async function applyFilters(pass: Pass): Promise<undefined> {
  if (!hostOf(pass).driver.capabilities.has('PacketFilters')) return undefined;
  await power(pass, QUICK_MS, (driver, call) => driver.applyFilters(targetOf(pass), call));
  return undefined;
}

/** One signal, and when it was sent: the pass after the deadline powers off. */
export async function signalShutdown(pass: Pass): Promise<undefined> {
  const { services, scene } = pass;
  await thawFirst(pass);
  const { patienceMs = scene.world.desired.shutdownTimeoutMs } = pass.plan;
  await power(pass, QUICK_MS, (driver, call) => driver.signalShutdown(targetOf(pass), call));
  const { startedAt, signals } = nextSignal(scene.world.record.shutdown, services.clock.now());
  const { message: _, ...task } = taskFor(pass, pass.plan.operation);
  pass.status = {
    ...pass.status,
    task: {
      ...task,
      startedAt: instant(startedAt),
      deadline: instant(startedAt + patienceMs),
      attempt: signals,
    },
  };
  return undefined;
}

export const unpause = simple(QUICK_MS, (driver, target, call) => driver.unpause(target, call));
export const powerOff = simple(WORK_MS, (driver, target, call) => driver.powerOff(target, call));
export const pause = simple(QUICK_MS, (driver, target, call) => driver.pause(target, call));
/** Saving memory takes long: when it does not end in time, the job is seen, and waited for. */
export const suspendToDisk = simple(WORK_MS, (driver, target, call) => driver.suspendToDisk(target, call));
export const restoreFromDisk = simple(WORK_MS, (driver, target, call) => driver.restoreFromDisk(target, call));
export const discardSavedState = simple(QUICK_MS, (driver, target, call) => driver.discardSavedState(target, call));

type Verb = (driver: Parameters<Work<void>>[0], target: ReturnType<typeof targetOf>, call: Parameters<Work<void>>[1]) => Promise<void>;

function simple(timeoutMs: number, verb: Verb): (pass: Pass) => Promise<undefined> {
  return async (pass) => {
    await power(pass, timeoutMs, (driver, call) => verb(driver, targetOf(pass), call));
    return undefined;
  };
}

const power = (pass: Pass, timeoutMs: number, work: Work<void>, signal?: AbortSignal): Promise<void> =>
  changes(pass, 'Power', timeoutMs, work, signal);
