/** Steps that write down the stages of a resize and of its reverting: each before anything is done for the next. */
import type { InstanceDisk, InstanceStatus, ResizedDisk, ResizeRecord } from '../../../crds/instance.ts';
import { formatQuantity, parseQuantity } from '../../../crds/quantity.ts';
import { nextDiskName } from '../../../drivers/disk-names.ts';
import { DriverError } from '../../../drivers/labels.ts';
import { keyOf } from '../../kernel/api/object.ts';
import { candidates } from '../candidates.ts';
import { claimOf } from '../claims.ts';
import { instant } from '../instant.ts';
import { writeStatus, type Pass } from '../pass.ts';
import { FLAVOR_SET_BACK } from '../plan/resize/resize.ts';
import { sizeOf, type Size } from '../size.ts';
import { findOldDisks, removeMadeFrom, resizeRecord, standingDisks } from './resized-disks.ts';
import type { Pending } from './types.ts';

/** Room on a host comes and goes without a word. */
export const ROOM_RETRY_MS = 60_000;

/** What it was and what it becomes, once there is room for it and nothing left over in its way. */
export async function beginResize(pass: Pass): Promise<Pending | undefined> {
  const { services, scene, instance, status } = pass;
  const to = sizeOf(instance.spec.flavorName, instance.spec, services.caches);
  const { size: from } = scene.wanted;
  if (to === undefined || from === undefined)
    throw new DriverError('Conflict', 'the flavor went missing meanwhile', { reason: 'ReferenceLost' });
  const full = noRoomFor(pass, to);
  if (full !== undefined) return { reason: 'HostFull', message: full, retryAt: services.clock.now() + ROOM_RETRY_MS };
  const disks = await standingDisks(pass);
  for (const { disk } of disks) await removeMadeFrom(pass, disk);
  const told = disks.map(({ disk, role, sizeBytes }) => ({ name: role, volume: disk.name, size: formatQuantity(sizeBytes) }));
  const larger = told.map((disk) => grown(disk, to));
  const record: ResizeRecord = {
    phase: 'Resizing',
    from: resizeEnd(from, told),
    to: resizeEnd(to, larger),
    runId: services.newId(),
    startedAt: now(pass),
  };
  const key = keyOf(instance);
  services.claims.assume(key, {
    hypervisorName: status.hypervisorName ?? '',
    vcpus: Math.max(from.vcpus, to.vcpus),
    memoryBytes: Math.max(from.memoryBytes, to.memoryBytes),
  });
  try {
    await writeDown(pass, { resize: record });
  } catch (error) {
    services.claims.forget(key, claimOf(pass.instance));
    throw error;
  }
  return undefined;
}

export async function finishResize(pass: Pass): Promise<undefined> {
  const record = resizeRecord(pass);
  endShutdown(pass);
  await writeDown(pass, { resize: { ...record, phase: 'AwaitingConfirmation', resizedAt: now(pass) }, ...sizedAs(pass, record.to) });
  return undefined;
}

/** The old disks stay for what the new ones have of them, until all go with the Instance. */
export async function confirmResize(pass: Pass): Promise<undefined> {
  const { from, to } = resizeRecord(pass);
  await writeDown(pass, { resize: undefined });
  const note = `Flavor ${to.flavorName} stays, instead of ${from.flavorName}`;
  pass.services.events.record(pass.instance, { type: 'Normal', reason: 'ResizeConfirmed', action: 'ConfirmResize', note });
  return undefined;
}

export async function beginRevert(pass: Pass): Promise<undefined> {
  const { why } = pass.plan;
  if (why === undefined) throw new DriverError('Conflict', 'the plan names no reason', { reason: 'Unplanned' });
  await findOldDisks(pass);
  await writeDown(pass, { resize: { ...resizeRecord(pass), phase: 'Reverting', runId: pass.services.newId(), ...why } });
  return undefined;
}

export async function finishRevert(pass: Pass): Promise<undefined> {
  const record = resizeRecord(pass);
  const { machine } = pass.scene.world;
  const untouched = machine.kind === 'Present' && machine.machine.power === 'Running' && machine.machine.runId !== record.runId;
  // A guest that heard a signal may heed it yet, though nobody asks for it any more.
  if (!untouched) endShutdown(pass);
  const resize: ResizeRecord | undefined = record.reason === FLAVOR_SET_BACK ? undefined : { ...record, phase: 'Reverted' };
  await writeDown(pass, { resize, ...sizedAs(pass, record.from) });
  return undefined;
}

/** The shutdown that was waited for was that of an earlier run. */
function endShutdown(pass: Pass): void {
  const { task: _, ...rest } = pass.status;
  pass.status = rest;
}

/** Undefined: the host has room for it, beside what others claim. */
export function noRoomFor({ services, instance, status }: Pass, to: Size): string | undefined {
  const host = candidates(services).find(({ name }) => name === status.hypervisorName);
  const own = services.claims.of(keyOf(instance));
  if (host?.allocatable === undefined || own === undefined) return undefined;
  const { allocatable, claimed, name } = host;
  if (!fits(claimed.vcpus, own.vcpus, to.vcpus, allocatable.vcpus))
    return `Hypervisor ${name} has too few CPUs for Flavor ${to.flavorName}`;
  return fits(claimed.memoryBytes, own.memoryBytes, to.memoryBytes, allocatable.memoryBytes)
    ? undefined
    : `Hypervisor ${name} has too little memory for Flavor ${to.flavorName}`;
}

/** `mine` of `all` that is claimed becomes `wanted`. */
const fits = (all: number, mine: number, wanted: number, limit: number): boolean => wanted <= mine || all - mine + wanted <= limit;

const resizeEnd = ({ flavorName, vcpus, memoryBytes }: Size, disks: readonly ResizedDisk[]): ResizeRecord['from'] => ({
  flavorName,
  vcpus,
  memory: formatQuantity(memoryBytes),
  disks,
});

/** Never cut off: a flavor of 0 asks for no size. */
function grown({ name, volume, size }: ResizedDisk, { rootDiskBytes, ephemeralBytes }: Size): ResizedDisk {
  const asked = name === 'root' ? rootDiskBytes : ephemeralBytes;
  return { name, volume: nextDiskName(volume), size: formatQuantity(Math.max(asked, parseQuantity(size))) };
}

/** What else status says of the size. */
function sizedAs({ status }: Pass, { flavorName, vcpus, memory, disks }: ResizeRecord['from']): Written {
  const rootDisk = disks.find(({ name }) => name === 'root')?.size ?? 0;
  const told = status.disks?.map((disk) => toldAs(disk, disks));
  return { resolved: { ...status.resolved, flavorName, vcpus, memory, rootDisk }, ...(told === undefined ? {} : { disks: told }) };
}

/** Of the root disk status knows the size. */
function toldAs(disk: InstanceDisk, disks: readonly ResizedDisk[]): InstanceDisk {
  const as = disks.find(({ name }) => name === disk.name);
  return as === undefined ? disk : { ...disk, volume: as.volume, ...(disk.role === 'root' ? { size: as.size } : {}) };
}

type Written = { readonly [Field in 'resize' | 'resolved' | 'disks']?: InstanceStatus[Field] | undefined };

/** Only this: what else the draft holds is told at the end of the pass. */
async function writeDown(pass: Pass, over: Written): Promise<void> {
  await writeStatus(pass, { ...pass.instance.status, ...over } as InstanceStatus);
  pass.status = { ...pass.status, ...over } as InstanceStatus;
}

const now = ({ services }: Pass): string => instant(services.clock.now());
