/** The smallest qcow2 file of a disk of zeros: header, refcount table, refcount block, first-level table. QEMU's docs/interop/qcow2.rst. */

const CLUSTER_BITS = 16;
const CLUSTER_BYTES = 2 ** CLUSTER_BITS;
/** What one entry of the first-level table stands for. */
const BYTES_PER_ENTRY = CLUSTER_BYTES * (CLUSTER_BYTES / 8);
const HEADER_BYTES = 104;

export function emptyQcow2(virtualSizeBytes: number): Uint8Array {
  const entries = Math.max(1, Math.ceil(virtualSizeBytes / BYTES_PER_ENTRY));
  const clusters = 3 + Math.ceil((entries * 8) / CLUSTER_BYTES);
  const file = Buffer.alloc(clusters * CLUSTER_BYTES);
  file.write('QFI\xfb', 0, 'latin1');
  file.writeUInt32BE(3, 4);
  file.writeUInt32BE(CLUSTER_BITS, 20);
  file.writeBigUInt64BE(BigInt(virtualSizeBytes), 24);
  file.writeUInt32BE(entries, 36);
  file.writeBigUInt64BE(BigInt(3 * CLUSTER_BYTES), 40);
  file.writeBigUInt64BE(BigInt(CLUSTER_BYTES), 48);
  file.writeUInt32BE(1, 56);
  file.writeUInt32BE(4, 96);
  file.writeUInt32BE(HEADER_BYTES, 100);
  file.writeBigUInt64BE(BigInt(2 * CLUSTER_BYTES), CLUSTER_BYTES);
  for (let cluster = 0; cluster < clusters; cluster += 1) file.writeUInt16BE(1, 2 * CLUSTER_BYTES + 2 * cluster);
  return file;
}
