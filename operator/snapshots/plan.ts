/**
 * What to do next about an InstanceSnapshot: it waits, is accepted, followed while the Instance carries it out, and becomes an
 * Image; or it failed, and what there is of it goes. Run once, like a Job: what is finished stays as it is.
 *
 * Pure. The copy itself is the Instance controller's, which does one thing at a time with a machine.
 */
import type { Hypervisor } from '../../crds/hypervisor.ts';
import type { ImageLocation } from '../../crds/image.ts';
import type { Instance } from '../../crds/instance.ts';
import type { InstanceSnapshot } from '../../crds/instance-snapshot.ts';
import type { ActionPhase } from '../../crds/vocabulary.ts';
import type { Outcome } from '../actions/outcome.ts';
import { refusalOf } from '../actions/plan.ts';
import { snapshotVolume } from '../instances/naming.ts';
import { isShelfOf } from '../shelving/shelf.ts';

export type SnapshotPlan =
  | { readonly kind: 'Report'; readonly outcome: Outcome }
  /** The Instance may carry it out, into this place. */
  | { readonly kind: 'Accept'; readonly outcome: Outcome; readonly location: ImageLocation }
  /** The copy is complete. */
  | { readonly kind: 'MakeImage'; readonly outcome: Outcome; readonly location: ImageLocation }
  /** What may be at its place is to go. */
  | { readonly kind: 'Remove'; readonly location: ImageLocation }
  | { readonly kind: 'Nothing' };

export interface Around {
  readonly instance: Instance | undefined;
  /** The host of the Instance. */
  readonly hypervisor: Hypervisor | undefined;
  /** Uid of the owner of an Image of that name; undefined: there is no such Image. */
  readonly imageOwner: string | undefined;
}

export const isFinished = ({ status }: InstanceSnapshot): boolean => status?.phase === 'Succeeded' || status?.phase === 'Failed';

export const imageNameOf = ({ metadata, spec }: InstanceSnapshot): string => spec.imageName ?? metadata.name;

export function planSnapshot(snapshot: InstanceSnapshot, around: Around): SnapshotPlan {
  const { status } = snapshot;
  const location = status?.location;
  if (isFinished(snapshot))
    return status?.phase === 'Failed' && location !== undefined ? { kind: 'Remove', location } : { kind: 'Nothing' };
  if (around.imageOwner !== undefined && around.imageOwner !== snapshot.metadata.uid)
    return failed('ImageExists', `there is an Image ${imageNameOf(snapshot)} already: name another in spec.imageName of another snapshot`);
  const { instance } = around;
  if (instance === undefined || (status?.instanceUid !== undefined && status.instanceUid !== instance.metadata.uid))
    return planWithout(snapshot);
  const plan = planOf(snapshot, instance, around);
  return 'outcome' in plan ? { ...plan, outcome: { ...plan.outcome, instanceUid: instance.metadata.uid } } : plan;
}

function planOf(snapshot: InstanceSnapshot, instance: Instance, around: Around): SnapshotPlan {
  const record = instance.status?.action;
  const own = record?.uid === snapshot.metadata.uid ? record : undefined;
  const location = snapshot.status?.location;
  if (own !== undefined && location !== undefined && own.phase !== 'Running') {
    const { phase, reason, message, startedAt } = own;
    const outcome = { phase, reason, message, startedAt };
    return phase === 'Succeeded' ? { kind: 'MakeImage', outcome, location } : { kind: 'Report', outcome };
  }
  const refusal = refusalOf(instance, isShelfOf(snapshot, instance));
  if (refusal !== undefined) return failed(refusal.reason, refusal.message);
  if (location === undefined) return planAcceptance(snapshot, instance, around);
  if (own !== undefined) return report('Running', own.reason, 'is being taken', { startedAt: own.startedAt, ...progressOf(instance) });
  return record?.phase === 'Running'
    ? report('Pending', 'Queued', `waits until ${record.action} ${record.name} is finished`)
    : report('Pending', 'Accepted', 'is begun as soon as the Instance can be acted on');
}

/** The content goes beside the disk that it is of. */
function planAcceptance({ metadata }: InstanceSnapshot, { status }: Instance, { hypervisor }: Around): SnapshotPlan {
  const root = status?.disks?.find(({ role }) => role === 'root');
  const { hypervisorName, machineId } = status ?? {};
  if (root === undefined || hypervisorName === undefined || machineId === undefined)
    return report('Pending', 'NoRootDisk', 'waits until the Instance has a root disk');
  const pool = root.pool ?? '';
  if (hypervisor?.spec.pools?.[pool] === undefined)
    return report(
      'Pending',
      'PoolNotFound',
      `waits until Hypervisor ${hypervisorName} has spec.pools with the pool of the root disk (${pool})`,
    );
  const location = { hypervisorName, pool, volume: snapshotVolume(metadata.uid) };
  return { ...report('Pending', 'Accepted', 'is begun as soon as the Instance can be acted on'), kind: 'Accept', location };
}

/** Objects may be applied in any order; but an Instance made later under the same name is another. */
function planWithout({ spec, status }: InstanceSnapshot): SnapshotPlan {
  if (status?.instanceUid === undefined) return report('Pending', 'InstanceNotFound', `waits until Instance ${spec.instanceName} exists`);
  return failed('InstanceGone', `the Instance ${spec.instanceName} that it was of is gone`);
}

function progressOf({ status }: Instance): Pick<Outcome, 'progress'> {
  const progress = status?.task?.operation === 'Snapshot' ? status.task.progress : undefined;
  return progress === undefined ? {} : { progress };
}

const report = (phase: ActionPhase, reason: string, message: string, more: Partial<Outcome> = {}): SnapshotPlan & { kind: 'Report' } => ({
  kind: 'Report',
  outcome: { phase, reason, message, ...more },
});

const failed = (reason: string, message: string): SnapshotPlan => report('Failed', reason, message);
