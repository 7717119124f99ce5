/** Which source of an Image a host takes, and what its base image is called there. */
import type { FetchedSource, HttpSource, Image, ImageSource, OciSource, StoredCopy, UploadSource } from '../../crds/image.ts';
import type { ImageFormat } from '../../drivers/contract.ts';
import { isDeepStrictEqual } from 'node:util';
import { DriverError } from '../../drivers/labels.ts';
import { hostLocations, storedCopies } from './locations.ts';

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
  if (!isFetched(source)) return hostLocations(image)[0]?.volume;
  return fetchedKey(image.metadata.uid, source.checksum.sha256);
}

export const FETCHED_PREFIX = 'base-';

export const fetchedKey = (imageUid: string, sha256: string): string => `${FETCHED_PREFIX}${imageUid}-${sha256.slice(0, 8)}`;

/** The uid of the Image that a base of that key was fetched for; undefined: it is none that is fetched. */
export const imageUidOf = (key: string): string | undefined => FETCHED_KEY.exec(key)?.[1];

const FETCHED_KEY = /^base-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-[0-9a-f]{8}$/;

/** What a snapshot copied, as it lies in an ImageStore. */
export interface StoredSource {
  readonly format: ImageFormat;
  readonly checksum: { readonly sha256: string };
  readonly stored: StoredCopy;
  readonly http?: undefined;
  readonly oci?: undefined;
}

/** What can be brought to a host. */
export type ContentSource = ((HttpSource | OciSource) & { readonly stored?: undefined }) | StoredSource;

/** Undefined: it lies on hosts, and cannot be had from anywhere else; or it was not brought yet. */
export function contentSource(image: Image, source: ImageSource): ContentSource | undefined {
  if (isUploaded(source)) return broughtBy(image, source);
  if (isFetched(source)) return source;
  const [stored] = storedCopies(image);
  return stored && { format: source.format, checksum: { sha256: stored.sha256 }, stored };
}

export function sameSource(a: ContentSource, b: ContentSource): boolean {
  return (
    a.format === b.format &&
    a.http?.url === b.http?.url &&
    a.checksum.sha256 === b.checksum.sha256 &&
    isDeepStrictEqual(a.stored, b.stored) &&
    isDeepStrictEqual(a.oci, b.oci)
  );
}

function broughtBy({ status }: Image, { format, checksum }: UploadSource): StoredSource | undefined {
  const { imageStoreName, key, sizeBytes } = status?.upload ?? {};
  if (imageStoreName === undefined || key === undefined || sizeBytes === undefined) return undefined;
  return { format, checksum, stored: { imageStoreName, key, sha256: checksum.sha256, sizeBytes } };
}

const isUploaded = (source: ImageSource): source is UploadSource => source.upload !== undefined;

export const isFetched = (source: ImageSource): source is FetchedSource => source.snapshot === undefined;
