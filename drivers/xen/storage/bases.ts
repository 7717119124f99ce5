/**
 * Base images as VDIs. One counts once its marker is in its `other_config`, which is written after all of its content was
 * verified; without it, it is a left-over.
 */
import type { BaseImage, BaseImageSpec, ImageFormat, Sink } from '../../contract.ts';
import { handOver } from '../../hand-over.ts';
import { DriverError } from '../../labels.ts';
import { toDriverError } from '../errors.ts';
import type { Ref } from '../model/model.ts';
import { parseRecord } from '../numbered.ts';
import type { Kept } from '../session/objects.ts';
import type { Site } from '../site.ts';
import { ownTime, type Left } from '../time.ts';
import { repositoryForMaking, vdisIn } from './find.ts';
import { BASE_KEY, diskNameOf, FROM_BASE_KEY, isBase, isUsable, SIZE_KEY } from './names.ts';
import { needRoom } from './room.ts';
import { exportRaw, importRaw, LengthError } from './transfer.ts';
import { createVdi, destroyVdi } from './vdi.ts';
import { peeked, virtualSizeOfVhd, VHD_HEADER_BYTES } from './vhd.ts';

const MARKER_KEY = 'hostler.dev/base-complete';

export const IMAGE_FORMATS = ['vhd', 'raw'] as const satisfies readonly ImageFormat[];

export async function findBase(site: Site, pool: string, key: string, left: Left): Promise<BaseImage | undefined> {
  await site.pool.sync(left);
  return known(site, repositoryForMaking(site, pool), key)?.image;
}

/** Throws `NotFound` where there is none that is complete. */
export function needBase(site: Site, pool: string, key: string): Kept<'VDI'> {
  const found = known(site, repositoryForMaking(site, pool), key);
  if (found !== undefined) return found.vdi;
  throw new DriverError('NotFound', `there is no base image ${key} in storage repository ${pool}`, { reason: 'BaseNotFound' });
}

interface Known {
  readonly vdi: Kept<'VDI'>;
  readonly image: BaseImage;
}

function known(site: Site, repository: Kept<'SR'>, key: string): Known | undefined {
  for (const vdi of basesIn(site, repository, key)) {
    const image = imageOf(vdi, key);
    if (image !== undefined) return { vdi, image };
  }
  return undefined;
}

/** A clone that was cut off has the tags of its base: there may be several of a key. */
const basesIn = (site: Site, repository: Kept<'SR'>, key: string): readonly Kept<'VDI'>[] =>
  [...vdisIn(site, repository)].filter((vdi) => isBase(vdi, key));

function imageOf({ other_config }: Kept<'VDI'>, key: string): BaseImage | undefined {
  const marker = parseRecord(other_config[MARKER_KEY] ?? '') as Partial<BaseImage> | undefined;
  const { format, sizeBytes, virtualSizeBytes, sha256, clusterId } = marker ?? {};
  if (format === undefined || sizeBytes === undefined || virtualSizeBytes === undefined) return undefined;
  return {
    key,
    format,
    sizeBytes,
    virtualSizeBytes,
    ...(sha256 !== undefined && { sha256 }),
    ...(clusterId !== undefined && { clusterId }),
  };
}

export async function importBase(site: Site, spec: BaseImageSpec, content: AsyncIterable<Uint8Array>, left: Left): Promise<BaseImage> {
  await site.pool.sync(left);
  const repository = repositoryForMaking(site, spec.pool);
  const there = known(site, repository, spec.key);
  if (there !== undefined) return there.image;
  const { format, sizeBytes } = spec;
  if (format === 'qcow2') throw new DriverError('Unsupported', 'a Xen host takes no qcow2 images', { reason: 'ImageFormatUnsupported' });
  if (sizeBytes === undefined)
    throw new DriverError('Unsupported', 'a Xen host must know beforehand how long an image is, and its source does not say so', {
      reason: 'ImageLengthUnknown',
    });
  needRoom(repository, sizeBytes);
  await removeLeftOvers(site, repository, spec.key, left);
  return receive(site, repository, { ...spec, format, sizeBytes }, content, left);
}

/** From now on it counts. */
export async function completeBase(site: Site, vdi: Ref, image: BaseImage, left: Left): Promise<void> {
  await site.rpc.add('VDI', vdi, 'other_config', MARKER_KEY, JSON.stringify(image), left);
}

