/**
 * What a machine has under a name for which the spec names another Volume by now. It keeps it: the content of one is not that
 * of the other, so somebody has it moved (InstanceAction SwapVolume), or takes it out under that name. Pure.
 */
import type { InstanceStatus, VolumeAttachment } from '../../../crds/instance.ts';
import type { Volume } from '../../../crds/volume.ts';
import type { Machine } from '../../../drivers/contract.ts';
import type { Cache } from '../../kernel/watch/cache.ts';
import type { Hindrance } from '../plan/types.ts';
import { SWAP_REQUIRED } from '../plan/volume-swap.ts';
import { isOffloaded } from '../shelf.ts';

export interface Kept {
  readonly volumeName: string;
  readonly volumeUid: string;
}

/** Undefined: nothing, or what the spec names, or what was to go already. */
export function keptVolume(
  volumes: Pick<Cache<Volume>, 'getByUid'>,
  status: InstanceStatus,
  details: Machine | undefined,
  { name, volumeName }: Pick<VolumeAttachment, 'name' | 'volumeName'>,
): Kept | undefined {
  const { machineId, volumes: listed = [] } = status;
  const entries = listed.filter((one) => one.name === name);
  // One that is off its host is made anew with what it had.
  if (machineId === undefined && !isOffloaded(status)) return undefined;
  const uid = details === undefined ? entries.find(({ phase }) => phase !== 'Detaching')?.volumeUid : pluggedUid(details, name);
  const known = entries.find(({ volumeUid }) => volumeUid === uid);
  if (uid === undefined || known?.phase === 'Detaching') return undefined;
  const has = known?.volumeName ?? volumes.getByUid(uid)?.metadata.name;
  return has === undefined || has === volumeName ? undefined : { volumeName: has, volumeUid: uid };
}

/** Of what runs, before what only the definition has. */
function pluggedUid({ volumes = [] }: Machine, id: string): string | undefined {
  const entries = volumes.filter((one) => one.id === id);
  const found = entries.find(({ plugged }) => plugged !== 'Next') ?? entries[0];
  return found && /^volume-(.*)$/.exec(found.name)?.[1];
}

export const untilSwapped = (
  { volumeName: has }: Kept,
  { name, volumeName: asked }: Pick<VolumeAttachment, 'name' | 'volumeName'>,
): Hindrance => ({
  kind: 'Bad',
  reason: SWAP_REQUIRED,
  until: `spec.volumes names Volume ${has}, which the machine has, as ${name}, or an InstanceAction SwapVolume has moved it to Volume ${asked}`,
});
