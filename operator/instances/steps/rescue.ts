/** Steps that make a machine a rescue machine, and make it itself again: its disks, its config drive, its definition. */
import type { Disk, DiskRef } from '../../../drivers/contract.ts';
import { DriverError } from '../../../drivers/labels.ts';
import { configDrive, configDriveFiles, configHash, driveShape } from '../config-drive.ts';
import { rescueConfig } from '../configdrive/rescue-config.ts';
import type { Become } from '../machine-spec.ts';
import { configDrivePrefix, rescueDiskName, rescueDriveName, rescuePrefix } from '../naming.ts';
import type { Pass, RescueMakings } from '../pass.ts';
import { bareConfigOf } from './config-drive.ts';
import { wantedMachine } from './define.ts';
import { deleteDisk, earlierOwners, poolOf } from './disks.ts';
import { changes, reads, WORK_MS } from './host.ts';
import { poolNames, poolsOfTwins } from './pools.ts';
import { volumesToDefine } from './volumes.ts';

/** As large as its image. An earlier attempt's is kept: what cleans up after a rescue finds it by its name. */
export async function createRescueDisk(pass: Pass): Promise<undefined> {
  const { base } = makings(pass);
  const disk = { ...rescueDisk(pass), sizeBytes: base.virtualSizeBytes, baseKey: base.key };
  await changes(pass, 'Build', WORK_MS, (driver, call) => driver.createDisk(disk, call));
  return undefined;
}

/** A machine that is off becomes the rescue machine, with a config drive of its own; the one that it had stays where it is. */
export async function enterRescue(pass: Pass): Promise<undefined> {
  const { image, password } = makings(pass);
  const shape = driveShape(image.spec.properties);
  const files = configDriveFiles(rescueConfig(bareConfigOf(pass), password), shape);
  const drive: DiskRef = { pool: poolOf(pass), name: rescueDriveName(pass.scene.world.identity.uid, configHash(files, shape)) };
  await changes(pass, 'Build', WORK_MS, (driver, call) => driver.writeDisk(drive, configDrive(files, shape), call));
  const device = shape.device === 'CDROM' ? ({ device: 'CDROM' } as const) : {};
  await become(pass, { role: 'rescue', disk: rescueDisk(pass), configDrive: { ...drive, ...device } });
  return undefined;
}

/** The machine is itself again. What its config drive is to say now it is told at its next start. */
export async function leaveRescue(pass: Pass): Promise<undefined> {
  const drives = await disksNamed(pass, [...owners(pass), ...earlierOwners(pass)].map(configDrivePrefix));
  await become(pass, { role: 'main', configDrive: drives.at(-1) });
  return undefined;
}

/** All that was made for a rescue, found by name: left-overs of a killed operator, too. */
export async function deleteRescueDisks(pass: Pass): Promise<undefined> {
  const shared = poolsOfTwins(pass);
  for (const disk of await disksNamed(pass, owners(pass).map(rescuePrefix)))
    if (!shared.has(disk.pool)) await deleteDisk(pass, disk, pass.call.signal);
  return undefined;
}

async function become(pass: Pass, what: Become): Promise<void> {
  if (pass.scene.details === undefined) throw new DriverError('Conflict', 'the machine was not read', { reason: 'ReferenceLost' });
  const volumes = await volumesToDefine(pass);
  const spec = { ...wantedMachine(pass, what), ...(volumes.length === 0 ? {} : { volumes }) };
  await changes(pass, 'Build', WORK_MS, (driver, call) => driver.define(spec, call));
}

const rescueDisk = (pass: Pass): DiskRef => ({
  pool: poolOf(pass),
  name: rescueDiskName(pass.scene.world.identity.uid, makings(pass).base.key),
});

/** It was looked for in this pass, before the plan that needs it. */
function makings({ rescue }: Pass): RescueMakings {
  if (rescue === undefined) throw new DriverError('Conflict', 'the image of the rescue was not looked for', { reason: 'ReferenceLost' });
  return rescue;
}

/** A machine that was taken over may have disks that are named after its id. */
function owners({ scene }: Pass): readonly string[] {
  const { identity, record } = scene.world;
  return [...new Set([identity.uid, record.machineId ?? identity.uid])];
}

async function disksNamed(pass: Pass, prefixes: readonly string[]): Promise<readonly Disk[]> {
  const found: Disk[] = [];
  for (const namePrefix of prefixes)
    found.push(...(await reads(pass, (driver, call) => driver.listDisks({ pools: poolNames(pass), namePrefix }, call))));
  return found;
}
