/**
 * The volumes of an Instance: those that its spec names, and those that its machine still has. From caches, and the
 * machine's definition where that was read; else from what status says of it.
 */
import type { AttachedVolume, Instance, InstanceStatus, VolumeAttachment } from '../../../crds/instance.ts';
import type { VolumeBus } from '../../../crds/vocabulary.ts';
import type { Volume } from '../../../crds/volume.ts';
import type { DiskRef, Machine, MachineVolume, PluggedVolume } from '../../../drivers/contract.ts';
import { keyOf } from '../../kernel/api/object.ts';
import { findCondition } from '../../kernel/status/conditions.ts';
import { copiesUnderWay, untilCopied } from './copies.ts';
import { diskNameOf, diskOn, madeVolume } from './disk.ts';
import { keptVolume, untilSwapped, type Kept } from './kept.ts';
import type { Hindrance, VolumeFacts } from '../plan/types.ts';
import { VOLUME_BEING_COPIED } from '../plan/volume-copied.ts';
import { VOLUME_ELSEWHERE } from '../plan/volume-elsewhere.ts';
import type { InstanceServices } from '../services.ts';

/** What is planned with, and what steps and report need besides. */
export interface InstanceVolume extends VolumeFacts {
  readonly volumeName: string;
  readonly volumeUid: string;
  readonly readOnly: boolean;
  readonly bus: MachineVolume['bus'];
  readonly tag: string | undefined;
  /** Other Instances may have it as well. */
  readonly shared: MachineVolume['shared'];
  /** Of an encrypted one. */
  readonly secretId: string | undefined;
  /** Undefined: it is not made, or its host cannot reach it. */
  readonly disk: DiskRef | undefined;
}

const BUSES: Readonly<Record<VolumeBus, MachineVolume['bus']>> = { Virtio: undefined, SCSI: 'scsi', SATA: 'sata' };

interface Subject {
  readonly instance: Instance;
  readonly status: InstanceStatus;
  /** The machine with its definition; undefined: not read. */
  readonly details: Machine | undefined;
}

export function resolveVolumes(services: InstanceServices, subject: Subject): readonly InstanceVolume[] {
  const { spec, metadata } = subject.instance;
  if (spec.volumes === undefined && subject.status.volumes === undefined && subject.details?.volumes === undefined) return [];
  const wanted = (spec.volumes ?? []).map((asked) => {
    const kept = keptVolume(services.caches.volumes, subject.status, subject.details, asked);
    if (kept !== undefined) return resolveKept(services, subject, asked, kept);
    const volume = services.caches.volumes.get(`${metadata.namespace}/${asked.volumeName}`);
    return resolveWanted(services, subject, asked, volume);
  });
  return [...wanted, ...leftOver(subject, wanted)];
}

/** As the spec asks for it, but for which Volume it is. */
function resolveKept(services: InstanceServices, subject: Subject, asked: VolumeAttachment, kept: Kept): InstanceVolume {
  const volume = services.caches.volumes.getByUid(kept.volumeUid);
  const has = resolveWanted(services, subject, { ...asked, volumeName: kept.volumeName }, volume);
  return has.plugged === 'Yes' ? { ...has, hindrance: untilSwapped(kept, asked) } : has;
}

function resolveWanted(
  services: InstanceServices,
  subject: Subject,
  { name, volumeName, readOnly = false, bus, tag }: VolumeAttachment,
  volume: Volume | undefined,
): InstanceVolume {
  const listed = subject.status.volumes?.find((one) => one.name === name);
  const volumeUid = volume?.metadata.uid ?? (listed?.volumeName === volumeName ? listed.volumeUid : '');
  const isListed = listed?.volumeUid === volumeUid;
  const { hypervisorName } = subject.status;
  const made = volume && madeVolume(volume);
  const disk = made && hypervisorName !== undefined ? diskOn(made, hypervisorName, services.caches.hypervisors) : undefined;
  const diskName = diskNameOf(volume, volumeUid);
  const plugged = pluggedOf(subject, name, diskName, isListed ? listed : undefined);
  const hindrance =
    plugged === 'Yes'
      ? undefined
      : (nameTaken(subject, name, diskName) ?? hindranceOf(services, subject, { name, volumeName, readOnly }, volume));
  const tried = isListed && listed.phase === 'Attaching';
  return {
    name,
    volumeName,
    volumeUid,
    readOnly,
    bus: BUSES[bus ?? 'Virtio'],
    tag,
    shared: volume && sharedBy(volume),
    secretId: volume && secretOf(volume),
    disk,
    wanted: true,
    plugged,
    tried,
    hindrance,
  };
}

/** As it was read; as status says, where nothing was. A machine that is off has what its definition has. */
function pluggedOf({ details }: Subject, name: string, disk: string, listed: AttachedVolume | undefined): VolumeFacts['plugged'] {
  if (details === undefined) return listed?.phase === 'Attached' ? 'Yes' : 'Unread';
  const found = details.volumes?.find((one) => one.id === name && one.name === disk);
  switch (found?.plugged) {
    case undefined:
      return 'No';
    case 'Both':
      return 'Yes';
    case 'Run':
      return 'Partly';
    case 'Next':
      return details.power === 'Running' || details.power === 'Paused' ? 'Partly' : 'Yes';
  }
}

