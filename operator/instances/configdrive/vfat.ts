/**
 * Writes a small disk with a VFAT file system (FAT16 with long names): the config drive of guests that read no CD images.
 *
 * Pure, and the same bytes for the same input: there is no clock in it. Always FAT16, of clusters of one sector, so that
 * every reader takes it for the same: which FAT it is follows from the number of clusters alone.
 * Source: Microsoft Extensible Firmware Initiative FAT32 File System Specification, version 1.03.
 */
import { buildTree, type Folder, type Node } from './file-tree.ts';
import type { DriveFile } from './guest-config.ts';
import { bootSector, directoryEntries, folderLinks, labelEntry, RESERVED_SECTORS, ROOT_ENTRIES, SECTOR } from './vfat-records.ts';

export interface VfatImage {
  /** At most 11 characters: `config-2` or `cidata`. */
  readonly volumeLabel: string;
  readonly files: readonly DriveFile[];
}

/** FAT16 begins at 4085 clusters and ends at 65524; readers that count wrongly are off by less than 16. */
const MIN_CLUSTERS = 4_101;
const MAX_CLUSTERS = 65_508;
const FIRST_CLUSTER = 2;
const END_OF_CHAIN = 0xffff;

/** The disk, a whole number of sectors. Throws RangeError on what the format cannot hold. */
export function writeVfat({ volumeLabel, files }: VfatImage): Uint8Array {
  if (!/^[\x21-\x7e]{1,11}$/.test(volumeLabel))
    throw new RangeError(`volume label ${JSON.stringify(volumeLabel)}: 1 to 11 printable ASCII characters`);
  const nodes = nodesBelow(buildTree(files));
  const content = new Map<Node, Uint8Array>();
  const extents = place(nodes);
  for (const node of nodes) content.set(node, node.kind === 'File' ? node.content : folderContent(node, extents));

  const used = nodes.reduce((sum, node) => sum + (extents.get(node)?.clusters ?? 0), 0);
  if (used > MAX_CLUSTERS) throw new RangeError(`the files take ${used * SECTOR} bytes: at most ${MAX_CLUSTERS * SECTOR} fit`);
  const clusters = Math.max(used, MIN_CLUSTERS);
  const fatSectors = Math.ceil(((clusters + FIRST_CLUSTER) * 2) / SECTOR);
  const rootSector = RESERVED_SECTORS + 2 * fatSectors;
  const dataSector = rootSector + (ROOT_ENTRIES * 32) / SECTOR;

  const image = new Uint8Array((dataSector + clusters) * SECTOR);
  image.set(bootSector({ label: volumeLabel, sectors: dataSector + clusters, fatSectors }));
  const fat = allocationTable([...extents.values()], fatSectors);
  image.set(fat, RESERVED_SECTORS * SECTOR);
  image.set(fat, (RESERVED_SECTORS + fatSectors) * SECTOR);
  const root = Buffer.concat([labelEntry(volumeLabel), entriesOf(rootOf(nodes), extents)]);
  if (root.length > ROOT_ENTRIES * 32) throw new RangeError('too many files at the root');
  image.set(root, rootSector * SECTOR);
  for (const [node, bytes] of content)
    image.set(bytes, (dataSector + (extents.get(node)?.first ?? FIRST_CLUSTER) - FIRST_CLUSTER) * SECTOR);
  return image;
}

/** Where a file or folder lies; an empty file lies nowhere, at cluster 0. */
interface Extent {
  readonly first: number;
  readonly clusters: number;
}

/** All below the root, parents before children. */
function nodesBelow(root: Folder): readonly Node[] {
  const all: Node[] = [...root.children];
  for (const node of all) if (node.kind === 'Folder') all.push(...node.children);
  return all;
}

const rootOf = (nodes: readonly Node[]): readonly Node[] => nodes.filter(({ parent }) => parent?.parent === undefined);

function place(nodes: readonly Node[]): ReadonlyMap<Node, Extent> {
  const extents = new Map<Node, Extent>();
  let next = FIRST_CLUSTER;
  for (const node of nodes) {
    // How long the entries of a folder are does not depend on where its files lie.
    const length = node.kind === 'File' ? node.content.length : folderContent(node, extents).length;
    const clusters = Math.ceil(length / SECTOR);
    extents.set(node, { first: clusters === 0 ? 0 : next, clusters });
    next += clusters;
  }
  return extents;
}

function folderContent(folder: Folder, extents: ReadonlyMap<Node, Extent>): Uint8Array {
  const parent = folder.parent?.parent === undefined ? 0 : firstOf(folder.parent, extents);
  return Buffer.concat([folderLinks(firstOf(folder, extents), parent), entriesOf(folder.children, extents)]);
}

function entriesOf(nodes: readonly Node[], extents: ReadonlyMap<Node, Extent>): Uint8Array {
  const seen = new Set<string>();
  const entries = nodes.map((node, index) => {
    const folded = node.name.toLowerCase();
    if (seen.has(folded)) throw new RangeError(`${node.name}: there is one of that name, but for capitals`);
    seen.add(folded);
    const size = node.kind === 'File' ? node.content.length : 0;
    return directoryEntries({ name: node.name, number: index + 1, folder: node.kind === 'Folder', first: firstOf(node, extents), size });
  });
  return Buffer.concat(entries);
}

const firstOf = (node: Node, extents: ReadonlyMap<Node, Extent>): number => extents.get(node)?.first ?? 0;

function allocationTable(extents: readonly Extent[], fatSectors: number): Uint8Array {
  const table = Buffer.alloc(fatSectors * SECTOR);
  table.writeUInt16LE(0xfff8, 0); // the medium, as in the boot sector
  table.writeUInt16LE(END_OF_CHAIN, 2);
  for (const { first, clusters } of extents) {
    for (let index = 0; index < clusters; index += 1)
      table.writeUInt16LE(index === clusters - 1 ? END_OF_CHAIN : first + index + 1, (first + index) * 2);
  }
  return table;
}
