/** The folders and files of an image as a tree, and the two ways of naming them: plain ISO 9660 (8.3) and Joliet (UCS-2). */
import type { IsoFile } from './iso9660.ts';
import { ucs2 } from './iso9660-records.ts';

export interface FileNode {
  readonly kind: 'File';
  readonly name: string;
  readonly parent: Folder;
  readonly content: Uint8Array;
}
export interface Folder {
  readonly kind: 'Folder';
  readonly name: string;
  readonly parent: Folder | undefined;
  readonly children: Node[];
}
export type Node = FileNode | Folder;

export interface Naming {
  readonly rockRidge: boolean;
  identifier(node: Node): Uint8Array;
  /** The children in the order that readers, which search by bisection, rely on. */
  sorted(folder: Folder): readonly Node[];
}

const MAX_DEPTH = 8; // ECMA-119 6.8.2.1, the root included
const MAX_NAME = 64; // what Joliet holds

/** Throws RangeError on a path that is absolute, climbs, is doubled, too deep, or has a name the format cannot hold. */
export function buildTree(files: readonly IsoFile[]): Folder {
  const root: Folder = { kind: 'Folder', name: '', parent: undefined, children: [] };
  for (const { path, content } of files) {
    const names = path.split('/');
    const last = names.pop() ?? '';
    if (names.length >= MAX_DEPTH) throw new RangeError(`${path}: more than ${MAX_DEPTH - 1} folders deep`);
    const folder = names.reduce((parent, name) => subfolder(parent, checked(name, path)), root);
    if (folder.children.some((child) => child.name === last)) throw new RangeError(`${path}: given twice`);
    folder.children.push({ kind: 'File', name: checked(last, path), parent: folder, content });
  }
  return root;
}

function checked(name: string, path: string): string {
  // Joliet forbids * / : ; ? \ and control characters; "." and ".." would lead out of the folder.
  const allowed = name !== '' && name !== '.' && name !== '..' && name.length <= MAX_NAME && name.isWellFormed();
  if (!allowed || /[\p{Cc}*:;?\\]/u.test(name)) throw new RangeError(`${path}: ${JSON.stringify(name)} is no name for a file`);
  return name;
}

function subfolder(parent: Folder, name: string): Folder {
  const found = parent.children.find((child) => child.name === name);
  if (found?.kind === 'Folder') return found;
  if (found !== undefined) throw new RangeError(`${name}: both a file and a folder`);
  const made: Folder = { kind: 'Folder', name, parent, children: [] };
  parent.children.push(made);
  return made;
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
