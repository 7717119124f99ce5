/**
 * Writes a small read-only CD image (ISO 9660 with Rock Ridge and Joliet names): what a guest's cloud-init reads its
 * configuration from.
 *
 * Pure, and the same bytes for the same input: there is no clock in it, so the hash of an image is the hash of its
 * content. Rock Ridge carries the names for Linux and the BSDs, Joliet for Windows; the plain ISO names are only
 * fillers. Sources: ECMA-119, IEEE P1281 and P1282 (SUSP 1.10, RRIP 1.10), Microsoft's Joliet specification.
 */
import { buildTree, type Folder, type Node } from './file-tree.ts';
import type { DriveFile } from './guest-config.ts';
import { SECTOR, directoryRecord, pathTableRecord, susp, terminator, volumeDescriptor, type Placed } from './iso9660-records.ts';
import { directoriesOf, isoNames, jolietNames, type Naming } from './iso9660-tree.ts';

export interface IsoImage {
  /** What cloud-init looks for: `config-2` or `cidata`. At most 16 characters, so that Joliet holds all of it. */
  readonly volumeLabel: string;
  /** At most seven folders deep. */
  readonly files: readonly DriveFile[];
}

const FIRST_FREE_SECTOR = 19; // 16 sectors of system area, two volume descriptors, the terminator

/** The image, a whole number of 2048-byte sectors. Throws RangeError on a label or path that the format cannot hold. */
export function writeIso9660({ volumeLabel, files }: IsoImage): Uint8Array {
  const frame = frameFor(volumeLabel, files);
  const image = frame.image.slice();
  for (const { path, content } of files) image.set(content, (frame.sectors.get(path) ?? 0) * SECTOR);
  return image;
}

/** Everything but the content of the files: it follows from their names and lengths. */
interface Frame {
  readonly image: Uint8Array;
  /** First sector of each file, by path. */
  readonly sectors: ReadonlyMap<string, number>;
}

/** Images are made by the thousand with the same names and nearly the same lengths: their frames are kept, the last few used. */
const frames = new Map<string, Frame>();
const MAX_FRAMES = 16;
/** Large user data is rare, and not worth the memory. */
const MAX_KEPT_BYTES = 262_144;

function frameFor(volumeLabel: string, files: readonly DriveFile[]): Frame {
  const key = JSON.stringify([volumeLabel, files.map(({ path, content }) => [path, content.length])]);
  const frame = frames.get(key) ?? makeFrame(volumeLabel, files);
  frames.delete(key);
  if (frame.image.length > MAX_KEPT_BYTES) return frame;
  frames.set(key, frame);
  const [oldest] = frames.keys();
  if (frames.size > MAX_FRAMES && oldest !== undefined) frames.delete(oldest);
  return frame;
}

function makeFrame(volumeLabel: string, files: readonly DriveFile[]): Frame {
  if (!/^[\x20-\x7e]{1,16}$/.test(volumeLabel))
    throw new RangeError(`volume label ${JSON.stringify(volumeLabel)}: 1 to 16 printable ASCII characters`);
  const root = buildTree(files);
  const sides = [new Side(root, isoNames), new Side(root, jolietNames)];

  let sector = FIRST_FREE_SECTOR;
  for (const side of sides) sector = side.place(sector);
  const extents = new Map<Node, Placed>();
  const sectors = new Map<string, number>();
  for (const node of filesOf(root)) {
    // An empty file has no extent; sector 0 of length 0 is what readers expect.
    const at = node.content.length === 0 ? 0 : sector;
    extents.set(node, { sector: at, size: node.content.length });
    sectors.set(pathOf(node), at);
    sector += sectorsFor(node.content.length);
  }

  const image = new Uint8Array(sector * SECTOR);
  const put = (at: number, bytes: Uint8Array): void => image.set(bytes, at * SECTOR);
  for (const [index, side] of sides.entries()) {
    put(
      16 + index,
      volumeDescriptor({ joliet: index === 1, label: volumeLabel, sectors: sector, root: side.rootRecord(), pathTable: side.pathTable() }),
    );
    side.write(put, extents);
  }
  put(18, terminator());
  return { image, sectors };
}

const pathOf = (node: Node): string => (node.parent?.parent === undefined ? node.name : `${pathOf(node.parent)}/${node.name}`);

const sectorsFor = (bytes: number): number => Math.ceil(bytes / SECTOR);

