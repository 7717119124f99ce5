/** The Volume that an Instance boots from: which it is, where it lies, and what keeps the Instance from being made with it. */
import type { Instance, InstanceStatus } from '../../../crds/instance.ts';
import type { Volume } from '../../../crds/volume.ts';
import type { DiskRef, Machine } from '../../../drivers/contract.ts';
import type { Cache } from '../../kernel/watch/cache.ts';
import { SWAP_REQUIRED } from '../plan/volume-swap.ts';
import { findCondition } from '../../kernel/status/conditions.ts';
import { diskOn, madeVolume } from './disk.ts';
import type { MissingReference } from '../plan/types.ts';
import { VOLUME_ELSEWHERE } from '../plan/volume-elsewhere.ts';
import type { InstanceCaches, InstanceServices } from '../services.ts';

export interface RootVolume {
  readonly volumeName: string;
  /** Undefined: there is no such object, now. */
  readonly volume: Volume | undefined;
  /** Undefined: it is not made, or the host that is chosen cannot reach it, or none is chosen. */
  readonly disk: DiskRef | undefined;
  readonly capacityBytes: number | undefined;
}

/** Undefined: the root disk is made from an Image. */
export function rootVolumeOf(
  { metadata, spec }: Instance,
  { hypervisorName, rootVolume: claimed }: InstanceStatus,
  { volumes, hypervisors }: Pick<InstanceCaches, 'volumes' | 'hypervisors'>,
): RootVolume | undefined {
  if (spec.rootVolume === undefined) return undefined;
  // The content of one is not that of another: the machine keeps what it has until somebody has it moved.
  const { volumeName } = claimed ?? spec.rootVolume;
  const volume = volumes.get(`${metadata.namespace}/${volumeName}`);
  const made = volume && madeVolume(volume);
  const disk = made && hypervisorName !== undefined ? diskOn(made, hypervisorName, hypervisors) : undefined;
  return { volumeName, volume, disk, capacityBytes: made?.capacityBytes };
}

/** What waits until somebody has it moved, or the spec names what the machine has. */
export function otherRootVolume({ spec }: Instance, { rootVolume: has }: InstanceStatus): readonly MissingReference[] {
  const asked = spec.rootVolume?.volumeName;
  if (has === undefined || asked === undefined || asked === has.volumeName) return [];
  const until = `spec.rootVolume names Volume ${has.volumeName}, which the machine has, or an InstanceAction SwapVolume without a name has moved it to Volume ${asked}`;
  return [{ kind: 'RootVolume', reason: SWAP_REQUIRED, until, unmet: true }];
}

/** As the machine says, where status does not, any more: the spec may name another. */
export function withRootOf(
  { spec }: Instance,
  status: InstanceStatus,
  machine: Machine | undefined,
  volumes: Pick<Cache<Volume>, 'getByUid'>,
): InstanceStatus {
  if (spec.rootVolume === undefined || status.rootVolume !== undefined) return status;
  const root = machine?.disks.find(({ role }) => role === 'root');
  const volume = volumes.getByUid(/^volume-(.*)$/.exec(root?.name ?? '')?.[1] ?? '');
  return volume === undefined ? status : { ...status, rootVolume: { volumeName: volume.metadata.name, volumeUid: volume.metadata.uid } };
}

/** A machine that was made has its disk, whatever became of the object. */
export function missingRootVolume(
  services: Pick<InstanceServices, 'volumeClaims'>,
  instance: Instance,
  status: InstanceStatus,
  root: RootVolume | undefined,
): readonly MissingReference[] {
  if (root === undefined || status.machineId !== undefined) return [];
  const missing = unfit(root) ?? taken(services, instance, root) ?? notMade(root, status.hypervisorName);
  return missing === undefined ? [] : [missing];
}

function unfit({ volumeName, volume }: RootVolume): MissingReference | undefined {
  if (volume === undefined) return missing('VolumeNotFound', `Volume ${volumeName} exists`);
  if (volume.metadata.deletionTimestamp !== undefined)
    return missing('VolumeDeleting', `there is another Volume ${volumeName}: this one is being deleted`);
  const why = whyUnfit(volume.spec);
  if (why === undefined) return undefined;
  return missing('VolumeUnfit', `Volume ${volumeName} is one to boot from (${why}): make an Instance with another Volume`);
}

function whyUnfit({ encryption, accessMode = 'ReadWriteOnce' }: Volume['spec']): string | undefined {
  if (encryption !== undefined) return 'it is encrypted';
  return accessMode === 'ReadWriteOnce' ? undefined : `its accessMode is ${accessMode}`;
}

function taken(
  { volumeClaims }: Pick<InstanceServices, 'volumeClaims'>,
  instance: Instance,
  { volumeName, volume }: RootVolume,
): MissingReference | undefined {
  const holder = volume && volumeClaims.holderBeside(volume.metadata.uid, instance);
  return holder && missing('VolumeInUse', `Instance ${holder.metadata.name} gives Volume ${volumeName} back, or is deleted`);
}

/** It is made where the Instance is placed: before that it need not be there. */
function notMade({ volumeName, volume, disk }: RootVolume, hypervisorName: string | undefined): MissingReference | undefined {
  if (volume === undefined || hypervisorName === undefined || disk !== undefined) return undefined;
  const made = madeVolume(volume);
  if (made !== undefined)
    return missing(
      VOLUME_ELSEWHERE,
      `Volume ${volumeName}, which is on Hypervisor ${made.hypervisorName}, can be reached from ${hypervisorName}`,
    );
  const stalled = findCondition(volume.status?.conditions, 'Stalled');
  const until = stalled === undefined ? `Volume ${volumeName} has been made` : `Volume ${volumeName} can be made (${stalled.message})`;
  return missing('VolumeNotMade', until);
}

const missing = (reason: string, until: string): MissingReference => ({ kind: 'Volume', reason, until });
