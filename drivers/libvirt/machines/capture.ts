/**
 * Copies of a machine's disk as base images: a backup job of QEMU while the machine is on, a conversion while it is off.
 *
 * A backup shows the disk as it was when the job began, whatever the guest writes meanwhile, and leaves its chain of files as
 * it is. A conversion reads the chain of a disk that nobody writes to; QEMU's own lock on the file keeps a start out of it.
 */
import { BackupBegin, DomainGetJobStats, DomainJobType, isLibvirtError, LibvirtError, type LibvirtClient } from 'node-libvirt';
import type { BaseImage, CapturedBase, CaptureSpec, CopySpec } from '../../contract.ts';
import { DriverError } from '../../labels.ts';
import type { Target } from '../../owner.ts';
import { pathOfDisk } from '../domain/view.ts';
import { diskElements } from '../domain/volumes.ts';
import { verdictOnWords } from '../errors.ts';
import type { Bases } from '../storage/bases.ts';
import { pathIn, pathsOf, type Pools } from '../storage/pools.ts';
import { flushVolume } from '../storage/flush.ts';
import { contentBytes, needRoom } from '../storage/room.ts';
import { qcow2Volume, volumeRef } from '../storage/volumes.ts';
import { ownTime, pause, type Left } from '../time.ts';
import { attribute, buildXml, child, children, parseXml } from '../xml.ts';
import { endMergings } from './merge.ts';
import { notFound, readIdle, readOwned, refused, type Fresh } from './fresh.ts';
import { hasBlockJob } from './jobs.ts';
import { letGo, whileQuiet } from './quiesce.ts';
import { diskUsers } from './disk-users.ts';

export interface Capturing {
  readonly client: LibvirtClient;
  readonly bases: Bases;
  readonly pools: Pools;
}

const CLEAN_UP_MS = 10_000;
const FIRST_LOOK_MS = 25;
const LONGEST_LOOK_MS = 1_000;

export async function captureBase(on: Capturing, target: Target, capture: CaptureSpec, left: Left): Promise<CapturedBase> {
  const { client, bases, pools } = on;
  const { pool: poolName, key } = capture;
  if ((await readOwned(client, target, left)) === undefined) throw notFound(target.machineId);
  const complete = await bases.made(poolName, key, left);
  if (complete !== undefined) return complete;
  const path = pathIn(await pools.ofImages(poolName, left), key);
  await endJob(client, target, path, left);
  const fresh = await readIdle(client, target, left);
  if (capture.off === true && fresh.power !== 'Stopped') throw refused(fresh, 'copy the disk of');
  let quiesced = !fresh.active;
  const base = await bases.make(
    poolName,
    key,
    async () => {
      if (fresh.active) quiesced = await backUp(on, fresh, capture, path, left);
      else await convertOff(on, target, fresh, capture, left);
    },
    left,
  );
  return { ...base, quiesced };
}

export async function copyToBase(on: Capturing, copy: CopySpec, left: Left): Promise<BaseImage> {
  const { client, bases, pools } = on;
  const complete = await bases.made(copy.pool, copy.key, left);
  if (complete !== undefined) return complete;
  const pool = await pools.made(copy.disk.pool, left);
  if ((await client.volumes.lookupByName(pool.ref, copy.disk.name, left())) === undefined) {
    const message = `disk ${copy.disk.name} is not in pool ${copy.disk.pool}`;
    throw new DriverError('NotFound', message, { reason: 'DiskNotFound' });
  }
  const needFree = async (): Promise<void> => {
    const users = await diskUsers(on, copy.disk, left);
    if (users.length > 0) throw inUse(copy, 'a machine has it');
  };
  return bases.make(
    copy.pool,
    copy.key,
    async () => {
      await needFree();
      await convert(on, copy, left, () => inUse(copy, 'a machine was given it'));
      await needFree();
    },
    left,
  );
}

const inUse = ({ disk }: CopySpec, why: string): DriverError =>
  new DriverError('Conflict', `disk ${disk.name} cannot be copied by itself: ${why}`, { reason: 'DiskInUse' });

export async function endCapture({ client, pools }: Capturing, target: Target, poolName: string, key: string, left: Left): Promise<void> {
  const fresh = await readOwned(client, target, left);
  if (fresh === undefined || !fresh.active) return;
  await endJob(client, target, pathIn(await pools.ofImages(poolName, left), key), left);
  await letGo(client, fresh.domain, left);
}

/** Ends the backup that writes to this path, if there is one, and waits until it has ended. */
async function endJob(client: LibvirtClient, { machineId: uuid }: Target, path: string, left: Left): Promise<void> {
  for (let wait = FIRST_LOOK_MS; await writesTo(client, uuid, path, left); wait = Math.min(2 * wait, LONGEST_LOOK_MS)) {
    await client.domains.abortJob({ uuid }, left()).catch((error: unknown) => {
      // It has ended by itself.
      if (!(error instanceof LibvirtError)) throw error;
    });
    await pause(wait, left);
  }
}

async function writesTo(client: LibvirtClient, uuid: string, path: string, left: Left): Promise<boolean> {
  const xml = await client.backups.xml({ uuid }, left());
  if (xml === undefined) return false;
  const disks = children(child(parseXml('domainbackup', xml), 'disks'), 'disk');
  return disks.some((disk) => attribute(child(disk, 'target'), 'file') === path);
}