const secretOf = ({ metadata, spec }: Volume): string | undefined => (spec.encryption === undefined ? undefined : metadata.uid);

function sharedBy({ spec }: Volume): MachineVolume['shared'] {
  switch (spec.accessMode ?? 'ReadWriteOnce') {
    case 'ReadWriteOnce':
      return undefined;
    case 'ReadOnlyMany':
      return 'Read';
    case 'ReadWriteMany':
      return 'Write';
  }
}

/** Another disk is plugged in under the name, and on its way out. */
function nameTaken({ details }: Subject, name: string, diskName: string): Hindrance | undefined {
  const other = details?.volumes?.find((one) => one.id === name && one.name !== diskName);
  return other && { kind: 'Coming', reason: 'VolumeDetaching', until: `the guest has let go of the volume that was ${name} before` };
}

function hindranceOf(
  services: InstanceServices,
  { instance, status }: Subject,
  { name, volumeName, readOnly = false }: VolumeAttachment,
  volume: Volume | undefined,
): Hindrance | undefined {
  if (volume === undefined) return { kind: 'Missing', reason: 'VolumeNotFound', until: `Volume ${volumeName} exists` };
  if (volume.metadata.deletionTimestamp !== undefined)
    return bad('VolumeDeleting', `there is another Volume ${volumeName}: this one is being deleted`);
  const shared = sharedBy(volume);
  if (shared === 'Read' && !readOnly)
    return bad('VolumeReadOnly', `spec.volumes has ${name} readOnly: Volume ${volumeName} is ReadOnlyMany`);
  const holder = shared !== undefined ? undefined : services.volumeClaims.holderBeside(volume.metadata.uid, instance);
  if (holder !== undefined) return bad('VolumeInUse', `Instance ${holder.metadata.name} gives Volume ${volumeName} back`);
  const copies = copiesUnderWay(keyOf(volume), status.hypervisorName, services.caches.copiesOf);
  if (copies.length > 0) return { kind: 'Coming', reason: VOLUME_BEING_COPIED, until: untilCopied(keyOf(volume), copies) };
  const made = madeVolume(volume);
  if (made === undefined) {
    const stalled = findCondition(volume.status?.conditions, 'Stalled');
    return stalled === undefined
      ? { kind: 'Coming', reason: 'VolumeNotMade', until: `Volume ${volumeName} has been made` }
      : bad('VolumeNotMade', `Volume ${volumeName} can be made (${stalled.message})`);
  }
  const { hypervisorName } = status;
  if (hypervisorName === undefined || diskOn(made, hypervisorName, services.caches.hypervisors) !== undefined) return undefined;
  return bad(
    VOLUME_ELSEWHERE,
    `Volume ${volumeName}, which is on Hypervisor ${made.hypervisorName}, can be reached from ${hypervisorName}`,
  );
}

const bad = (reason: string, until: string): Hindrance => ({ kind: 'Bad', reason, until });

/** What the machine has and the spec does not ask for, or not under that name; and what status lists and nobody has looked for yet. */
function leftOver({ status, details }: Subject, wanted: readonly InstanceVolume[]): readonly InstanceVolume[] {
  const isWanted = (name: string, volumeUid: string): boolean => wanted.some((one) => one.name === name && one.volumeUid === volumeUid);
  const listed = status.volumes ?? [];
  const plugged = (details?.volumes ?? [])
    .map((one) => ({ one, uid: uidOfDisk(one, wanted, listed) }))
    .filter(({ one, uid }) => !isWanted(one.id, uid));
  const seen = plugged.map(({ one, uid }) => {
    const known = listed.find(({ name, volumeUid }) => name === one.id && volumeUid === uid);
    return leaving(known ?? { name: one.id, volumeName: one.id, volumeUid: uid, phase: 'Attached' }, 'Yes');
  });
  if (details !== undefined) return seen;
  return listed.filter(({ name, volumeUid }) => !isWanted(name, volumeUid)).map((one) => leaving(one, 'Unread'));
}

const leaving = (
  { name, volumeName, volumeUid, phase }: Pick<AttachedVolume, 'name' | 'volumeName' | 'volumeUid' | 'phase'>,
  plugged: VolumeFacts['plugged'],
): InstanceVolume => ({
  name,
  volumeName,
  volumeUid,
  readOnly: false,
  bus: undefined,
  tag: undefined,
  shared: undefined,
  secretId: undefined,
  disk: undefined,
  wanted: false,
  plugged,
  tried: phase === 'Detaching',
  hindrance: undefined,
});

/** Most are named after it; a disk that existed already is known by who has it, or had it, under that name. */
function uidOfDisk(
  { id, name }: PluggedVolume,
  wanted: readonly InstanceVolume[],
  listed: readonly Pick<AttachedVolume, 'name' | 'volumeUid'>[],
): string {
  const made = /^volume-(.*)$/.exec(name)?.[1];
  const asked = wanted.find((one) => one.name === id && one.disk?.name === name);
  return made ?? asked?.volumeUid ?? listed.find((one) => one.name === id)?.volumeUid ?? name;
}
