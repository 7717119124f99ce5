/**
 * The marker of a base image: a small volume beside it that is written last. A base without one, or with one that was cut
 * off, does not count and is replaced.
 */
import { DriverError } from '../../labels.ts';
import type { BaseImage, ImageFormat } from '../../contract.ts';

const SUFFIX = '.ok';
const DRAFT = '.new';
const OF_A_BASE = /\.ok(?:\.new)?$/;

export const markerName = (key: string): string => `${key}${SUFFIX}`;

/** What the marker is made from, for a moment, where it has to be flushed. */
export const draftName = (key: string): string => `${markerName(key)}${DRAFT}`;

/** Of a volume that is a base, the marker of one, or the draft of that. */
export const keyOf = (volume: string): string => volume.replace(OF_A_BASE, '');

/** What is in it, as JSON, so that a person on the host can read it. */
interface Marker {
  readonly version: 1;
  readonly format: 'qcow2' | 'raw';
  readonly sizeBytes: number;
  readonly virtualSizeBytes: number;
  /** Absent of a copy that the host made itself. */
  readonly sha256?: string;
  readonly clusterId?: string;
}

export type MarkedBase = BaseImage & { readonly format: Marker['format'] };

export function writeMarker(base: MarkedBase): Uint8Array {
  const { format, sizeBytes, virtualSizeBytes, sha256, clusterId } = base;
  const marker: Marker = {
    version: 1,
    format,
    sizeBytes,
    virtualSizeBytes,
    ...(sha256 !== undefined && { sha256 }),
    ...(clusterId !== undefined && { clusterId }),
  };
  return new TextEncoder().encode(`${JSON.stringify(marker)}\n`);
}

/** Undefined for anything that is not a whole marker. */
export function readMarker(key: string, content: Uint8Array): MarkedBase | undefined {
  let marker: Partial<Marker> | null;
  try {
    marker = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(content)) as Partial<Marker> | null;
  } catch {
    return undefined;
  }
  const { version, format, sizeBytes, virtualSizeBytes, sha256, clusterId } = marker ?? {};
  if (version !== 1 || (format !== 'qcow2' && format !== 'raw')) return undefined;
  if (typeof sizeBytes !== 'number' || typeof virtualSizeBytes !== 'number') return undefined;
  return {
    key,
    format,
    sizeBytes,
    virtualSizeBytes,
    ...(typeof sha256 === 'string' && { sha256 }),
    ...(typeof clusterId === 'string' && { clusterId }),
  };
}

export function bootable(format: ImageFormat): Marker['format'] {
  if (format === 'qcow2' || format === 'raw') return format;
  throw new DriverError('Unsupported', `QEMU guests do not boot from ${format} images here: use qcow2 or raw`, {
    reason: 'FormatUnsupported',
  });
}