/** Resolves with whether the guest's file systems were held still. */
async function backUp(on: Capturing, { domain }: Fresh, capture: CaptureSpec, path: string, left: Left): Promise<boolean> {
  const { client, pools } = on;
  const [source, pool] = await Promise.all([pools.made(capture.disk.pool, left), pools.ofImages(capture.pool, left)]);
  const { capacityBytes } = await client.volumes.info(volumeRef(source, capture.disk.name), left());
  await needRoom(client, pool, await contentBytes(client, pools, source, capture.disk.name, left), left);
  const xml = await backupXml(client, domain.uuid, pathsOf(source, capture.disk.name), path, left);
  await pool.turns.take(left, () => client.volumes.create(pool.ref, qcow2Volume(capture.key, capacityBytes, undefined), left()));
  try {
    const begin = () => client.backups.begin(domain, xml, { flags: BackupBegin.REUSE_EXTERNAL, ...left() });
    const quiesced = await whileQuiet(client, domain, capture.quiesce, begin, left);
    await untilEnded(client, domain.uuid, capture, left);
    return quiesced;
  } catch (error) {
    await endJob(client, { machineId: domain.uuid, clusterId: '', uid: '' }, path, ownTime(CLEAN_UP_MS)).catch(() => undefined);
    throw error;
  }
}

async function backupXml(client: LibvirtClient, uuid: string, paths: ReadonlySet<string>, path: string, left: Left): Promise<string> {
  const definition = await client.domains.xml({ uuid }, left());
  if (hasBlockJob(definition))
    throw new DriverError('Conflict', `a disk of machine ${uuid} is being copied: nothing is changed until that ends`, { reason: 'Busy' });
  const live = parseXml('domain', definition);
  await endMergings(client, { uuid }, live, left);
  const disks = diskElements(live).map((one) => {
    const name = attribute(child(one, 'target'), 'dev') ?? '';
    if (!paths.has(pathOfDisk(one))) return { '@name': name, '@backup': 'no' };
    return { '@name': name, '@backup': 'yes', '@type': 'file', target: { '@file': path }, driver: { '@type': 'qcow2' } };
  });
  if (disks.some((one) => one['@backup'] === 'yes')) return buildXml('domainbackup', { '@mode': 'push', disks: { disk: disks } });
  throw new DriverError('NotFound', `machine ${uuid} has no disk ${[...paths].join(', ')}`, { reason: 'DiskNotFound' });
}

async function untilEnded(client: LibvirtClient, uuid: string, { onProgress }: CaptureSpec, left: Left): Promise<void> {
  const begunAt = performance.now();
  for (;;) {
    const { type, processedBytes, totalBytes } = await client.domains.jobInfo({ uuid }, left());
    if (type !== DomainJobType.BOUNDED && type !== DomainJobType.UNBOUNDED) break;
    if (totalBytes > 0) onProgress?.(Math.floor((100 * processedBytes) / totalBytes));
    // What is noticed late is a small part of what it took.
    await pause(Math.min(Math.max(FIRST_LOOK_MS, (performance.now() - begunAt) / 20), LONGEST_LOOK_MS), left);
  }
  const { type, params } = await client.domains.jobStats({ uuid }, { flags: DomainGetJobStats.COMPLETED, ...left() });
  if (type === DomainJobType.COMPLETED) return;
  throw captureEnded(params['errmsg'] === undefined ? undefined : String(params['errmsg']));
}

/** What QEMU says of it may be all that there is to go by. */
export function captureEnded(words: string | undefined): DriverError {
  const { label, reason } = (words === undefined ? undefined : verdictOnWords(words)) ?? { label: 'Transient', reason: 'CaptureEnded' };
  return new DriverError(
    label,
    `the copy of the disk was ended${words === undefined ? '' : `: ${words}`}`,
    reason === undefined ? {} : { reason },
  );
}

async function convertOff(on: Capturing, target: Target, before: Fresh, capture: CaptureSpec, left: Left): Promise<void> {
  await convert(on, capture, left, () => startedMeanwhile(before));
  const after = await readOwned(on.client, target, left);
  if (after?.power !== before.power || after.owner?.runId !== before.owner?.runId) throw startedMeanwhile(before);
}

/** `taken`: the failure, where somebody writes to the disk. */
async function convert({ client, pools }: Capturing, capture: CopySpec, left: Left, taken: () => DriverError): Promise<void> {
  const [source, pool] = await Promise.all([pools.made(capture.disk.pool, left), pools.ofImages(capture.pool, left)]);
  if (source.rbd !== undefined) throw onlyWhileItRuns(capture);
  const disk = volumeRef(source, capture.disk.name);
  const { capacityBytes } = await client.volumes.info(disk, left());
  await needRoom(client, pool, await contentBytes(client, pools, source, capture.disk.name, left), left);
  try {
    // Not within the turns of the pool: it takes its time, and what is made quickly must not wait for it.
    const copy = await client.volumes.createFrom(pool.ref, qcow2Volume(capture.key, capacityBytes, undefined), disk, left());
    await flushVolume(client, copy, capacityBytes, left);
  } catch (error) {
    if (isLibvirtError(error) && /shared "write" lock/.test(error.message)) throw taken();
    throw error;
  }
}

const onlyWhileItRuns = ({ disk }: CopySpec): DriverError =>
  new DriverError('Unsupported', `disk ${disk.name} is in Ceph, and libvirt copies from there only under a guest that runs`, {
    reason: 'PoolTypeUnsupported',
  });

const startedMeanwhile = ({ domain }: Fresh): DriverError =>
  new DriverError('Conflict', `machine ${domain.name} was started while its disk was copied`, { reason: 'StartedMeanwhile' });
