/** The records of a FAT16 file system: its boot sector, and the entries of its folders. */

export const SECTOR = 512;
export const RESERVED_SECTORS = 1;
export const ROOT_ENTRIES = 512;

const MEDIUM_FIXED = 0xf8;
const ATTRIBUTE = { readOnly: 0x01, volume: 0x08, folder: 0x10, longName: 0x0f } as const;
/** The first day that the format knows: 1 January 1980. */
const FIRST_DAY = 0x0021;
/** Serial number of the volume: any will do, and it must not change. */
const VOLUME_ID = 0x484f5354;

export interface Volume {
  readonly label: string;
  readonly sectors: number;
  /** Of one of its two tables. */
  readonly fatSectors: number;
}

export function bootSector({ label, sectors, fatSectors }: Volume): Uint8Array {
  const sector = Buffer.alloc(SECTOR);
  sector.set([0xeb, 0x3c, 0x90]); // a jump, by which a boot sector is known
  sector.write('HOSTLER ', 3, 'latin1');
  sector.writeUInt16LE(SECTOR, 11);
  sector.writeUInt8(1, 13); // sectors in a cluster
  sector.writeUInt16LE(RESERVED_SECTORS, 14);
  sector.writeUInt8(2, 16); // allocation tables
  sector.writeUInt16LE(ROOT_ENTRIES, 17);
  if (sectors < 65_536) sector.writeUInt16LE(sectors, 19);
  else sector.writeUInt32LE(sectors, 32);
  sector.writeUInt8(MEDIUM_FIXED, 21);
  sector.writeUInt16LE(fatSectors, 22);
  sector.writeUInt16LE(63, 24); // sectors in a track
  sector.writeUInt16LE(255, 26); // heads
  sector.writeUInt8(0x80, 36); // a hard disk, to the BIOS
  sector.writeUInt8(0x29, 38); // the next three fields are there
  sector.writeUInt32LE(VOLUME_ID, 39);
  sector.write(label.padEnd(11), 43, 'latin1');
  sector.write('FAT16   ', 54, 'latin1');
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}

export const labelEntry = (label: string): Uint8Array => entry(label.padEnd(11), ATTRIBUTE.volume, 0, 0);

/** What every folder but the root begins with: itself and its parent, of which the root is 0. */
export const folderLinks = (self: number, parent: number): Uint8Array =>
  Buffer.concat([entry('.'.padEnd(11), ATTRIBUTE.folder, self, 0), entry('..'.padEnd(11), ATTRIBUTE.folder, parent, 0)]);

export interface Named {
  readonly name: string;
  /** Of its own within the folder, from 1 on: the short name that only old readers see is made of it. */
  readonly number: number;
  readonly folder: boolean;
  readonly first: number;
  readonly size: number;
}

export function directoryEntries({ name, number, folder, first, size }: Named): Uint8Array {
  if (/["<>|]/.test(name) || /[. ]$/.test(name)) throw new RangeError(`${JSON.stringify(name)} is no name for a file`);
  const short = `N${String(number).padStart(7, '0')}`.padEnd(11);
  return Buffer.concat([longName(name, checksum(short)), entry(short, folder ? ATTRIBUTE.folder : ATTRIBUTE.readOnly, first, size)]);
}

function entry(shortName: string, attributes: number, first: number, size: number): Uint8Array {
  const bytes = Buffer.alloc(32);
  bytes.write(shortName, 0, 'latin1');
  bytes.writeUInt8(attributes, 11);
  for (const at of [16, 18, 24]) bytes.writeUInt16LE(FIRST_DAY, at); // made, read, written
  bytes.writeUInt16LE(first, 26);
  bytes.writeUInt32LE(size, 28);
  return bytes;
}

const PIECE = 13;
/** Where the characters of a piece are within its entry. */
const PLACES = [1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30];

/** Pieces of 13 UTF-16 units, the last one first; after the end one zero, then ones. */
function longName(name: string, shortSum: number): Uint8Array {
  const pieces = Math.ceil(name.length / PIECE);
  const entries = Array.from({ length: pieces }, (_, index) => {
    const bytes = Buffer.alloc(32);
    bytes.writeUInt8((index + 1) | (index + 1 === pieces ? 0x40 : 0), 0);
    bytes.writeUInt8(ATTRIBUTE.longName, 11);
    bytes.writeUInt8(shortSum, 13);
    for (const [place, at] of PLACES.entries()) {
      const position = index * PIECE + place;
      bytes.writeUInt16LE(position < name.length ? name.charCodeAt(position) : position === name.length ? 0 : 0xffff, at);
    }
    return bytes;
  });
  return Buffer.concat(entries.toReversed());
}

/** By which a long name is known to belong to the short one behind it. */
function checksum(short: string): number {
  return Buffer.from(short, 'latin1').reduce((sum, byte) => (((sum & 1) << 7) + (sum >> 1) + byte) & 0xff, 0);
}
