/**
 * What becomes of an InstanceAction: waits, is accepted, succeeds, or is refused. Run once, like a Job: what is finished
 * stays as it is.
 *
 * Pure. The act itself is the Instance controller's: a run that was begun for an action carries the action's uid as its
 * id, so that it is begun once, whatever is restarted in between.
 */
import { parseDuration } from '../../crds/duration.ts';
import type { Instance } from '../../crds/instance.ts';
import type { InstanceAction } from '../../crds/instance-action.ts';
import type { ActionPhase } from '../../crds/vocabulary.ts';

export interface Outcome {
  readonly phase: ActionPhase;
  readonly reason: string;
  /** For people: what happened, or what to do. */
  readonly message: string;
  /** Set from the acceptance on. */
  readonly instanceUid?: string;
}

export const isFinished = ({ status }: InstanceAction): boolean => status?.phase === 'Succeeded' || status?.phase === 'Failed';

/** Undefined: it is finished, and nothing changes any more. */
export function planAction(action: InstanceAction, instance: Instance | undefined): Outcome | undefined {
  if (isFinished(action)) return undefined;
  const accepted = action.status?.instanceUid;
  if (instance === undefined) return accepted === undefined ? missing(action) : gone(action, accepted);
  if (accepted !== undefined && accepted !== instance.metadata.uid) return gone(action, accepted);
  return planStart(action, instance, accepted);
}

/** When the object deletes itself, epoch milliseconds; undefined: never, or not yet known. */
export function expiresAt({ spec, status }: InstanceAction): number | undefined {
  if (spec.ttlAfterFinished === undefined || status?.finishedAt === undefined) return undefined;
  return Date.parse(status.finishedAt) + parseDuration(spec.ttlAfterFinished);
}

function planStart(action: InstanceAction, instance: Instance, accepted: string | undefined): Outcome {
  const instanceUid = instance.metadata.uid;
  const at = { instanceUid };
  if (instance.status?.run?.id === action.metadata.uid) return succeeded('Started', 'the guest was started', at);
  const refusal = refusalOf(instance);
  if (refusal !== undefined) return { phase: 'Failed', ...refusal, ...at };
  // When it was accepted the guest was off: somebody else has started it meanwhile, and what stayed open would start it once more later.
  if (instance.status?.powerState === 'Running') {
    return succeeded('AlreadyRunning', 'the guest was running: nothing was done', at);
  }
  const stuck =
    accepted === undefined ? undefined : instance.status?.conditions?.find(({ type, status }) => type === 'Stalled' && status === 'True');
  // What stalled the Instance before may be the very thing that the start mends.
  if (stuck !== undefined && !MENDED_BY_START.has(stuck.reason))
    return { phase: 'Failed', reason: stuck.reason, message: stuck.message, ...at };
  return { phase: 'Running', reason: 'Starting', message: 'the guest is being started', ...at };
}

const MENDED_BY_START: ReadonlySet<string> = new Set(['Crashed', 'HostRestart']);

function refusalOf({ metadata, spec }: Instance): Pick<Outcome, 'reason' | 'message'> | undefined {
  if (metadata.deletionTimestamp !== undefined)
    return { reason: 'InstanceDeleting', message: `Instance ${metadata.name} is being deleted` };
  const powerState = spec.powerState ?? 'Running';
  if (powerState !== 'Running') {
    return {
      reason: 'NotAskedToRun',
      message: `spec.powerState of Instance ${metadata.name} is ${powerState}: set it to Running, which starts the guest`,
    };
  }
  const policy = spec.reconcilePolicy ?? 'Reconcile';
  return policy === 'Reconcile'
    ? undefined
    : {
        reason: 'BlockedByPolicy',
        message: `spec.reconcilePolicy of Instance ${metadata.name} is ${policy}: set it to Reconcile, and ask again`,
      };
}

const succeeded = (reason: string, message: string, at: { readonly instanceUid: string }): Outcome => ({
  phase: 'Succeeded',
  reason,
  message,
  ...at,
});

/** Objects may be applied in any order. */
const missing = ({ spec }: InstanceAction): Outcome => ({
  phase: 'Pending',
  reason: 'InstanceNotFound',
  message: `waits until Instance ${spec.instanceName} exists`,
});

const gone = ({ spec }: InstanceAction, instanceUid: string): Outcome => ({
  phase: 'Failed',
  reason: 'InstanceGone',
  message: `the Instance ${spec.instanceName} that was to be started is gone; one made later under the same name is another`,
  instanceUid,
});