/** What counts goes only where it is said so. */
export async function removeLeftOvers(
  site: Site,
  repository: Kept<'SR'>,
  key: string,
  left: Left,
  which: 'Incomplete' | 'Complete' = 'Incomplete',
): Promise<void> {
  await site.pool.sync(left);
  for (const vdi of basesIn(site, repository, key)) {
    const isComplete = vdi.other_config[MARKER_KEY] !== undefined;
    if (isComplete && which === 'Incomplete') continue;
    if (isComplete) await site.rpc.remove('VDI', vdi.ref, 'other_config', MARKER_KEY, left);
    await destroyVdi(site, vdi.ref, left);
  }
}

type Receivable = BaseImageSpec & { readonly format: 'raw' | 'vhd'; readonly sizeBytes: number };

async function receive(
  site: Site,
  { ref: SR }: Kept<'SR'>,
  spec: Receivable,
  content: AsyncIterable<Uint8Array>,
  left: Left,
): Promise<BaseImage> {
  const { key, format, sizeBytes, clusterId } = spec;
  const { head, whole } = await peeked(content, format === 'vhd' ? VHD_HEADER_BYTES : 0, left);
  const virtualSize = format === 'vhd' ? virtualSizeOfVhd(head) : sizeBytes;
  const vdi = await createVdi(
    site,
    { SR, name: key, sizeBytes: virtualSize, tags: { [BASE_KEY]: key, [SIZE_KEY]: String(virtualSize) } },
    left,
  );
  try {
    await importRaw(site, { vdi, SR, format, length: sizeBytes, content: whole }, left);
    const verified = spec.verified();
    const image: BaseImage = { key, format, ...verified, ...(clusterId !== undefined && { clusterId }) };
    await completeBase(site, vdi, image, left);
    return image;
  } catch (error) {
    const failure =
      error instanceof LengthError ? lengthFailure(error) : toDriverError(error, `import base image ${key}`, 'Change', left().signal);
    // Without its marker it counts for nobody: what cannot be removed now is replaced, or deleted, later.
    if (site.pool.connected) await destroyVdi(site, vdi, ownTime(UNDO_MS)).catch(() => undefined);
    throw failure;
  }
}

const UNDO_MS = 30_000;

const lengthFailure = (error: LengthError): DriverError =>
  new DriverError('InvalidSpec', error.message, { cause: error, reason: 'SizeMismatch' });

/** As raw bytes, whatever it came as: the server writes every VHD anew. */
export async function exportBase(
  site: Site,
  ref: { readonly pool: string; readonly key: string },
  sink: Sink,
  left: Left,
): Promise<BaseImage> {
  await site.pool.sync(left);
  const found = known(site, repositoryForMaking(site, ref.pool), ref.key);
  if (found === undefined)
    throw new DriverError('NotFound', `there is no base image ${ref.key} in storage repository ${ref.pool}`, { reason: 'BaseNotFound' });
  const { image, vdi } = found;
  if (image.format === 'vhd')
    throw new DriverError('Unsupported', `base image ${ref.key} came as a VHD, which the server would write anew`, {
      reason: 'ExportUnsupported',
    });
  let rest = image.sizeBytes;
  for await (const piece of exportRaw(site, vdi, 'raw', left)) {
    // Repositories round up.
    const ours = piece.subarray(0, rest);
    rest -= ours.length;
    if (ours.length > 0) await handOver(sink, ours, left());
  }
  if (rest > 0)
    throw new DriverError('HostUnreachable', `base image ${ref.key} ended ${rest} bytes too early`, { reason: 'ContentCutOff' });
  return image;
}

export async function listBases(site: Site, pool: string, keyPrefix: string, left: Left): Promise<readonly string[]> {
  await site.pool.sync(left);
  const keys = [...vdisIn(site, repositoryForMaking(site, pool))].flatMap((vdi) =>
    isUsable(vdi) ? (vdi.other_config[BASE_KEY] ?? []) : [],
  );
  return [...new Set(keys)].filter((key) => key.startsWith(keyPrefix));
}

export async function deleteBase(site: Site, pool: string, key: string, left: Left): Promise<void> {
  await site.pool.sync(left);
  const repository = repositoryForMaking(site, pool);
  const user = [...vdisIn(site, repository)].find(({ other_config: config }) => config[FROM_BASE_KEY] === key);
  if (user !== undefined)
    throw new DriverError('Conflict', `base image ${key} is kept: disk ${diskNameOf(user)} stands on it`, { reason: 'BaseInUse' });
  await removeLeftOvers(site, repository, key, left, 'Complete');
}
