/**
 * Copies of the root disks of instances that are shelved: InstanceSnapshots that their Instance owns, one for each time that
 * the guest was switched off. Their names tell of which, and of which disk, so none is taken twice, and none counts after the
 * guest has run again, or was rebuilt or restored.
 */
import type { Instance, InstanceStatus } from '../../crds/instance.ts';
import type { InstanceSnapshot } from '../../crds/instance-snapshot.ts';
import { rootIncarnation } from '../instances/naming.ts';

/** On each of them: the generation of its Instance that asked for it. One that failed is taken anew in the next. */
export const SHELF_GENERATION_LABEL = 'hostler.dev/shelved-generation';

/** Room for what is put behind it. */
const LONGEST_NAME = 220;

/** Undefined: the guest is not known to be off as asked, so there is nothing to copy yet. */
export function shelfName({ metadata }: Instance, { powerOff, disks = [] }: InstanceStatus): string | undefined {
  if (powerOff?.reason !== 'Requested') return undefined;
  const time = powerOff.observedAt.replaceAll(/\D/g, '').slice(0, 14);
  // One that is off may have been given another root disk since.
  const root = rootIncarnation(disks.find(({ role }) => role === 'root')?.volume ?? '') ?? '1';
  return `${metadata.name.slice(0, LONGEST_NAME)}-shelved-${time}${root === '1' ? '' : `-${root}`}`;
}

/** Of an Instance of any uid. */
export const isShelf = ({ metadata }: InstanceSnapshot): boolean =>
  metadata.ownerReferences?.some(({ kind }) => kind === 'Instance') === true;

export const isShelfOf = ({ metadata }: InstanceSnapshot, instance: Instance): boolean =>
  metadata.ownerReferences?.some(({ kind, uid }) => kind === 'Instance' && uid === instance.metadata.uid) === true;

/** It failed for an earlier generation of the spec. */
export const isOutdated = ({ metadata, status }: InstanceSnapshot, instance: Instance): boolean =>
  status?.phase === 'Failed' && metadata.labels?.[SHELF_GENERATION_LABEL] !== String(instance.metadata.generation);
