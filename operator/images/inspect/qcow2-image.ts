/** Hand-made qcow2 images for tests: small, valid, and wrong in exactly the way asked for. */

export interface Qcow2Parts {
  readonly version?: number;
  readonly backingFile?: string;
  readonly clusterBits?: number;
  readonly virtualSize?: bigint;
  readonly cryptMethod?: number;
  readonly l1Entries?: number;
  readonly l1Offset?: bigint;
  readonly l1?: readonly bigint[];
  readonly refcountOffset?: bigint;
  readonly refcountClusters?: number;
  readonly refcountTable?: readonly bigint[];
  readonly snapshots?: number;
  readonly incompatible?: bigint;
  readonly refcountOrder?: number;
  readonly headerLength?: number;
  readonly extensions?: readonly { readonly type: number; readonly data: string }[];
  readonly fileBytes?: number;
}

/** As `qemu-img create -f qcow2 x 16M` lays it out: header, refcount table, refcount block, first-level table. */
export function qcow2Image(parts: Qcow2Parts = {}): Uint8Array {
  const clusterBytes = 2 ** (parts.clusterBits ?? 16);
  const sane = clusterBytes >= 512 && clusterBytes <= 2 ** 21 ? clusterBytes : 65_536;
  const file = Buffer.alloc(parts.fileBytes ?? sane * 3 + 8 * (parts.l1?.length ?? 1));
  const head = Buffer.alloc(sane);
  head.write('QFI\xfb', 0, 'latin1');
  head.writeUInt32BE(parts.version ?? 3, 4);
  if (parts.backingFile !== undefined) {
    head.writeBigUInt64BE(300n, 8);
    head.writeUInt32BE(parts.backingFile.length, 16);
    head.write(parts.backingFile, 300);
  }
  head.writeUInt32BE(parts.clusterBits ?? 16, 20);
  head.writeBigUInt64BE(parts.virtualSize ?? 16n * 1024n * 1024n, 24);
  head.writeUInt32BE(parts.cryptMethod ?? 0, 32);
  head.writeUInt32BE(parts.l1Entries ?? parts.l1?.length ?? 1, 36);
  head.writeBigUInt64BE(parts.l1Offset ?? BigInt(sane * 3), 40);
  head.writeBigUInt64BE(parts.refcountOffset ?? BigInt(sane), 48);
  head.writeUInt32BE(parts.refcountClusters ?? 1, 56);
  head.writeUInt32BE(parts.snapshots ?? 0, 60);
  if ((parts.version ?? 3) >= 3) {
    head.writeBigUInt64BE(parts.incompatible ?? 0n, 72);
    head.writeUInt32BE(parts.refcountOrder ?? 4, 96);
    head.writeUInt32BE(parts.headerLength ?? 104, 100);
  }
  let at = (parts.version ?? 3) >= 3 ? (parts.headerLength ?? 104) : 72;
  for (const { type, data } of parts.extensions ?? []) {
    head.writeUInt32BE(type, at);
    head.writeUInt32BE(data.length, at + 4);
    head.write(data, at + 8, 'latin1');
    at += 8 + Math.ceil(data.length / 8) * 8;
  }
  head.copy(file);
  writeTable(file, sane, parts.refcountTable ?? [BigInt(sane * 2)]);
  writeTable(file, sane * 3, parts.l1 ?? [0n]);
  return file;
}

function writeTable(file: Buffer, offset: number, entries: readonly bigint[]): void {
  for (const [index, entry] of entries.entries()) {
    if (offset + index * 8 + 8 <= file.length) file.writeBigUInt64BE(entry, offset + index * 8);
  }
}
