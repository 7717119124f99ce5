/** Volumes that begin as copies of others: while one is made, nobody begins to write to what is copied. Pure, over the caches. */
import type { Instance, InstanceStatus } from '../../../crds/instance.ts';
import type { Volume } from '../../../crds/volume.ts';
import { findCondition } from '../../kernel/status/conditions.ts';
import type { Index } from '../../kernel/watch/cache.ts';
import { VOLUME_BEING_COPIED } from '../plan/volume-copied.ts';
import type { MachineReading, MissingReference } from '../plan/types.ts';
import { namedVolumes } from './claims.ts';

/** Key of what it begins as a copy of; undefined: it does not. */
export const sourceKey = ({ metadata, spec }: Volume): string | undefined =>
  spec.sourceVolumeName === undefined ? undefined : `${metadata.namespace}/${spec.sourceVolumeName}`;

/** As an index has it. */
export const copiesOfVolumes = (volume: Volume): readonly string[] => {
  const key = sourceKey(volume);
  return key === undefined ? [] : [key];
};

/** Key of the base image that it is made on, which holds what was copied. */
export const copyBase = (volumeUid: string): string => `origin-${volumeUid}`;

/** It has a place, and is not made yet. */
export const isComing = ({ metadata, spec, status }: Volume): boolean =>
  spec.sourceVolumeName !== undefined &&
  status?.hypervisorName !== undefined &&
  status.capacity === undefined &&
  metadata.deletionTimestamp === undefined &&
  findCondition(status.conditions, 'Stalled') === undefined;

/** The reason of a copy while it is read from its source; it may wait before that, and then keeps nobody from anything. */
export const COPYING = 'Copying';

/** What is being copied of it on that host: names of the copies. */
export const copiesUnderWay = (key: string, hypervisorName: string | undefined, copiesOf: Pick<Index<Volume>, 'get'>): readonly string[] =>
  copiesOf
    .get(key)
    .filter((copy) => isComing(copy) && copy.status?.hypervisorName === hypervisorName && isRead(copy))
    .map(({ metadata }) => metadata.name);

const isRead = ({ status }: Volume): boolean => findCondition(status?.conditions, 'Ready')?.reason === COPYING;

/** What keeps a machine that is off, or not made yet, from a start: QEMU does not share what is being read. */
export function copiedVolumes(
  copiesOf: Pick<Index<Volume>, 'get'>,
  instance: Instance,
  { hypervisorName }: InstanceStatus,
  machine: MachineReading,
): readonly MissingReference[] {
  if (machine.kind === 'Present' && (machine.machine.power === 'Running' || machine.machine.power === 'Paused')) return [];
  return namedVolumes(instance).flatMap((key): readonly MissingReference[] => {
    const copies = copiesUnderWay(key, hypervisorName, copiesOf);
    return copies.length === 0 ? [] : [{ kind: 'Volume', reason: VOLUME_BEING_COPIED, until: untilCopied(key, copies) }];
  });
}

export const untilCopied = (key: string, copies: readonly string[]): string =>
  `Volume ${key.slice(key.indexOf('/') + 1)} has been copied to Volume ${copies.join(', ')}`;
