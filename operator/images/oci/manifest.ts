/**
 * What a manifest, or an index of several, says: where the disk may be. Pure; it comes from a stranger, and nothing in it is
 * taken for what it should be. Source: OCI Image Format Specification.
 */
import { DriverError } from '../../../drivers/labels.ts';

export type Packing = 'Tar' | 'TarGzip' | 'TarZstd';

export interface Layer {
  readonly digest: string;
  readonly sizeBytes: number;
  readonly mediaType: string;
  /** How the file lies in it: it is the file, or an archive that has the file in it; `Unknown` is an archive that cannot be read here. */
  readonly packing: Packing | 'None' | 'Unknown';
  readonly title: string | undefined;
}

interface Descriptor {
  readonly mediaType?: unknown;
  readonly digest?: unknown;
  readonly size?: unknown;
  readonly annotations?: Readonly<Record<string, unknown>>;
  readonly platform?: { readonly os?: unknown; readonly architecture?: unknown };
}

const TITLE = 'org.opencontainers.image.title';
const LARGEST_LIST = 128;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** As Go calls what Linux calls otherwise; the names of both are understood. */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  aarch64: 'arm64',
  i686: '386',
  ppc64le: 'ppc64le',
  s390x: 's390x',
};

/** Digest of the manifest to read next; undefined: this is no index. `architecture`: of the host, as Linux calls it. */
export function chosenManifest(document: unknown, architecture: string | undefined): string | undefined {
  const entries = listOf(document, 'manifests');
  if (entries === undefined) return undefined;
  const wanted = architecture === undefined ? undefined : (ARCHITECTURES[architecture] ?? architecture);
  // What tells of other manifests is for no platform.
  const usable = entries.filter(({ platform }) => platform?.architecture !== 'unknown');
  const fitting = usable.filter(({ platform }) => platform?.architecture === wanted && platform?.os === 'linux');
  const [chosen] = fitting.length > 0 ? fitting : usable.length === 1 ? usable : [];
  if (chosen === undefined)
    throw unusable(
      'NoUsablePlatform',
      `The index has ${usable.length} manifests, and none for ${wanted ?? 'a host of unknown architecture'}`,
    );
  return digestOf(chosen);
}

/** Uppermost first: what is in one of them hides what is below. */
export function layersOf(document: unknown): readonly Layer[] {
  const layers = listOf(document, 'layers');
  if (layers === undefined || layers.length === 0)
    throw unusable('NoDiskInArtifact', 'The manifest has no layers: it is no container disk');
  return layers.map(layerOf).toReversed();
}

function layerOf(descriptor: Descriptor): Layer {
  const { size, annotations } = descriptor;
  const mediaType = typeof descriptor.mediaType === 'string' ? descriptor.mediaType : '';
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)
    throw unusable('DamagedManifest', 'The manifest has a layer without a size');
  const title = annotations?.[TITLE];
  return {
    digest: digestOf(descriptor),
    sizeBytes: size,
    mediaType,
    packing: packingOf(mediaType),
    title: typeof title === 'string' ? title : undefined,
  };
}

function packingOf(mediaType: string): Layer['packing'] {
  if (!/\.tar\b|layer\.v1\.tar|diff\.tar/.test(mediaType)) return 'None';
  if (/[+.]gzip$/.test(mediaType)) return 'TarGzip';
  if (/[+.]zstd$/.test(mediaType)) return 'TarZstd';
  return mediaType.endsWith('tar') ? 'Tar' : 'Unknown';
}

function listOf(document: unknown, field: 'manifests' | 'layers'): readonly Descriptor[] | undefined {
  const list = typeof document === 'object' && document !== null ? (document as Readonly<Record<string, unknown>>)[field] : undefined;
  if (!Array.isArray(list)) return undefined;
  if (list.length > LARGEST_LIST) throw unusable('DamagedManifest', `The manifest has ${list.length} ${field}`);
  return list.map((entry: unknown) => (typeof entry === 'object' && entry !== null ? (entry as Descriptor) : {}));
}

function digestOf({ digest }: Descriptor): string {
  if (typeof digest === 'string' && DIGEST.test(digest)) return digest;
  throw unusable('DamagedManifest', 'The manifest names something by another digest than SHA-256');
}

const unusable = (reason: string, message: string): DriverError => new DriverError('InvalidSpec', message, { reason });
