/**
 * Which copies of an instance's root disk there are to be: the one that is to be taken while it is shelved, the one that it is
 * made from again, and the one that its disk stands on. Every other goes.
 *
 * Pure. Taking the copy, and removing machine and disks once it is complete, is the Instance controller's.
 */
import type { Instance } from '../../crds/instance.ts';
import type { InstanceSnapshot } from '../../crds/instance-snapshot.ts';
import { isOutdated, isShelfOf, shelfName } from './shelf.ts';

export interface ShelfPlan {
  /** Name of the copy that is to be taken. */
  readonly take?: string;
  readonly remove: readonly InstanceSnapshot[];
}

/** `shelves`: all those with the name of the Instance, whichever it was that owned them. */
export function planShelf(instance: Instance | undefined, shelves: readonly InstanceSnapshot[]): ShelfPlan {
  const there = shelves.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  if (instance === undefined) return { remove: there };
  const kept = keptNames(instance);
  const wanted = wantedName(instance);
  const isKept = (shelf: InstanceSnapshot): boolean => {
    if (!isShelfOf(shelf, instance)) return false;
    const { name } = shelf.metadata;
    return kept === 'All' || kept.has(name) || (name === wanted && !isOutdated(shelf, instance));
  };
  const remove = there.filter((shelf) => !isKept(shelf));
  const missing = wanted !== undefined && !shelves.some(({ metadata }) => metadata.name === wanted);
  return { ...(missing ? { take: wanted } : {}), remove };
}

/** What a disk stands on, or is to be made from. */
function keptNames({ metadata, status = {} }: Instance): ReadonlySet<string> | 'All' {
  if (metadata.deletionTimestamp !== undefined || status.lifecycle?.reclaimedAt !== undefined) return new Set();
  const { copy } = status.lifecycle ?? {};
  const { restored } = status.resolved ?? {};
  const named = [copy?.snapshotName, restored?.snapshotName].filter((name) => name !== undefined);
  // Where status knows of no machine and of no copy, it was lost: nobody can say what was on a disk then but these.
  return status.machineId === undefined && named.length === 0 ? 'All' : new Set(named);
}

function wantedName(instance: Instance): string | undefined {
  const { metadata, spec, status = {} } = instance;
  const asked = spec.lifecycle?.state === 'Shelved' && metadata.deletionTimestamp === undefined;
  const { machineId, lifecycle } = status;
  // Once it is being removed, the copy is what it is.
  return asked && machineId !== undefined && lifecycle?.copy === undefined && status.powerState === 'Stopped'
    ? shelfName(instance, status)
    : undefined;
}
