/** The files of an image as a tree of folders, and what neither of the two file systems could hold. */
import type { DriveFile } from './guest-config.ts';

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

const MAX_DEPTH = 8; // ECMA-119 6.8.2.1, the root included
const MAX_NAME = 64; // what Joliet holds

/** Throws RangeError on a path that is absolute, climbs, is doubled, too deep, or has a name the format cannot hold. */
export function buildTree(files: readonly DriveFile[]): Folder {
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
