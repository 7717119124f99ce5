/**
 * The header of a qcow2 image, and what makes one unsafe to open.
 *
 * An image comes from a stranger and is opened by a process that may read the host's files: everything that makes QEMU
 * open another file (backing file, external data file), decrypt, or allocate without bound is refused, and so is every
 * feature that is not known here.
 *
 * Source: QEMU's docs/interop/qcow2.rst; limits as in QEMU's block/qcow2.h.
 */
import { damagedImage, imageTooLarge, unexpectedFormat, unsafeImage } from './refusal.ts';

/** A table of 8-byte entries inside the image. */
export interface Qcow2Table {
  readonly offset: number;
  readonly entries: number;
}

export interface Qcow2Header {
  readonly version: 2 | 3;
  readonly clusterBytes: number;
  readonly virtualSizeBytes: number;
  readonly l1: Qcow2Table;
  readonly refcounts: Qcow2Table;
}

const V2_HEADER_BYTES = 72;
const V3_HEADER_BYTES = 104;
const MAX_L1_BYTES = 32 * 1024 * 1024;
const MAX_REFCOUNT_TABLE_BYTES = 8 * 1024 * 1024;

/** Bits of `incompatible_features`; those neither refused by name nor listed as understood are refused as unknown. */
const DIRTY = 1n << 0n;
const CORRUPT = 1n << 1n;
const EXTERNAL_DATA_FILE = 1n << 2n;
const COMPRESSION_TYPE = 1n << 3n;
const EXTENDED_L2 = 1n << 4n;
const UNDERSTOOD = COMPRESSION_TYPE | EXTENDED_L2;

const EXTENSION_END = 0;
const REFUSED_EXTENSIONS: ReadonlyMap<number, string> = new Map([
  [0x44415441, 'names an external data file'],
  [0x0537be77, 'is encrypted'],
]);

/** Reads and judges the header; `head` is the beginning of the file, at least 64 KiB of it or all. */
export function readQcow2Header(head: Uint8Array, maxVirtualSizeBytes: number): Qcow2Header {
  if (head.length < V2_HEADER_BYTES) throw damagedImage('The qcow2 image ends inside its header');
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const version = readVersion(view);
  const clusterBytes = readClusterBytes(view);
  refuseOtherFiles(view);
  const features = version === 3 ? readFeatures(view) : 0n;
  refuseExtensions(view, version === 3 ? view.getUint32(100) : V2_HEADER_BYTES, clusterBytes);
  const virtualSizeBytes = readVirtualSize(view, maxVirtualSizeBytes);
  const l1 = readL1(view, clusterBytes, virtualSizeBytes, (features & EXTENDED_L2) === 0n ? 8 : 16);
  return { version, clusterBytes, virtualSizeBytes, l1, refcounts: readRefcountTable(view, clusterBytes) };
}

function readVersion(view: DataView): 2 | 3 {
  const version = view.getUint32(4);
  if (version !== 2 && version !== 3)
    throw unexpectedFormat(`The image is qcow version ${version}; only 2 and 3 are supported: convert it with qemu-img`);
  if (version === 3 && view.byteLength < V3_HEADER_BYTES) throw damagedImage('The qcow2 image ends inside its header');
  return version;
}

function readClusterBytes(view: DataView): number {
  const bits = view.getUint32(20);
  if (bits < 9 || bits > 21) throw damagedImage(`The qcow2 image has a cluster size of 2^${bits} bytes; 2^9 to 2^21 are possible`);
  return 2 ** bits;
}

function refuseOtherFiles(view: DataView): void {
  if (view.getBigUint64(8) !== 0n || view.getUint32(16) !== 0) {
    throw unsafeImage('The image has a backing file: flatten it with "qemu-img convert -O qcow2"');
  }
  if (view.getUint32(32) !== 0) throw unsafeImage('The image is encrypted: publish it without encryption');
  if (view.getUint32(60) !== 0) throw unsafeImage('The image has internal snapshots: remove them with "qemu-img convert -O qcow2"');
}

