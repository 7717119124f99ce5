/**
 * What becomes of an InstanceAction: waits, is accepted, is begun, succeeds, or is refused. Run once, like a Job: what is
 * finished stays as it is.
 *
 * Pure. The act itself is the Instance controller's, which records in the status of the Instance what came of it. Here
 * that is copied, and refused what the Instance as an object forbids, begun or not: deletion pre-empts everything.
 */
import { parseDuration } from '../../crds/duration.ts';
import type { ActionRecord, Instance } from '../../crds/instance.ts';
import type { InstanceAction, InstanceActionStatus } from '../../crds/instance-action.ts';
import { isObservation } from '../../crds/vocabulary.ts';
import type { Outcome } from './outcome.ts';

export type Observed = Pick<InstanceActionStatus, 'diagnostics' | 'consoleLog' | 'screenshot'>;

export interface ActionOutcome extends Outcome {
  /** Of one that only looks. */
  readonly observed?: Observed;
  /** Of a password that was made up. */
  readonly encryptedPassword?: string;
  /** The run of the guest that it began. */
  readonly runId?: string;
}

export const isFinished = ({ status }: InstanceAction): boolean => status?.phase === 'Succeeded' || status?.phase === 'Failed';

/** Undefined: it is finished, and nothing changes any more. */
export function planAction(action: InstanceAction, found: Instance | undefined): ActionOutcome | undefined {
  const named = findInstance(action, found);
  if (named?.kind !== 'Found') return named?.outcome;
  return { ...follow(action, named.instance), instanceUid: named.instance.metadata.uid };
}

type NamedInstance = { readonly kind: 'Found'; readonly instance: Instance } | { readonly kind: 'None'; readonly outcome: ActionOutcome };

/** The Instance that it is for, where `found` is that one. Undefined: it is finished, and nothing changes any more. */
export function findInstance(action: InstanceAction, found: Instance | undefined): NamedInstance | undefined {
  if (isFinished(action)) return undefined;
  const accepted = action.status?.instanceUid;
  if (accepted !== undefined && accepted !== found?.metadata.uid) return { kind: 'None', outcome: gone(action, accepted) };
  return found === undefined ? { kind: 'None', outcome: missing(action) } : { kind: 'Found', instance: found };
}

/** What was seen is kept for so long where nobody says how long: it may be large. */
const SEEN_IS_KEPT = '1h';

/** When the object deletes itself, epoch milliseconds; undefined: never, or not yet known. */
export function expiresAt({ spec, status }: InstanceAction): number | undefined {
  const kept = spec.ttlAfterFinished ?? (isObservation(spec.action) ? SEEN_IS_KEPT : undefined);
  if (kept === undefined || status?.finishedAt === undefined) return undefined;
  return Date.parse(status.finishedAt) + parseDuration(kept);
}

function follow(action: InstanceAction, instance: Instance): ActionOutcome {
  const { uid } = action.metadata;
  const record = instance.status?.action;
  const own = record?.uid === uid ? record : undefined;
  if (own !== undefined && own.phase !== 'Running') return { ...copied(own), ...begunRun(own) };
  const refusal = refusalOf(instance);
  if (refusal !== undefined) return { phase: 'Failed', ...refusal };
  if (own !== undefined) return { ...copied(own), ...progressOf(action, instance) };
  return record?.phase === 'Running'
    ? { phase: 'Pending', reason: 'Queued', message: `waits until InstanceAction ${record.name} is finished` }
    : { phase: 'Pending', reason: 'Accepted', message: `is begun as soon as ${untilBegun(action)}` };
}

const untilBegun = ({ spec }: InstanceAction): string =>
  spec.action === 'SwapVolume' ? 'the Instance can be acted on, and its host has a turn for the copy' : 'the Instance can be acted on';

const copied = ({ phase, reason, message, startedAt, encryptedPassword }: ActionRecord): ActionOutcome => ({
  phase,
  reason,
  message,
  startedAt,
  ...(encryptedPassword === undefined ? {} : { encryptedPassword }),
});

/** Ends of an action that began a run, which has the uid of the action as its id. */
const BEGAN_A_RUN: ReadonlySet<string> = new Set(['Started', 'Rebooted', 'Rebuilt', 'Restored']);

const begunRun = ({ uid, reason }: ActionRecord): Pick<ActionOutcome, 'runId'> => (BEGAN_A_RUN.has(reason) ? { runId: uid } : {});

function progressOf({ spec }: InstanceAction, { status }: Instance): Pick<ActionOutcome, 'message' | 'progress'> {
  const task = status?.task?.operation === spec.action ? status.task : undefined;
  const message = task?.step === undefined ? 'is being carried out' : `is being carried out: ${task.step}`;
  return { message, ...(task?.progress === undefined ? {} : { progress: task.progress }) };
}

/** What the Instance as an object forbids, whatever is asked of it. `shelving`: it is asked for to shelve it. */
export function refusalOf({ metadata, spec }: Instance, shelving = false): Pick<ActionOutcome, 'reason' | 'message'> | undefined {
  if (metadata.deletionTimestamp !== undefined)
    return { reason: 'InstanceDeleting', message: `Instance ${metadata.name} is being deleted` };
  if (spec.lock !== undefined)
    return { reason: 'Locked', message: `Instance ${metadata.name} is locked (${spec.lock.reason}): ask again when spec.lock is removed` };
  if (spec.lifecycle?.state === 'SoftDeleted')
    return {
      reason: 'SoftDeleted',
      message: `Instance ${metadata.name} is SoftDeleted: set spec.lifecycle.state to Active, and ask again`,
    };
  if (spec.lifecycle?.state === 'Shelved' && !shelving)
    return { reason: 'Shelved', message: `Instance ${metadata.name} is Shelved: set spec.lifecycle.state to Active, and ask again` };
  const policy = spec.reconcilePolicy ?? 'Reconcile';
  return policy === 'Reconcile'
    ? undefined
    : {
        reason: 'BlockedByPolicy',
        message: `spec.reconcilePolicy of Instance ${metadata.name} is ${policy}: set it to Reconcile, and ask again`,
      };
}

/** Objects may be applied in any order. */
const missing = ({ spec }: InstanceAction): ActionOutcome => ({
  phase: 'Pending',
  reason: 'InstanceNotFound',
  message: `waits until Instance ${spec.instanceName} exists`,
});

const gone = ({ spec }: InstanceAction, instanceUid: string): ActionOutcome => ({
  phase: 'Failed',
  reason: 'InstanceGone',
  message: `the Instance ${spec.instanceName} that it was for is gone; one made later under the same name is another`,
  instanceUid,
});
