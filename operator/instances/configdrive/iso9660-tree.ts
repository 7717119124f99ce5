/** The two ways in which an ISO image names its folders and files: plain ISO 9660 (8.3) and Joliet (UCS-2). */
import type { Folder, Node } from './file-tree.ts';
import { ucs2 } from './iso9660-records.ts';

export interface Naming {
  readonly rockRidge: boolean;
  identifier(node: Node): Uint8Array;
  /** The children in the order that readers, which search by bisection, rely on. */
  sorted(folder: Folder): readonly Node[];
}

/** Folders in path-table order: by depth, then by their parent's place, then by identifier. */
export function directoriesOf(root: Folder, naming: Naming): readonly Folder[] {
  const ordered: Folder[] = [root];
  for (const folder of ordered) ordered.push(...naming.sorted(folder).filter((child) => child.kind === 'Folder'));
  return ordered;
}

const sortedBy = (naming: Naming, folder: Folder): readonly Node[] =>
  [...folder.children].sort((left, right) => Buffer.compare(naming.identifier(left), naming.identifier(right)));

/** Eight characters, a dot, three: only readers that know neither extension see these, so they need only be unique and legal. */
export const isoNames: Naming = {
  rockRidge: true,
  identifier: (node) => {
    const siblings = node.parent?.children ?? [node];
    const [stem, extension] = split83(node);
    const twins = siblings.filter((sibling) => String(split83(sibling)) === String([stem, extension]));
    const number = twins.indexOf(node);
    const unique = number === 0 ? stem : `${stem.slice(0, 8 - String(number).length - 1)}_${number}`;
    return new TextEncoder().encode(node.kind === 'Folder' ? unique : `${unique}.${extension};1`);
  },
  sorted: (folder) => sortedBy(isoNames, folder),
};

const legal = (text: string): string => text.toUpperCase().replaceAll(/[^A-Z0-9]/g, 'X');

function split83(node: Node): readonly [stem: string, extension: string] {
  const dot = node.kind === 'Folder' ? -1 : node.name.lastIndexOf('.');
  const stem = dot > 0 ? node.name.slice(0, dot) : node.name;
  return [legal(stem).slice(0, 8), dot > 0 ? legal(node.name.slice(dot + 1)).slice(0, 3) : ''];
}

export const jolietNames: Naming = {
  rockRidge: false,
  identifier: (node) => ucs2(node.name),
  sorted: (folder) => sortedBy(jolietNames, folder),
};
