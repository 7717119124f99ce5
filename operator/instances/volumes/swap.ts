/** A volume that is to move to another Volume: whether it can, and what the machine is given then. Pure, over the caches. */
import type { Instance, InstanceStatus, SwapRecord } from '../../../crds/instance.ts';
import type { Volume } from '../../../crds/volume.ts';
import type { Machine, SwapSpec } from '../../../drivers/contract.ts';
import { findCondition } from '../../kernel/status/conditions.ts';
import type { SwapState } from '../plan/types.ts';
import type { InstanceServices } from '../services.ts';
import { copiesUnderWay } from './copies.ts';
import { diskNameOf, diskOn, madeVolume, volumeSerial } from './disk.ts';
import type { InstanceVolume } from './resolve.ts';

/** Of the work in the background. */
export const swapKey = (actionUid: string): string => `swap-${actionUid}`;

interface Asked {
  /** Name within the instance; undefined: the root Volume. */
  readonly volume: string | undefined;
  /** Name of the Volume that is to take its place. */
  readonly to: string;
}

type Services = Pick<InstanceServices, 'caches' | 'volumeClaims'>;

interface Subject {
  readonly instance: Instance;
  readonly status: InstanceStatus;
  /** The machine with its definition; undefined: not read. */
  readonly details: Machine | undefined;
}

export function swapState(
  services: Services,
  subject: Subject,
  volumes: readonly InstanceVolume[],
  { volume: name, to }: Asked,
): SwapState {
  if (name === undefined) return rootSwapState(services, subject, volumes, to);
  const { caches } = services;
  const { instance } = subject;
  const has = volumes.find((one) => one.name === name && one.plugged !== 'No');
  if (has === undefined) return unfit('VolumeNotAttached', `the machine has no volume ${name}: name one of status.volumes`);
  if (has.plugged === 'Unread') return { kind: 'Unread' };
  const target = caches.volumes.get(`${instance.metadata.namespace}/${to}`);
  if (target === undefined) return unfit('VolumeNotFound', `there is no Volume ${to}: make one, blank and as large, and ask again`);
  if (has.volumeUid === target.metadata.uid)
    return has.plugged === 'Yes' ? { kind: 'Swapped' } : { kind: 'Ready', volumeUid: has.volumeUid, onlyOff: undefined };
  if (!has.wanted || has.plugged !== 'Yes')
    return unfit('VolumeNotAttached', `volume ${name} is on its way in or out: ask again when it is there`);
  const old = caches.volumes.getByUid(has.volumeUid);
  const why = notMovable(has, old) ?? notTarget(target);
  if (why !== undefined) return unfit('VolumeUnfit', why);
  return free(services, subject, volumes, old, target) ?? ready(old, target);
}

/** By the definition, which names the new disk once it is through. */
function rootSwapState(services: Services, subject: Subject, volumes: readonly InstanceVolume[], to: string): SwapState {
  const { volumes: known } = services.caches;
  const { instance, status, details } = subject;
  const has = status.rootVolume;
  if (has === undefined)
    return unfit('VolumeNotAttached', 'the machine boots from no Volume: name a volume of status.volumes in spec.swapVolume.name');
  if (details === undefined) return { kind: 'Unread' };
  const target = known.get(`${instance.metadata.namespace}/${to}`);
  if (target === undefined) return unfit('VolumeNotFound', `there is no Volume ${to}: make one, blank and as large, and ask again`);
  const root = details.disks.find(({ role }) => role === 'root')?.name;
  if (root === diskNameOf(target, target.metadata.uid)) return { kind: 'Swapped' };
  const old = known.getByUid(has.volumeUid);
  const existed =
    old?.spec.existing === undefined ? undefined : 'what the machine boots from is a disk that existed already, and is not moved';
  const why = existed ?? notTarget(target);
  if (why !== undefined) return unfit('VolumeUnfit', why);
  return free(services, subject, volumes, old, target) ?? { kind: 'Ready', volumeUid: target.metadata.uid, onlyOff: 'Root' };
}

/** Undefined: nothing is in the way of its being given to this machine. */
function free(
  { caches, volumeClaims }: Services,
  { instance, status }: Subject,
  volumes: readonly InstanceVolume[],
  old: Volume | undefined,
  target: Volume,
): SwapState | undefined {
  const { uid, name } = target.metadata;
  const holder = volumeClaims.holderBeside(uid, instance);
  if (holder !== undefined) return unfit('VolumeInUse', `Instance ${holder.metadata.name} has Volume ${name}: name another one`);
  const isOther = volumes.some((one) => one.volumeUid === uid && one.plugged !== 'No') || status.rootVolume?.volumeUid === uid;
  if (isOther) return unfit('VolumeInUse', `the machine has Volume ${name} already, as another disk: name another one`);
  return reachable(caches, status, old, target);
}

