/** Which source of an Image a host takes, and what its base image is called there. */
import type { FetchedSource, Image, ImageSource } from '../../crds/image.ts';
import type { ImageFormat } from '../../drivers/contract.ts';
import { isDeepStrictEqual } from 'node:util';
import { DriverError } from '../../drivers/labels.ts';

/** The first source, in the order of the Image, whose format the host can boot. */
export function findSource(image: Image, formats: readonly ImageFormat[]): ImageSource | undefined {
  return image.spec.sources.find(({ format }) => formats.includes(format));
}

/** The same, where there must be one. Throws `Unsupported`, reason `NoUsableSource`. */
export function sourceFor(image: Image, formats: readonly ImageFormat[]): ImageSource {
  const source = findSource(image, formats);
  if (source !== undefined) return source;
  const offered = image.spec.sources.map(({ format }) => format).join(', ');
  throw new DriverError(
    'Unsupported',
    `Image ${image.metadata.name} comes as ${offered}; the host can boot ${formats.join(', ')}: add such a source`,
    { reason: 'NoUsableSource' },
  );
}

/**
 * Name of the base image in a pool: of this very Image object and this very content. Another content is another base, so
 * disks that were made on the old one keep it. The content of a snapshot is called as status says; undefined: it says nothing.
 */
export function baseKey(image: Image, source: ImageSource): string | undefined {
  if (!isFetched(source)) return image.status?.locations?.[0]?.volume;
  return fetchedKey(image.metadata.uid, source.checksum.sha256);
}

export const FETCHED_PREFIX = 'base-';

export const fetchedKey = (imageUid: string, sha256: string): string => `${FETCHED_PREFIX}${imageUid}-${sha256.slice(0, 8)}`;

/** The uid of the Image that a base of that key was fetched for; undefined: it is none that is fetched. */
export const imageUidOf = (key: string): string | undefined => FETCHED_KEY.exec(key)?.[1];

const FETCHED_KEY = /^base-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-[0-9a-f]{8}$/;

export function sameSource(a: ImageSource, b: ImageSource): boolean {
  return (
    a.format === b.format &&
    a.http?.url === b.http?.url &&
    a.snapshot?.name === b.snapshot?.name &&
    a.checksum?.sha256 === b.checksum?.sha256 &&
    isDeepStrictEqual(a.oci, b.oci)
  );
}

export const isFetched = (source: ImageSource): source is FetchedSource => source.http !== undefined || source.oci !== undefined;
