/** Reads an image back for the tests, written from the standard and not from the writer: by plain, Rock Ridge or Joliet names. */

export type IsoNames = 'Plain' | 'RockRidge' | 'Joliet';

const SECTOR = 2048;

export function readIso(image: Uint8Array, names: IsoNames): { readonly label: string; readonly files: Record<string, string> } {
  const bytes = Buffer.from(image.buffer, image.byteOffset, image.byteLength);
  const descriptor = bytes.subarray((names === 'Joliet' ? 17 : 16) * SECTOR);
  if (descriptor.toString('latin1', 1, 6) !== 'CD001' || bytes.toString('latin1', 18 * SECTOR, 18 * SECTOR + 6) !== '\xffCD001')
    throw new Error('no ISO 9660 image');
  if (descriptor.readUInt32LE(80) * SECTOR !== bytes.length || descriptor.readUInt32BE(84) * SECTOR !== bytes.length)
    throw new Error('wrong size');
  const files: Record<string, string> = {};
  walk(bytes, descriptor.readUInt32LE(156 + 2), descriptor.readUInt32LE(156 + 10), '', names, files);
  const label = names === 'Joliet' ? ucs2(descriptor.subarray(40, 72)) : descriptor.toString('latin1', 40, 72);
  return { label: label.trimEnd(), files };
}

function walk(bytes: Buffer, sector: number, size: number, prefix: string, names: IsoNames, files: Record<string, string>): void {
  const end = sector * SECTOR + size;
  let at = sector * SECTOR;
  for (let index = 0; at < end; index += 1) {
    const length = bytes.readUInt8(at);
    if (length === 0) {
      at = (Math.floor(at / SECTOR) + 1) * SECTOR;
      continue;
    }
    const record = bytes.subarray(at, at + length);
    at += length;
    if (index < 2) continue; // itself and its parent
    const path = prefix + nameOf(record, names);
    const [where, bytesLong] = [record.readUInt32LE(2), record.readUInt32LE(10)];
    if ((record.readUInt8(25) & 2) !== 0) walk(bytes, where, bytesLong, `${path}/`, names, files);
    else files[path] = bytes.toString('latin1', where * SECTOR, where * SECTOR + bytesLong);
  }
}

function nameOf(record: Buffer, names: IsoNames): string {
  const length = record.readUInt8(32);
  const identifier = record.subarray(33, 33 + length);
  if (names === 'Joliet') return ucs2(identifier);
  if (names === 'Plain') return identifier.toString('latin1');
  for (let at = 33 + length + ((33 + length) % 2); at + 4 <= record.length; at += record.readUInt8(at + 2)) {
    if (record.toString('latin1', at, at + 2) === 'NM') return record.toString('utf8', at + 5, at + record.readUInt8(at + 2));
  }
  throw new Error('no Rock Ridge name');
}

const ucs2 = (bytes: Buffer): string => Buffer.from(bytes).swap16().toString('utf16le');