function notMovable({ name, readOnly, shared, secretId }: InstanceVolume, old: Volume | undefined): string | undefined {
  if (secretId !== undefined) return `volume ${name} is encrypted, and is not moved`;
  if (shared !== undefined) return `volume ${name} is one that several may have, and is not moved`;
  if (readOnly) return `volume ${name} is readOnly: make a copy of its Volume instead (sourceVolumeName)`;
  return old?.spec.existing === undefined ? undefined : `volume ${name} is a disk that existed already, and is not moved`;
}

function notTarget({ metadata, spec }: Volume): string | undefined {
  const { name } = metadata;
  if (metadata.deletionTimestamp !== undefined) return `Volume ${name} is being deleted: name another one`;
  if (spec.encryption !== undefined) return `Volume ${name} is encrypted: name another one`;
  if ((spec.accessMode ?? 'ReadWriteOnce') !== 'ReadWriteOnce') return `Volume ${name} is for several Instances: name another one`;
  if (spec.existing !== undefined || spec.imageName !== undefined || spec.sourceVolumeName !== undefined)
    return `Volume ${name} did not begin blank: name another one`;
  return undefined;
}

/** One that is not known by now is as large, for all that can be told: the host looks again. */
function ready(old: Volume | undefined, target: Volume): SwapState {
  const [size = 0, had = size] = [target, old].map((one) => one && madeVolume(one)?.capacityBytes);
  return { kind: 'Ready', volumeUid: target.metadata.uid, onlyOff: size > had ? 'Larger' : undefined };
}

function reachable(
  { hypervisors, copiesOf }: Services['caches'],
  { hypervisorName = '' }: InstanceStatus,
  old: Volume | undefined,
  target: Volume,
): SwapState | undefined {
  const { name, namespace } = target.metadata;
  const made = madeVolume(target);
  if (made === undefined) {
    const stalled = findCondition(target.status?.conditions, 'Stalled')?.message;
    const hint = stalled ?? `set its spec.hypervisorName to ${hypervisorName}, and ask again when it is there`;
    return unfit('VolumeNotMade', `Volume ${name} is not made yet: ${hint}`);
  }
  if (diskOn(made, hypervisorName, hypervisors) === undefined)
    return unfit(
      'VolumeElsewhere',
      `Volume ${name} is on Hypervisor ${made.hypervisorName}, out of reach of ${hypervisorName}: name another one`,
    );
  const copies = [old, target].flatMap((one) =>
    one === undefined ? [] : copiesUnderWay(`${namespace}/${one.metadata.name}`, hypervisorName, copiesOf),
  );
  if (copies.length > 0)
    return unfit('VolumeBeingCopied', `Volume ${copies.join(', ')} is being made as a copy: ask again when it is there`);
  const size = old && madeVolume(old)?.capacityBytes;
  return size === undefined || size <= made.capacityBytes
    ? undefined
    : unfit(
        'VolumeSizeDiffers',
        `Volume ${name} has ${made.capacityBytes} bytes, and the one that is to move ${size}: give it at least that spec.size`,
      );
}

const unfit = (reason: string, message: string): SwapState => ({ kind: 'Unfit', reason, message });

export interface VolumeToSwap {
  readonly to: SwapSpec['to'];
  readonly sizeBytes: number;
}

/** What the machine is to have; undefined: the Volume is gone, or out of reach. */
export function volumeToSwap(
  { volumes, hypervisors }: Services['caches'],
  { spec }: Instance,
  { hypervisorName = '' }: InstanceStatus,
  { name, volumeUid }: SwapRecord,
): VolumeToSwap | undefined {
  const volume = volumes.getByUid(volumeUid);
  const made = volume && madeVolume(volume);
  const disk = made && diskOn(made, hypervisorName, hypervisors);
  if (made !== undefined && disk !== undefined && name === undefined)
    return { to: { ...disk, role: 'root' }, sizeBytes: made.capacityBytes };
  const bus = spec.volumes?.find((one) => one.name === name)?.bus;
  const on = bus === 'SCSI' ? ({ bus: 'scsi' } as const) : bus === 'SATA' ? ({ bus: 'sata' } as const) : {};
  if (made === undefined || disk === undefined || name === undefined) return undefined;
  return { to: { id: name, ...disk, serial: volumeSerial(volumeUid), readOnly: false, ...on }, sizeBytes: made.capacityBytes };
}
