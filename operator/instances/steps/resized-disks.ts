/**
 * The disks of a resize. Those of the new size are made from the ones there are, which nothing writes to from then on:
 * returning to these is naming them again. Why, and what it costs: docs/adr/0013.
 */
import type { ResizedDisk, ResizeRecord } from '../../../crds/instance.ts';
import { parseQuantity } from '../../../crds/quantity.ts';
import type { DiskRef, Machine } from '../../../drivers/contract.ts';
import { isMadeFrom, stemOf, topmostFirst } from '../../../drivers/disk-names.ts';
import { DriverError } from '../../../drivers/labels.ts';
import { diskPrefix } from '../naming.ts';
import type { Pass } from '../pass.ts';
import { deleteDisk, diskSize } from './disks.ts';
import { changes, reads, targetOf, WORK_MS } from './host.ts';

/** A disk that the machine has and that a flavor sizes. */
export interface StandingDisk {
  readonly disk: DiskRef;
  readonly role: ResizedDisk['name'];
  readonly sizeBytes: number;
}

/** The root disk first, unless it is a Volume. Only those that were made for this Instance, or for the one that had the machine before. */
export async function standingDisks(pass: Pass): Promise<readonly StandingDisk[]> {
  const machine = await machineNow(pass);
  const root = rootOf(pass, machine);
  const ephemeral = ephemeralOf(pass, machine, root?.pool);
  const standing = async (role: StandingDisk['role'], disk: DiskRef | undefined): Promise<readonly StandingDisk[]> =>
    disk === undefined ? [] : [{ disk, role, sizeBytes: await diskSize(pass, disk) }];
  return [...(await standing('root', root)), ...(await standing('ephemeral', ephemeral))];
}

/** The definition that comes next names them. */
export async function createResizedDisks(pass: Pass): Promise<undefined> {
  const { from, to } = resizeRecord(pass);
  const pool = poolOfOwn(pass, await machineNow(pass));
  for (const { name, volume, size } of to.disks) {
    const disk = { pool, name: volume, sizeBytes: parseQuantity(size), fromDisk: volumeOf(from, name) };
    await changes(pass, 'Build', WORK_MS, (driver, call) => driver.createDisk(disk, call));
  }
  pass.exchangedDisks = new Map(to.disks.map(({ name, volume }) => [volumeOf(from, name), volume]));
  return undefined;
}

/** The definition that comes next names the old disks. */
export function takeOldDisks(pass: Pass): Promise<undefined> {
  const { from, to } = resizeRecord(pass);
  pass.exchangedDisks = new Map(from.disks.map(({ name, volume }) => [volumeOf(to, name), volume]));
  return Promise.resolve(undefined);
}

/** Before the machine runs on the old disks: what was made from them would no longer fit them. */
export async function removeResizedDisks(pass: Pass): Promise<undefined> {
  const { from } = resizeRecord(pass);
  const machine = await machineNow(pass);
  const pool = poolOfOwn(pass, machine);
  for (const { volume } of from.disks) {
    if (!machine.disks.some(({ name }) => name === volume)) {
      throw new DriverError('Conflict', `the machine does not have disk ${volume} again yet`, { reason: 'DiskInUse' });
    }
    await removeMadeFrom(pass, { pool, name: volume });
  }
  return undefined;
}

/** Somebody may have moved the machine since, without the disks that it does not use: then there is no way back. */
export async function findOldDisks(pass: Pass): Promise<void> {
  const pool = poolOfOwn(pass, await machineNow(pass));
  for (const { volume } of resizeRecord(pass).from.disks) await diskSize(pass, { pool, name: volume });
}

/** All that stand on the disk, which the machine must be known to use itself. */
export async function removeMadeFrom(pass: Pass, { pool, name }: DiskRef): Promise<void> {
  const namePrefix = stemOf(name);
  const alike = await reads(pass, (driver, call) => driver.listDisks({ pools: [pool], namePrefix }, call));
  for (const disk of topmostFirst(alike.filter((one) => isMadeFrom(one.name, name)))) await deleteDisk(pass, disk, pass.call.signal);
}

export function resizeRecord({ status: { resize } }: Pass): ResizeRecord {
  if (resize === undefined) throw lost('the record of the resize');
  return resize;
}

function volumeOf({ disks }: ResizeRecord['from'], role: ResizedDisk['name']): string {
  const disk = disks.find(({ name }) => name === role);
  if (disk === undefined) throw lost(`the record of the ${role} disk`);
  return disk.volume;
}

/** Read afresh: what goes by its definition goes by nothing older. */
async function machineNow(pass: Pass): Promise<Machine> {
  const { machineId } = targetOf(pass);
  const machine = await reads(pass, (driver, call) => driver.inspect(machineId, call));
  if (machine === undefined) throw lost(`machine ${machineId}`);
  return machine;
}

/** Undefined: it is a Volume, which grows with that and stays what it is. */
function rootOf(pass: Pass, { disks }: Machine): DiskRef | undefined {
  const root = disks.find(({ role }) => role === 'root');
  if (root !== undefined && isOwn(pass, root)) return root;
  if (root !== undefined && pass.scene.wanted.rootVolume !== undefined) return undefined;
  throw new DriverError('Unsupported', 'the root disk was not made for this Instance: it is not resized', { reason: 'RootDiskNotOwn' });
}

const ephemeralOf = (pass: Pass, { disks }: Machine, pool: string | undefined): DiskRef | undefined =>
  disks.find((one) => one.role === 'ephemeral' && one.label === undefined && (pool ?? one.pool) === one.pool && isOwn(pass, one));

/** Those that a resize makes are together. None: there is nothing to make. */
const poolOfOwn = (pass: Pass, machine: Machine): string =>
  rootOf(pass, machine)?.pool ?? ephemeralOf(pass, machine, undefined)?.pool ?? '';

const isOwn = ({ scene, status }: Pass, { name }: DiskRef): boolean =>
  [scene.world.identity.uid, status.machineId].some((owner) => owner !== undefined && name.startsWith(diskPrefix(owner)));

const lost = (what: string): DriverError => new DriverError('Conflict', `${what} went missing meanwhile`, { reason: 'ReferenceLost' });
