/** Acting: takes the steps of a plan, and looks at the machine again where something was done to it. */
import { DriverError } from '../../drivers/labels.ts';
import { ApiError } from '../kernel/api/errors.ts';
import { pauseAfter, pauseFor, withFault } from './failure.ts';
import { Superseded, taskFor, type Pass } from './pass.ts';
import type { Plan, Steps } from './plan/types.ts';
import { inspectAgain } from './steps/look.ts';
import { isTurnedAway, runSteps, type StepFailure } from './steps/run.ts';
import { STEPS } from './steps/steps.ts';
import type { Pending } from './steps/types.ts';
import { tellProgress } from './tell.ts';

export type Acted =
  /** Look and plan again; also after a failure, which is on record now. */
  | { readonly kind: 'Again' }
  /** The pass ends, and a later one comes back. */
  | { readonly kind: 'Pending'; readonly step: string; readonly pending: Pending }
  /** The finalizer is off. */
  | { readonly kind: 'Gone' };

/** Operations that need no trace in `status.task`: they only look, or are a write themselves. */
const UNTOLD: ReadonlySet<Plan['kind'] | Steps['operation']> = new Set([
  'Look',
  'Protect',
  'Follow',
  'Adopt',
  'BeginAction',
  'EndAction',
  'ThawOverdue',
  'EndCopy',
  'EndRescue',
]);

/** A task would stand in the place of the one that failed, and its attempts would be counted anew after every look. */
const isUntold = ({ operation, steps }: Steps): boolean => UNTOLD.has(operation) || steps.every((step) => step === 'look-for-rescue');

export async function act(pass: Pass, plan: Steps): Promise<Acted> {
  const { call, log } = pass;
  pass.plan = plan;
  pass.acted = false;
  const observer = {
    begins: (step: string, index: number) => begins(pass, step, index),
    undoFailed: (step: string, error: unknown) => log.warn('Undo failed', { step, error }),
  };
  const steps = plan.steps.map((name) => ({
    name,
    run: (register: Parameters<(typeof STEPS)[typeof name]>[1]) => STEPS[name](pass, register),
  }));
  const outcome = await runSteps(steps, observer, call.signal);
  if (outcome.kind === 'Done' && plan.steps.includes('remove-finalizer')) return { kind: 'Gone' };
  if (outcome.kind === 'Done' && isUntold(plan)) pass.memory.note(pass.scene.world.identity.uid, { misses: undefined });
  const pending = outcome.kind === 'Failed' ? failed(pass, outcome.failure) : undefined;
  if (pass.acted) await lookAgain(pass);
  if (outcome.kind === 'Pending') return outcome;
  if (outcome.kind === 'Failed' && pending !== undefined) return { kind: 'Pending', step: outcome.failure.step, pending };
  if (outcome.kind === 'Failed')
    log.info('Step failed', { operation: plan.operation, step: outcome.failure.step, error: outcome.failure.error });
  else if (plan.operation !== 'Look') tellSteps(pass);
  return { kind: 'Again' };
}

/** What was done to a machine is told at the level that every installation keeps: who asks later what happened finds it. */
function tellSteps({ plan, log, acted, status, memory, scene }: Pass): void {
  const machine = status.machineId ?? memory.of(scene.world.identity.uid).read?.machine?.machineId;
  const fields = { operation: plan.operation, steps: plan.steps.join(' '), hypervisor: status.hypervisorName, machine };
  if (acted) log.info('Steps taken', fields);
  else log.debug('Steps taken', fields);
}

async function begins(pass: Pass, step: string, index: number): Promise<void> {
  const { plan } = pass;
  if (isUntold(plan)) return;
  const task = taskFor(pass, plan.operation);
  // A shutdown that is being waited for is its own story; see signal-shutdown.
  pass.status = { ...pass.status, task: { ...task, step, stepIndex: index + 1, stepCount: plan.steps.length } };
  await tellProgress(pass, step);
}

/** A pause, or a fault on record. What is not the host's is thrown on: the kernel backs off. */
function failed(pass: Pass, failure: StepFailure): Pending | undefined {
  const { error } = failure;
  if (error instanceof Superseded || error instanceof ApiError || pass.call.signal.aborted) throw error;
  const now = pass.services.clock.now();
  pass.turnedAway = isTurnedAway(error);
  const pause = pauseFor(failure, now);
  if (pause !== undefined) return pause;
  if (pass.status.task?.operation !== pass.plan.operation) return untoldPause(pass, failure, now);
  pass.status = withFault(pass.status, failure, pass.plan.operation, now);
  // What planning makes of an error without a label may be the same step again: not in this pass.
  return error instanceof DriverError ? undefined : pauseAfter(failure, 1, now);
}

/** Of an operation that leaves no trace in status no later round would know that it failed. */
function untoldPause({ memory, scene, log, plan }: Pass, failure: StepFailure, now: number): Pending {
  const { uid } = scene.world.identity;
  const misses = (memory.of(uid).misses ?? 0) + 1;
  memory.note(uid, { misses });
  log.info('Step failed', { operation: plan.operation, step: failure.step, error: failure.error });
  return pauseAfter(failure, misses, now);
}

/** Where the machine cannot be read now, the next observation of its host tells. */
async function lookAgain(pass: Pass): Promise<void> {
  try {
    await inspectAgain(pass);
  } catch (error) {
    if (pass.call.signal.aborted) throw error;
    pass.log.debug('The machine could not be read again', { error });
  }
}