function* filesOf(folder: Folder): Generator<Extract<Node, { kind: 'File' }>> {
  for (const node of folder.children) {
    if (node.kind === 'File') yield node;
    else yield* filesOf(node);
  }
}

/** One of the two parallel directory trees (plain with Rock Ridge, or Joliet); both point at the same file contents. */
class Side {
  readonly #root: Folder;
  readonly #naming: Naming;
  readonly #folders: readonly Folder[];
  readonly #placed = new Map<Folder, Placed>();
  #pathTable = { size: 0, littleEndian: 0, bigEndian: 0 };

  constructor(root: Folder, naming: Naming) {
    this.#root = root;
    this.#naming = naming;
    this.#folders = directoriesOf(root, naming);
  }

  /** Reserves sectors from `first` on; returns the first free one after them. */
  place(first: number): number {
    const size = this.#pathTableBytes(true).length;
    this.#pathTable = { size, littleEndian: first, bigEndian: first + sectorsFor(size) };
    let sector = first + 2 * sectorsFor(size);
    for (const folder of this.#folders) {
      // Sizes do not depend on where things lie, so a draft with nothing placed tells them.
      const bytes = this.#directoryBytes(folder, new Map()).length;
      this.#placed.set(folder, { sector, size: bytes });
      sector += sectorsFor(bytes);
    }
    return sector;
  }

  pathTable(): { readonly size: number; readonly littleEndian: number; readonly bigEndian: number } {
    return this.#pathTable;
  }

  rootRecord(): Uint8Array {
    return directoryRecord({ identifier: Uint8Array.of(0), folder: true, at: this.#where(this.#root) });
  }

  write(put: (sector: number, bytes: Uint8Array) => void, files: ReadonlyMap<Node, Placed>): void {
    put(this.#pathTable.littleEndian, this.#pathTableBytes(true));
    put(this.#pathTable.bigEndian, this.#pathTableBytes(false));
    for (const folder of this.#folders) put(this.#where(folder).sector, this.#directoryBytes(folder, files));
  }

  #where(folder: Folder): Placed {
    return this.#placed.get(folder) ?? { sector: 0, size: 0 };
  }

  #pathTableBytes(littleEndian: boolean): Uint8Array {
    const numbers = new Map(this.#folders.map((folder, index) => [folder, index + 1]));
    return concat(
      this.#folders.map((folder) =>
        pathTableRecord({
          identifier: folder.parent === undefined ? Uint8Array.of(0) : this.#naming.identifier(folder),
          sector: this.#where(folder).sector,
          parent: numbers.get(folder.parent ?? folder) ?? 1,
          littleEndian,
        }),
      ),
    );
  }

  #directoryBytes(folder: Folder, files: ReadonlyMap<Node, Placed>): Uint8Array {
    const rockRidge = this.#naming.rockRidge;
    const self = folder.parent === undefined ? susp.rootSelf : susp.folder;
    const records = [
      directoryRecord({ identifier: Uint8Array.of(0), folder: true, at: this.#where(folder), systemUse: rockRidge ? self : undefined }),
      directoryRecord({
        identifier: Uint8Array.of(1),
        folder: true,
        at: this.#where(folder.parent ?? folder),
        systemUse: rockRidge ? susp.folder : undefined,
      }),
      ...this.#naming.sorted(folder).map((node) =>
        directoryRecord({
          identifier: this.#naming.identifier(node),
          folder: node.kind === 'Folder',
          at: node.kind === 'Folder' ? this.#where(node) : (files.get(node) ?? { sector: 0, size: 0 }),
          systemUse: rockRidge ? susp.named(node.name, node.kind === 'Folder') : undefined,
        }),
      ),
    ];
    return packIntoSectors(records);
  }
}

/** Directory records never cross a sector's end: what does not fit begins the next one, and the gap is zeros. */
function packIntoSectors(records: readonly Uint8Array[]): Uint8Array {
  const starts: number[] = [];
  let end = 0;
  for (const { length } of records) {
    if ((end % SECTOR) + length > SECTOR) end = sectorsFor(end) * SECTOR;
    starts.push(end);
    end += length;
  }
  const packed = new Uint8Array(sectorsFor(end) * SECTOR);
  for (const [index, record] of records.entries()) packed.set(record, starts[index] ?? 0);
  return packed;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
