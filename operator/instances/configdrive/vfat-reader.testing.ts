/** Reads a FAT16 disk back for the tests, written from the specification and not from the writer: by long names. */

const ENTRY = 32;

interface Disk {
  readonly bytes: Buffer;
  readonly sector: number;
  readonly clusterBytes: number;
  readonly fat: number;
  readonly data: number;
}

export function readVfat(image: Uint8Array): { readonly label: string; readonly files: Record<string, string> } {
  const bytes = Buffer.from(image.buffer, image.byteOffset, image.byteLength);
  const sector = bytes.readUInt16LE(11);
  const sectors = bytes.readUInt16LE(19) || bytes.readUInt32LE(32);
  if (bytes.readUInt16LE(510) !== 0xaa55 || sectors * sector !== bytes.length) throw new Error('no FAT disk of its size');
  const [perCluster, reserved, fats, rootEntries] = [
    bytes.readUInt8(13),
    bytes.readUInt16LE(14),
    bytes.readUInt8(16),
    bytes.readUInt16LE(17),
  ];
  const fatBytes = bytes.readUInt16LE(22) * sector;
  const fat = reserved * sector;
  const root = fat + fats * fatBytes;
  const data = root + rootEntries * ENTRY;
  const clusters = Math.floor((bytes.length - data) / (perCluster * sector));
  if (clusters < 4085 || clusters > 65_524 || (clusters + 2) * 2 > fatBytes) throw new Error(`not FAT16: ${clusters} clusters`);
  if (!bytes.subarray(fat, fat + fatBytes).equals(bytes.subarray(fat + fatBytes, root))) throw new Error('the tables differ');
  const disk: Disk = { bytes, sector, clusterBytes: perCluster * sector, fat, data };
  const files: Record<string, string> = {};
  const label = walk(disk, bytes.subarray(root, data), '', files);
  if (label !== bytes.toString('latin1', 43, 54).trimEnd()) throw new Error('two labels');
  return { label, files };
}

/** The label, where the folder has one. */
function walk(disk: Disk, folder: Buffer, prefix: string, files: Record<string, string>): string {
  let [label, name] = ['', ''];
  for (let at = 0; at < folder.length && folder[at] !== 0; at += ENTRY) {
    const entry = folder.subarray(at, at + ENTRY);
    const attributes = entry.readUInt8(11);
    const short = entry.toString('latin1', 0, 11);
    if (attributes === 0x0f) name = pieceOf(entry) + name;
    else if ((attributes & 0x08) !== 0) label = short.trimEnd();
    else {
      if (!short.startsWith('.')) read(disk, entry, prefix + (name.split('\0')[0] ?? ''), files);
      name = '';
    }
  }
  return label;
}

function read(disk: Disk, entry: Buffer, path: string, files: Record<string, string>): void {
  const content = chain(disk, entry.readUInt16LE(26));
  if ((entry.readUInt8(11) & 0x10) !== 0) walk(disk, content, `${path}/`, files);
  else files[path] = content.toString('latin1', 0, entry.readUInt32LE(28));
}

function chain({ bytes, clusterBytes, fat, data }: Disk, first: number): Buffer {
  const parts: Buffer[] = [];
  for (let cluster = first; cluster !== 0 && cluster < 0xfff8; cluster = bytes.readUInt16LE(fat + cluster * 2)) {
    const at = data + (cluster - 2) * clusterBytes;
    parts.push(bytes.subarray(at, at + clusterBytes));
  }
  return Buffer.concat(parts);
}

const pieceOf = (entry: Buffer): string =>
  [entry.subarray(1, 11), entry.subarray(14, 26), entry.subarray(28, 32)].map((part) => part.toString('utf16le')).join('');
