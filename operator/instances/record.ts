/** What status recorded, in the words of the planners. */
import type { ActionRecord, Fault, InstanceStatus } from '../../crds/instance.ts';
import type { Failure, Operation, Recorded, RecordedAction } from './plan/types.ts';
import { recordedLifecycle } from './lifecycle-record.ts';
import { TIMED_OUT } from './plan/rescue.ts';
import { recordedResize } from './resize.ts';
import { recordedMakings } from './wanted.ts';

export function recorded(status: InstanceStatus): Recorded {
  const { hypervisorName, machineId, origin, resolved, powerOff, restarts, run, action, resize, freeze, rescue, lifecycle } = status;
  return {
    hypervisorName,
    machineId,
    origin: origin ?? 'Created',
    // What a disk was restored from is not what the spec is held against.
    imageName: machineId === undefined ? undefined : (resolved?.restored?.imageName ?? resolved?.image?.name),
    makings: recordedMakings(status),
    powerOff: powerOff && { ...powerOff, observedAt: Date.parse(powerOff.observedAt), runId: powerOff.runId },
    restarts: restarts && { count: restarts.count, lastAt: Date.parse(restarts.lastAt) },
    run: run && { id: run.id, bootId: run.bootId, bootHash: run.bootHash, fixedHash: run.fixedHash },
    shutdown: shutdownOf(status),
    frozen: freeze && { runId: freeze.runId, until: Date.parse(freeze.until) },
    failure: failureOf(status),
    action: action && recordedAction(action),
    flavorName: machineId === undefined ? undefined : resolved?.flavorName,
    resize: resize && recordedResize(resize),
    rescue: rescue && {
      imageName: rescue.imageName,
      startedAt: rescue.startedAt === undefined ? undefined : Date.parse(rescue.startedAt),
      ended: rescue.ended,
    },
    lifecycle: lifecycle && recordedLifecycle(lifecycle),
  };
}

function recordedAction({ uid, name, action, phase, rebuild }: ActionRecord): RecordedAction {
  const known = { uid, name, action, phase };
  return rebuild === undefined
    ? known
    : { ...known, rebuild: { root: rebuild.volume, makings: recordedMakings({ resolved: rebuild.resolved }) } };
}

/** What stands of the status of an earlier generation: a failed operation is begun afresh, as is a rescue that was given up; a shutdown under way goes on. */
export function forGeneration(status: InstanceStatus, generation: number): InstanceStatus {
  if (status.observedGeneration === generation) return status;
  const { task, rescue, ...rest } = status;
  const stands = rescue?.ended === undefined || rescue.ended.reason === TIMED_OUT;
  return {
    ...rest,
    observedGeneration: generation,
    ...(task?.deadline === undefined ? {} : { task }),
    ...(rescue === undefined || !stands ? {} : { rescue }),
  };
}

/** Only an operation that waits for a guest to shut down has a deadline; once that is withdrawn, it has no attempt. */
function shutdownOf({ task }: InstanceStatus): Recorded['shutdown'] {
  return task?.deadline === undefined ? undefined : { startedAt: Date.parse(task.startedAt), signals: task.attempt ?? 0 };
}

/** The faults since the operation under way began are its failed attempts. */
function failureOf({ task, faults }: InstanceStatus): Failure | undefined {
  if (task === undefined || faults === undefined) return undefined;
  const since = Date.parse(task.startedAt);
  const own = faults.filter(({ operation, at }) => operation === task.operation && Date.parse(at) >= since);
  const last = own.at(-1);
  return last && failure(last, own);
}

const failure = (last: Fault, all: readonly Fault[]): Failure => ({
  operation: last.operation as Operation,
  step: last.step,
  label: last.label ?? 'Transient',
  reason: last.reason,
  message: last.message,
  at: Date.parse(last.at),
  attempts: all.length,
  failedOn: [...new Set(all.flatMap(({ hypervisorName }) => hypervisorName ?? []))],
});
