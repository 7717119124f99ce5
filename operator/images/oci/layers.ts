/**
 * Which layers may hold the disk, and what the manifest alone says against them: nothing of such a layer is asked for. Pure.
 */
import { DriverError } from '../../../drivers/labels.ts';
import { imageTooLarge } from '../inspect/refusal.ts';
import type { Layer } from './manifest.ts';

export interface Expected {
  /** Of the file in the artifact. */
  readonly path: string | undefined;
  /** Of its content, as the Image says. */
  readonly sha256: string;
  readonly maxSizeBytes: number;
}

/** What an archive may have in it beside the file. */
export const BESIDE = 2;

/** Charts, signatures, attestations, bills of material: they travel like disks, and are none. */
const NO_DISK = /[+/](json|xml|yaml|wasm)$|^text\/|vnd\.cncf\.helm\.|vnd\.in-toto|\+encrypted$/;

/** Uppermost first, as given. Throws `InvalidSpec` where there is none, or none that could be what the Image says. */
export function candidates(layers: readonly Layer[], expected: Expected): readonly Layer[] {
  const { path, maxSizeBytes } = expected;
  const chosen = named(
    layers.filter(({ mediaType }) => !NO_DISK.test(mediaType)),
    path,
  );
  const unreadable = chosen.find(({ packing }) => packing === 'Unknown');
  if (unreadable !== undefined) {
    throw noDisk(`The artifact has a layer of type ${unreadable.mediaType}: pack it by gzip or zstd, or not at all`);
  }
  for (const layer of chosen) {
    const most = layer.packing === 'None' ? maxSizeBytes : BESIDE * maxSizeBytes;
    if (layer.sizeBytes > most) throw imageTooLarge(`The artifact has a layer of ${layer.sizeBytes} bytes; at most ${most} are accepted`);
  }
  return chosen.map((layer) => matching(layer, expected.sha256));
}

/** A layer that is no archive is a file: the only one, or the one of that title. */
function named(layers: readonly Layer[], path: string | undefined): readonly Layer[] {
  const files = layers.filter(({ packing }) => packing === 'None');
  const titled = files.filter(({ title }) => path !== undefined && title === path.replace(/^\/+/, ''));
  if (titled.length > 0) return titled;
  const archives = layers.filter(({ packing }) => packing !== 'None');
  if (archives.length > 0) return archives;
  if (files.length === 1 && path === undefined) return files;
  throw diskNotFound(path);
}

/** What is no archive is called by the very checksum of the file. */
function matching(layer: Layer, sha256: string): Layer {
  if (layer.packing !== 'None' || layer.digest === `sha256:${sha256}`) return layer;
  const message = `The file in the artifact has another SHA-256, and the Image asks for ${sha256}: correct the checksum, or find out who changed the file`;
  throw new DriverError('InvalidSpec', message, { reason: 'ChecksumMismatch' });
}

export const diskNotFound = (path: string | undefined): DriverError =>
  noDisk(
    path === undefined
      ? 'The artifact has no file in a folder /disk, and is no single file: name it in oci.path'
      : `The artifact has no file ${path}`,
  );

const noDisk = (message: string): DriverError => new DriverError('InvalidSpec', message, { reason: 'NoDiskInArtifact' });
