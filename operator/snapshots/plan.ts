/**
 * What to do next about an InstanceSnapshot: it waits, is accepted, followed while the Instance carries it out, and becomes an
 * Image; or it failed, and what there is of it goes. Run once, like a Job: what is finished stays as it is.
 *
 * Pure. The copy itself is the Instance controller's, which does one thing at a time with a machine.
 */
import type { Hypervisor } from '../../crds/hypervisor.ts';
import type { ImageLocation, StorePlace } from '../../crds/image.ts';
import type { Instance } from '../../crds/instance.ts';
import type { InstanceSnapshot } from '../../crds/instance-snapshot.ts';
import type { ActionPhase } from '../../crds/vocabulary.ts';
import type { Outcome } from '../actions/outcome.ts';
import { refusalOf } from '../actions/plan.ts';
import { snapshotVolume } from '../instances/naming.ts';
import { isShelfOf } from '../shelving/shelf.ts';
import { poolOfStore } from '../stores/pool.ts';
import type { StoreChoice } from '../stores/stores.ts';

export type SnapshotPlan =
  | { readonly kind: 'Report'; readonly outcome: Outcome }
  /** The Instance may carry it out, into this place; and then it is sent to that one. */
  | { readonly kind: 'Accept'; readonly outcome: Outcome; readonly location: ImageLocation; readonly store?: StorePlace }
  /** The copy is complete. */
  | { readonly kind: 'MakeImage'; readonly outcome: Outcome; readonly location: ImageLocation }
  /** It is an Image, and is to be in the store, too. */
  | { readonly kind: 'Send'; readonly location: ImageLocation; readonly store: StorePlace }
  /** What may be at its places is to go. */
  | { readonly kind: 'Remove'; readonly location: ImageLocation; readonly store?: StorePlace }
  | { readonly kind: 'Nothing' };

export interface Around {
  readonly instance: Instance | undefined;
  /** The host of the Instance. */
  readonly hypervisor: Hypervisor | undefined;
  /** Uid of the owner of an Image of that name; undefined: there is no such Image. */
  readonly imageOwner: string | undefined;
  /** The store that a snapshot goes to that is accepted now. */
  readonly choice: StoreChoice;
  /** Whether its Image says that the copy in the store is complete. */
  readonly stored: boolean;
}

export const isFinished = ({ status }: InstanceSnapshot): boolean => status?.phase === 'Succeeded' || status?.phase === 'Failed';

export const imageNameOf = ({ metadata, spec }: InstanceSnapshot): string => spec.imageName ?? metadata.name;

export function planSnapshot(snapshot: InstanceSnapshot, around: Around): SnapshotPlan {
  const { status } = snapshot;
  const location = status?.location;
  if (isFinished(snapshot))
    return status?.phase === 'Failed' && location !== undefined
      ? { kind: 'Remove', location, ...(status.store && { store: status.store }) }
      : { kind: 'Nothing' };
  if (around.imageOwner !== undefined && around.imageOwner !== snapshot.metadata.uid)
    return failed('ImageExists', `there is an Image ${imageNameOf(snapshot)} already: name another in spec.imageName of another snapshot`);
  if (status?.imageUid !== undefined && status.store !== undefined && location !== undefined)
    return planSending(snapshot, location, status.store, around);
  const { instance } = around;
  if (instance === undefined || (status?.instanceUid !== undefined && status.instanceUid !== instance.metadata.uid))
    return planWithout(snapshot);
  // It is in nobody's way while it waits for that: the Instance does not know of it yet.
  const { choice } = around;
  if (location === undefined && choice.kind === 'Unclear') return report('Pending', choice.reason, choice.message);
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
    if (phase !== 'Succeeded') return { kind: 'Report', outcome };
    const stored = location.sharedId === undefined ? {} : { reason: 'Stored' };
    return { kind: 'MakeImage', outcome: { ...outcome, ...stored }, location };
  }
  const refusal = refusalOf(instance, isShelfOf(snapshot, instance));
  if (refusal !== undefined) return failed(refusal.reason, refusal.message);
  if (location === undefined) return planAcceptance(snapshot, instance, around);
  if (own !== undefined) return report('Running', own.reason, 'is being taken', { startedAt: own.startedAt, ...progressOf(instance) });
  return record?.phase === 'Running'
    ? report('Pending', 'Queued', `waits until ${record.action} ${record.name} is finished`)
    : report('Pending', 'Accepted', 'is begun as soon as the Instance can be acted on, and its host has a turn for the copy');
}

/** The Instance has done its part, and may be gone by now. */
function planSending(snapshot: InstanceSnapshot, location: ImageLocation, store: StorePlace, around: Around): SnapshotPlan {
  if (around.imageOwner === undefined)
    return failed('ImageDeleted', `its Image ${imageNameOf(snapshot)} was deleted before it was in ImageStore ${store.imageStoreName}`);
  if (!around.stored) return { kind: 'Send', location, store };
  return report('Succeeded', 'Stored', `the root disk was copied, and sent to ImageStore ${store.imageStoreName}`);
}

/** The content goes beside the disk that it is of; for a store that is a pool, into that one. */
function planAcceptance({ metadata, ...snapshot }: InstanceSnapshot, instance: Instance, { hypervisor, choice }: Around): SnapshotPlan {
  const { status } = instance;
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
  const volume = snapshotVolume(metadata.uid);
  const accepted = report('Pending', 'Accepted', 'is begun as soon as the Instance can be acted on, and its host has a turn for the copy');
  if (choice.kind === 'Store' && choice.sharedId !== undefined) {
    const { name, sharedId } = choice;
    const shared = poolOfStore(hypervisor, sharedId, pool);
    if (shared === undefined)
      return report(
        'Pending',
        'PoolNotFound',
        `waits until Hypervisor ${hypervisorName} has a pool with sharedId ${sharedId} in spec.pools, which ImageStore ${name} is`,
      );
    const asked = instance.spec.storage?.pool;
    if (isShelfOf({ metadata, ...snapshot }, instance) && asked !== undefined && hypervisor.spec.pools[asked]?.sharedId !== sharedId)
      return report(
        'Pending',
        'PoolNotInStore',
        `waits until spec.storage.pool of the Instance is absent, or a pool of ImageStore ${name}: its disks could not be made in pool ${asked} from a copy that is in that store`,
      );
    return { ...accepted, kind: 'Accept', location: { hypervisorName, pool: shared, volume, sharedId } };
  }
  return {
    ...accepted,
    kind: 'Accept',
    location: { hypervisorName, pool, volume },
    ...(choice.kind === 'Store' && { store: { imageStoreName: choice.name, key: `${volume}.qcow2` } }),
  };
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
