/** The on-disk records of ISO 9660, Rock Ridge and Joliet, each as bytes. Offsets in comments are the standards' (1-based BP). */

export const SECTOR = 2048;

/** Where something lies: first sector, and its length in bytes. */
export interface Placed {
  readonly sector: number;
  readonly size: number;
}

/** Loops, not iterators: a drive is written at every start of every machine, and this is most of its cost. */
function ascii(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at);
  return bytes;
}

export function ucs2(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 2);
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    bytes[at * 2] = unit >> 8;
    bytes[at * 2 + 1] = unit & 0xff;
  }
  return bytes;
}

const le16 = (value: number): readonly number[] => [value & 0xff, (value >> 8) & 0xff];
const be16 = (value: number): readonly number[] => [(value >> 8) & 0xff, value & 0xff];
const le32 = (value: number): readonly number[] => [value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, (value >>> 24) & 0xff];
const be32 = (value: number): readonly number[] => le32(value).toReversed();
const both16 = (value: number): readonly number[] => [...le16(value), ...be16(value)];
const both32 = (value: number): readonly number[] => [...le32(value), ...be32(value)];

function putBoth32(bytes: Uint8Array, at: number, value: number): void {
  for (let index = 0; index < 4; index += 1) {
    const byte = (value >>> (8 * index)) & 0xff;
    bytes[at + index] = byte;
    bytes[at + 7 - index] = byte;
  }
}

const VOLUME_NUMBER = Uint8Array.of(...both16(1));
/** 2000-01-01 00:00 UTC, always: an image must not differ because it was made later. */
const RECORD_DATE = [100, 1, 1, 0, 0, 0, 0] as const;
const VOLUME_DATE = Uint8Array.of(...ascii('2000010100000000'), 0);
const NO_DATE = Uint8Array.of(...ascii('0000000000000000'), 0);

export interface DirectoryRecord {
  readonly identifier: Uint8Array;
  readonly folder: boolean;
  readonly at: Placed;
  readonly systemUse?: Uint8Array | undefined;
}

/** ECMA-119 9.1. Throws RangeError when names make it longer than its one length byte can say. */
export function directoryRecord({ identifier, folder, at, systemUse = new Uint8Array() }: DirectoryRecord): Uint8Array {
  const named = 33 + identifier.length;
  const systemUseAt = named + (named % 2);
  const length = systemUseAt + systemUse.length + (systemUse.length % 2);
  if (length > 254) throw new RangeError('a file name is too long for a directory record');
  const record = new Uint8Array(length);
  record[0] = length;
  putBoth32(record, 2, at.sector);
  putBoth32(record, 10, at.size);
  record.set(RECORD_DATE, 18);
  record[25] = folder ? 2 : 0;
  record.set(VOLUME_NUMBER, 28);
  record[32] = identifier.length;
  record.set(identifier, 33);
  record.set(systemUse, systemUseAt);
  return record;
}

export interface PathTableRecord {
  readonly identifier: Uint8Array;
  readonly sector: number;
  /** Number of the parent folder in this table, from 1. */
  readonly parent: number;
  readonly littleEndian: boolean;
}

/** ECMA-119 9.4. */
export function pathTableRecord({ identifier, sector, parent, littleEndian }: PathTableRecord): Uint8Array {
  const record = new Uint8Array(8 + identifier.length + (identifier.length % 2));
  record.set([identifier.length, 0, ...(littleEndian ? le32(sector) : be32(sector)), ...(littleEndian ? le16(parent) : be16(parent))]);
  record.set(identifier, 8);
  return record;
}

export interface VolumeDescriptor {
  readonly joliet: boolean;
  readonly label: string;
  readonly sectors: number;
  readonly root: Uint8Array;
  readonly pathTable: { readonly size: number; readonly littleEndian: number; readonly bigEndian: number };
}

/** ECMA-119 8.4 (primary) and 8.5 (supplementary, with Joliet's escape sequence for UCS-2 level 3). */
export function volumeDescriptor({ joliet, label, sectors, root, pathTable }: VolumeDescriptor): Uint8Array {
  const descriptor = new Uint8Array(SECTOR);
  const text = (at: number, length: number, value: string): void => {
    descriptor.set(joliet ? ucs2(value.padEnd(length >> 1)).subarray(0, length) : ascii(value.padEnd(length)), at - 1);
  };
  descriptor.set([joliet ? 2 : 1, ...ascii('CD001'), 1]);
  text(9, 32, ''); // system identifier
  text(41, 32, label);
  descriptor.set(both32(sectors), 80);
  if (joliet) descriptor.set(ascii('%/E'), 88);
  descriptor.set([...both16(1), ...both16(1), ...both16(SECTOR), ...both32(pathTable.size)], 120);
  descriptor.set([...le32(pathTable.littleEndian), ...le32(0), ...be32(pathTable.bigEndian), ...be32(0)], 140);
  descriptor.set(root, 156);
  for (const at of [191, 319, 447, 575]) text(at, 128, ''); // volume set, publisher, preparer, application
  for (const at of [703, 740, 777]) text(at, 37, ''); // copyright, abstract, bibliography
  descriptor.set(VOLUME_DATE, 813);
  descriptor.set(VOLUME_DATE, 830);
  descriptor.set(NO_DATE, 847);
  descriptor.set(NO_DATE, 864);
  descriptor[881] = 1; // file structure version
  return descriptor;
}

/** ECMA-119 8.3: ends the list of volume descriptors. */
export function terminator(): Uint8Array {
  const descriptor = new Uint8Array(SECTOR);
  descriptor.set([255, ...ascii('CD001'), 1]);
  return descriptor;
}

const entry = (signature: string, version: number, ...data: readonly number[]): readonly number[] => [
  ...ascii(signature),
  4 + data.length,
  version,
  ...data,
];
/** POSIX attributes: readable by all, owned by root, one link. */
const posix = (folder: boolean): readonly number[] =>
  entry('PX', 1, ...both32(folder ? 0o040555 : 0o100444), ...both32(1), ...both32(0), ...both32(0));
const SHARING_PROTOCOL = entry('SP', 1, 0xbe, 0xef, 0);
const EXTENSION = entry('ER', 1, 10, 0, 0, 1, ...ascii('RRIP_1991A'));

/** System use fields: what makes an ISO image a Rock Ridge one. */
export const susp = {
  /** Of the root's own record: announces the protocol and Rock Ridge; readers look here first. */
  rootSelf: Uint8Array.of(...SHARING_PROTOCOL, ...posix(true), ...EXTENSION),
  folder: Uint8Array.of(...posix(true)),
  named: (name: string, folder: boolean): Uint8Array =>
    Uint8Array.of(...posix(folder), ...entry('NM', 1, 0, ...new TextEncoder().encode(name))),
} as const;
