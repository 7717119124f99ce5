/**
 * The beginning of a qcow2 file, as far as it can lead out of the file: whoever reads such an image as a disk reads the file
 * that it names, too. Source: QEMU, docs/interop/qcow2.txt.
 */

/** As much of the file as has to be looked at. */
export const HEADER_BYTES = 104;

const MAGIC = 0x51_46_49_fb;
const EXTERNAL_DATA_FILE = 4n;

/** Why the file must not be used as a qcow2 base; undefined: it stands alone. */
export function refusalOf(file: Uint8Array): 'NotQcow2' | 'HasBackingFile' | 'HasExternalData' | undefined {
  if (file.length < HEADER_BYTES) return 'NotQcow2';
  const header = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (header.getUint32(0) !== MAGIC) return 'NotQcow2';
  if (header.getBigUint64(8) !== 0n) return 'HasBackingFile';
  // Version 2 ends before the features.
  const features = header.getUint32(4) >= 3 ? header.getBigUint64(72) : 0n;
  return (features & EXTERNAL_DATA_FILE) === 0n ? undefined : 'HasExternalData';
}
