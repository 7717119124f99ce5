/** Volumes into and out of the machine: claimed in status first, then plugged in; each is tried, whatever becomes of the others. */
import type { InstanceStatus } from '../../../crds/instance.ts';
import type { DiskRef, MachineVolume } from '../../../drivers/contract.ts';
import { DriverError } from '../../../drivers/labels.ts';
import { SWAP_REQUIRED } from '../plan/volume-swap.ts';
import { isOwnedBy } from '../../../drivers/owner.ts';
import { volumeSerial } from '../volumes/disk.ts';
import { writeStatus, type Pass } from '../pass.ts';
import { attachedAs } from '../volumes/report.ts';
import type { InstanceVolume } from '../volumes/resolve.ts';
import { usersElsewhere, type SharedUsers } from '../volumes/sharing.ts';
import { changes, reads, targetOf, WORK_MS } from './host.ts';

/** What the plan names. The first failure is the step's. */
export async function plugVolumes(pass: Pass): Promise<undefined> {
  const named = new Set((pass.plan.volumes ?? []).map(({ name, wanted }) => `${wanted} ${name}`));
  const volumes = pass.scene.volumes.filter(({ name, wanted }) => named.has(`${wanted} ${name}`));
  const failures: unknown[] = [];
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      pass.call.signal.throwIfAborted();
      failures.push(error);
    }
  };
  for (const volume of volumes) if (!volume.wanted) await attempt(() => unplug(pass, volume));
  const comers = await claimVolumes(
    pass,
    volumes.filter(({ wanted }) => wanted),
  );
  for (const volume of comers) await attempt(() => plug(pass, volume));
  if (failures.length > 0) throw failures[0];
  return undefined;
}

async function unplug(pass: Pass, volume: InstanceVolume): Promise<void> {
  noteTried(pass, volume, 'Detaching');
  await changes(pass, 'Build', WORK_MS, (driver, call) => driver.detachVolume(targetOf(pass), volume.name, call));
}

async function plug(pass: Pass, volume: InstanceVolume): Promise<void> {
  const [machineVolume] = machineVolumes([volume]);
  if (machineVolume === undefined) return;
  noteTried(pass, volume, 'Attaching');
  const others = await othersElsewhere(pass, volume);
  if (others.length > 0) {
    const message = `disk ${machineVolume.name} is that of ${others.join(', ')}: take it away there`;
    throw new DriverError('Conflict', message, { reason: 'DiskInUse' });
  }
  await changes(pass, 'Build', WORK_MS, (driver, call) => driver.attachVolume(targetOf(pass), machineVolume, call));
}

/** In the draft: what is tried again waits its time. */
function noteTried(pass: Pass, volume: InstanceVolume, phase: 'Attaching' | 'Detaching'): void {
  pass.status = withVolumes(pass.status, [attachedAs(volume, phase)]);
}

/**
 * Written before anything is done on the host: from here on no other Instance is given them. Those that another one
 * claimed meanwhile are left out.
 */
export async function claimVolumes(pass: Pass, volumes: readonly InstanceVolume[]): Promise<readonly InstanceVolume[]> {
  const { volumeClaims } = pass.services;
  const free = volumes.filter(
    ({ volumeUid, shared }) => shared !== undefined || volumeClaims.holderBeside(volumeUid, pass.instance) === undefined,
  );
  const known = new Set((pass.instance.status?.volumes ?? []).map(({ volumeUid }) => volumeUid));
  const claimed = free.filter(({ volumeUid }) => !known.has(volumeUid));
  if (claimed.length > 0) {
    const entries = claimed.map((volume) => attachedAs(volume, 'Attaching'));
    const uids = claimed.map(({ volumeUid }) => volumeUid);
    await volumeClaims.during(uids, pass.instance, () => writeStatus(pass, withVolumes(pass.instance.status ?? {}, entries)));
    pass.status = withVolumes(pass.status, entries);
  }
  return free;
}

/** For a definition that is about to be made: those that are there, and that no other machine has. A bad one keeps no guest from its boot. */
export async function volumesToDefine(pass: Pass): Promise<readonly MachineVolume[]> {
  const wanted = pass.scene.volumes.filter(
    ({ wanted: is, hindrance }) => is && (hindrance === undefined || hindrance.reason === SWAP_REQUIRED),
  );
  if (wanted.length === 0) return [];
  const claimed = await claimVolumes(pass, wanted);
  const usable = await Promise.all(claimed.map(async (volume) => ((await isUsable(pass, volume)) ? [volume] : [])));
  return machineVolumes(usable.flat());
}

async function isUsable(pass: Pass, volume: InstanceVolume): Promise<boolean> {
  const { disk, shared } = volume;
  if (disk === undefined) return false;
  const { pool, name } = disk;
  const found = await reads(pass, (driver, call) => driver.listDisks({ pools: [pool], namePrefix: name, expected: [name] }, call), WORK_MS);
  if (!found.some((one) => one.name === name)) return false;
  if (shared !== undefined) return true;
  const users = await reads(pass, (driver, call) => driver.diskUsers(disk, call), WORK_MS);
  return users.every((user) => user === ownName(pass)) && (await othersElsewhere(pass, volume)).length === 0;
}

/**
 * On other hosts that reach the disk. Asked before the machine has it, for this is dear; and a host that does not answer keeps
 * nobody from a disk that no Instance has.
 */
async function othersElsewhere(pass: Pass, { disk, shared, plugged }: InstanceVolume): Promise<readonly string[]> {
  if (disk === undefined || shared !== undefined || plugged === 'Yes') return [];
  return (await sharedUsers(pass, disk)).users;
}

export function sharedUsers(pass: Pass, disk: DiskRef): Promise<SharedUsers> {
  const { services, status, scene, call } = pass;
  const around = { hosts: services.hosts, hypervisors: services.caches.hypervisors };
  const reader = scene.world.identity;
  return usersElsewhere(around, { hypervisorName: status.hypervisorName ?? '', disk, ownName: ownName(pass), reader }, call.signal);
}

/** Name of the machine on its host, where it is there and ours. */
export function ownName({ scene }: Pass): string | undefined {
  const { state, world } = scene;
  return state !== undefined && isOwnedBy(state.owner, world.identity) ? state.name : undefined;
}

const machineVolumes = (volumes: readonly InstanceVolume[]): readonly MachineVolume[] =>
  volumes.flatMap(({ name: id, volumeUid, readOnly, bus, shared, secretId, disk }) =>
    disk === undefined
      ? []
      : [
          {
            id,
            ...disk,
            serial: volumeSerial(volumeUid),
            readOnly,
            ...(bus === undefined ? {} : { bus }),
            ...(shared === undefined ? {} : { shared }),
            ...(secretId === undefined ? {} : { secretId }),
          },
        ],
  );

export function withVolumes(status: InstanceStatus, entries: readonly NonNullable<InstanceStatus['volumes']>[number][]): InstanceStatus {
  const added = new Set(entries.map(({ name, volumeUid }) => `${name} ${volumeUid}`));
  const others = (status.volumes ?? []).filter(({ name, volumeUid }) => !added.has(`${name} ${volumeUid}`));
  return { ...status, volumes: [...others, ...entries] };
}