function readFeatures(view: DataView): bigint {
  const features = view.getBigUint64(72);
  if ((features & EXTERNAL_DATA_FILE) !== 0n)
    throw unsafeImage('The image keeps its data in another file: convert it with "qemu-img convert -O qcow2"');
  if ((features & CORRUPT) !== 0n) throw unsafeImage('The image is marked corrupt: repair it with "qemu-img check -r all"');
  if ((features & DIRTY) !== 0n) throw unsafeImage('The image was not closed cleanly: repair it with "qemu-img check -r all"');
  const unknown = features & ~(UNDERSTOOD | EXTERNAL_DATA_FILE | CORRUPT | DIRTY);
  if (unknown !== 0n)
    throw unsafeImage(
      `The image needs unknown features (0x${unknown.toString(16)}): convert it with "qemu-img convert -O qcow2 -o compat=1.1"`,
    );
  if (view.getUint32(96) > 6) throw damagedImage('The qcow2 image has an impossible refcount width');
  const headerBytes = view.getUint32(100);
  if (headerBytes < V3_HEADER_BYTES || headerBytes % 8 !== 0 || headerBytes > 4096)
    throw damagedImage(`The qcow2 image has a header of ${headerBytes} bytes`);
  return features;
}

/** Extensions follow the header and end within the first cluster: type, length, data padded to 8. */
function refuseExtensions(view: DataView, start: number, clusterBytes: number): void {
  const end = Math.min(clusterBytes, view.byteLength);
  for (let offset = start; offset + 8 <= end;) {
    const type = view.getUint32(offset);
    if (type === EXTENSION_END) return;
    const refused = REFUSED_EXTENSIONS.get(type);
    if (refused !== undefined) throw unsafeImage(`The image ${refused}: convert it with "qemu-img convert -O qcow2"`);
    offset += 8 + Math.ceil(view.getUint32(offset + 4) / 8) * 8;
  }
}

function readVirtualSize(view: DataView, maxVirtualSizeBytes: number): number {
  const size = view.getBigUint64(24);
  if (size === 0n) throw damagedImage('The qcow2 image has a disk of 0 bytes');
  if (size > BigInt(maxVirtualSizeBytes))
    throw imageTooLarge(`The image's disk has ${size} bytes; at most ${maxVirtualSizeBytes} are accepted`);
  return Number(size);
}

function readL1(view: DataView, clusterBytes: number, virtualSizeBytes: number, l2EntryBytes: number): Qcow2Table {
  const entries = view.getUint32(36);
  const bytesPerEntry = clusterBytes * (clusterBytes / l2EntryBytes);
  if (entries * 8 > MAX_L1_BYTES)
    throw unsafeImage(`The image's first-level table has ${entries} entries, which is beyond what QEMU opens`);
  if (entries < Math.ceil(virtualSizeBytes / bytesPerEntry))
    throw damagedImage(`The image's first-level table is too small for its disk of ${virtualSizeBytes} bytes`);
  return { offset: readTableOffset(view, 40, clusterBytes, 'first-level'), entries };
}

function readRefcountTable(view: DataView, clusterBytes: number): Qcow2Table {
  const bytes = view.getUint32(56) * clusterBytes;
  if (bytes === 0) throw damagedImage('The qcow2 image has no reference counts');
  if (bytes > MAX_REFCOUNT_TABLE_BYTES) throw unsafeImage(`The image's refcount table has ${bytes} bytes, which is beyond what QEMU opens`);
  return { offset: readTableOffset(view, 48, clusterBytes, 'refcount'), entries: bytes / 8 };
}

/** Tables lie on cluster borders, and the first cluster is the header's. */
function readTableOffset(view: DataView, at: number, clusterBytes: number, name: string): number {
  const offset = view.getBigUint64(at);
  if (offset === 0n || offset % BigInt(clusterBytes) !== 0n || offset > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw damagedImage(`The image's ${name} table has an impossible place (${offset})`);
  }
  return Number(offset);
}
