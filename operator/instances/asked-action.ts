/**
 * Which InstanceAction or InstanceSnapshot is being carried out, or comes next: one at a time, the oldest first; but what only
 * waits for its host to have time for a copy lets others go before.
 *
 * One that status calls finished is not begun again; and none is begun before the object of that one says so too, for
 * status keeps the last outcome only.
 */
import { parseDuration } from '../../crds/duration.ts';
import type { ActionRecord, Instance } from '../../crds/instance.ts';
import type { InstanceAction } from '../../crds/instance-action.ts';
import type { InstanceSnapshot } from '../../crds/instance-snapshot.ts';
import { isObservation } from '../../crds/vocabulary.ts';
import { keyOf } from '../kernel/api/object.ts';
import type { AskedAction, RestoreSource, SnapshotAction, SwapState, SwapVolumeAction } from './plan/types.ts';
import type { InstanceCaches } from './services.ts';

/** What absent parameters, and names in them, mean for the Instance. */
export interface Around {
  /** Whether the host can ask a guest to shut down. */
  readonly possible: boolean;
  /** How long a guest has where an action does not say. */
  readonly timeoutMs: number;
  readonly restoreSource: (snapshotName: string) => RestoreSource;
  /** Of the copy that is to be of this name. */
  readonly turnOf: (snapshotUid: string, copy: string) => SnapshotAction['turn'];
  readonly swapTurnOf: (actionUid: string) => SwapVolumeAction['turn'];
  readonly swapState: (asked: { readonly volume: string | undefined; readonly to: string }) => SwapState;
}

export function askedAction(
  { actionsOf, snapshotsOf }: Pick<InstanceCaches, 'actionsOf' | 'snapshotsOf'>,
  instance: Instance,
  recorded: ActionRecord | undefined,
  around: Around,
): AskedAction | undefined {
  const key = keyOf(instance);
  const open = [...actionsOf.get(key), ...snapshotsOf.get(key)].filter((asked) => isOpen(asked, instance));
  const known = recorded && open.find(({ metadata }) => metadata.uid === recorded.uid);
  if (known !== undefined) return recorded?.phase === 'Running' ? askedBy(known, around) : undefined;
  const inOrder = open.toSorted(byAge).map((asked) => askedBy(asked, around));
  return inOrder.find((asked) => asked !== undefined && !waits(asked)) ?? inOrder.find((asked) => asked !== undefined);
}

const waits = (asked: AskedAction): boolean => (asked.action === 'Snapshot' || asked.action === 'SwapVolume') && asked.turn !== 'Come';

const DEFAULT_FREEZE = '1m';

type Asking = InstanceAction | InstanceSnapshot;

/** A snapshot that is an Image has nothing more to ask of the Instance, though it may be on its way to a store. */
function isOpen(asking: Asking, instance: Instance): boolean {
  const { metadata, spec, status } = asking;
  // What only looks is not carried out here.
  if ('action' in spec && isObservation(spec.action)) return false;
  const finished =
    status?.phase === 'Succeeded' || status?.phase === 'Failed' || (isSnapshot(asking) && asking.status?.imageUid !== undefined);
  return !finished && metadata.deletionTimestamp === undefined && status?.instanceUid === instance.metadata.uid;
}

/** Within a second by name: so people can say the order, and every process sees the same. */
const byAge = (a: Asking, b: Asking): number =>
  a.metadata.creationTimestamp.localeCompare(b.metadata.creationTimestamp) || (a.metadata.name < b.metadata.name ? -1 : 1);

const isSnapshot = (asking: Asking): asking is InstanceSnapshot => asking.kind === 'InstanceSnapshot';

const askedBy = (asking: Asking, around: Around): AskedAction | undefined =>
  isSnapshot(asking) ? askedBySnapshot(asking, around) : askedByAction(asking, around);

/** Undefined: it was not accepted yet. */
function askedBySnapshot({ metadata: { uid, name }, spec, status }: InstanceSnapshot, { turnOf }: Around): AskedAction | undefined {
  const { location } = status ?? {};
  if (location === undefined) return undefined;
  const { mode = 'Live', quiesce = 'Preferred' } = spec;
  return { uid, name, action: 'Snapshot', cold: mode === 'Cold', quiesce, turn: turnOf(uid, location.volume), location };
}

function askedByAction({ metadata: { uid, name }, spec }: InstanceAction, around: Around): AskedAction | undefined {
  if (isObservation(spec.action)) return undefined;
  switch (spec.action) {
    case 'Start':
    case 'CrashDump':
    case 'ConfirmResize':
    case 'RevertResize':
    case 'SetPassword':
    case 'InjectFile':
    case 'InjectNetworkInfo':
    case 'InjectMetadata':
    case 'ResetNetwork':
    case 'Thaw':
      return { uid, name, action: spec.action };
    case 'Freeze':
      return { uid, name, action: 'Freeze', timeoutMs: parseDuration(spec.freeze?.timeout ?? DEFAULT_FREEZE) };
    case 'Rebuild':
      return { uid, name, action: 'Rebuild', preserveEphemeral: spec.rebuild?.preserveEphemeral ?? false };
    case 'Restore': {
      const { snapshotName = '' } = spec.restore ?? {};
      return { uid, name, action: 'Restore', snapshotName, from: around.restoreSource(snapshotName) };
    }
    case 'SwapVolume': {
      const { name: volume, volumeName: to = '' } = spec.swapVolume ?? {};
      return { uid, name, action: 'SwapVolume', volume, to, state: around.swapState({ volume, to }), turn: around.swapTurnOf(uid) };
    }
    case 'Reboot': {
      const { type = 'Soft', timeout } = spec.reboot ?? {};
      const timeoutMs = timeout === undefined ? around.timeoutMs : parseDuration(timeout);
      return { uid, name, action: 'Reboot', type, timeoutMs: around.possible ? timeoutMs : 0 };
    }
  }
}
